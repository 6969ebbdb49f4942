"""The safety net: explicit phrases of danger, which can raise a message's intent but never lower it.

The phrases are data (`data/safety_net.yml`; `bot.nlu.phrases` describes the layout). Patterns are sequences of words
that editors can read:

    {want}/wish to? ~suicide ... me

`a/b` are alternatives, `{want}` is any word in that group, and `word?` is optional. `~word` may be misspelt, with one
edit in words of 5 to 7 letters and two in longer words. `...` matches up to three words, and `#` any number except 2,
which people also type instead of "to". Misspellings of shorter words must be listed, because a single edit can make a
different word ("die" and "did"). A phrase does not match where one of its exceptions overlaps it ("die laughing"). It
also matches when typed as one word ("wannadie") or disguised; see `bot.text.folding`.

Most phrases raise a message on their own. Those under `doubtful` are just as common in essays, games and jokes ("kms i
left my lunch on the bus"). They raise a message only if the classifier also finds danger somewhat likely, at a far
lower probability than it needs to raise a message on its own. If the classifier has already raised the message, a
doubtful phrase just adds its intent as a hint.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from rasa.core.agent import Agent
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher.levenshtein import levenshtein

from bot.nlu.phrases import Alternatives, PatternError, Phrase, Sections, read_phrases, write_phrases
from bot.settings import ROOT
from bot.text.folding import Word, divide, fold
from bot.text.normalise import without_accents

GAP = 3
_FILE = "safety_net.yml"
#: The section for phrases that are not enough to raise a message's intent, by intent.
_DOUBTFUL = "doubtful"
#: The syntax for alternatives in a pattern.
WORDS = Alternatives(between="/")
_WORDS = re.compile(r"[^\W_]{1,4000}")
#: A single word in a pattern.
_PART = re.compile(r"~?[^\W_A-Z]{1,40}")
_NUMBERS = frozenset("two three four five six seven eight nine ten twenty thirty forty fifty hundred thousand".split())
#: Words of at least this length may be misspelt with two edits.
_LONG = 8
#: Minimum and maximum length of a phrase typed without spaces.
_LEAST_RUN, _MOST_RUN = 7, 60


class Find(NamedTuple):
    """A phrase found in a text: its intent, the words that matched, and whether they are enough to raise a message."""

    intent: str
    words: str
    sure: bool


class Reading(NamedTuple):
    """The phrase found in a text, if any, and the spans of all words that belong to a phrase or an exception."""

    find: Optional[Find]
    places: List[Tuple[int, int]]

    @property
    def verdict(self) -> "Verdict":
        """The part of the reading that is stored with the message."""
        return Verdict(self.find.intent, self.find.sure) if self.find else Verdict(None, False)


class Verdict(NamedTuple):
    """The intent found in a message before redaction, if any, and whether its phrase is enough to raise a message.

    The verdict is passed on in the message's metadata. A request cannot forge one, because it is parsed from JSON,
    which cannot produce an instance of this class.
    """

    intent: Optional[str]
    sure: bool


#: Key for the `Verdict` in a message's metadata.
VERDICT = "danger"
#: If a phrase is doubtful and the classifier also found danger, the message's intent has the phrase's intent under this
#: key.
HINT = "hint"


@dataclass(frozen=True, eq=False)
class _Part:
    """Part of a pattern: a set of alternatives, a word that may be misspelt, a number or a gap."""

    words: FrozenSet[str] = frozenset()
    misspelt: str = ""
    is_gap: bool = False


_NUMBER = _Part()


class _Pattern(NamedTuple):
    """A compiled pattern. Each part is paired with a flag that says whether it is optional."""

    phrase: str
    intent: str
    #: Whether the phrase is enough to raise a message's intent.
    sure: bool
    is_exception: bool
    parts: List[Tuple[_Part, bool]]


class _Match(NamedTuple):
    """A match of a pattern.

    `start` is the index of the first matching word, and `end` is the index after the last matching word. `words` lists
    the indices of the words that the pattern's parts matched.
    """

    pattern: _Pattern
    start: int
    end: int
    words: Tuple[int, ...]


class Phrases:
    """Phrases compiled for matching."""

    def __init__(self, sections: Sections) -> None:
        """Compile the phrases.

        Args:
            sections: each intent's phrases, most urgent first. Phrases under ("doubtful", intent) are not
                enough to raise a message's intent.

        Raises:
            PatternError: a phrase is invalid. The message names it.
        """
        self.intents = [section[0] for section in sections if len(section) == 1]
        self._order = [_intent(section) for section in sections]
        self._words: Set[str] = set()
        self._holding: Dict[str, Set[_Part]] = defaultdict(set)
        self._misspelt: Dict[str, Set[_Part]] = defaultdict(set)
        self._beginning: Dict[_Part, List[Tuple[_Pattern, int]]] = defaultdict(list)
        for section, phrases in sections.items():
            for phrase in phrases:
                self._add(phrase, *_intent(section))
        #: Maps the length of a typed word to the words that it may be a misspelling of, each with the edits allowed.
        self._meant: Dict[int, List[Tuple[str, int]]] = defaultdict(list)
        for word in self._misspelt:
            most = 2 if len(word) >= _LONG else 1
            for length in range(len(word) - most, len(word) + most + 1):
                self._meant[length].append((word, most))

    @classmethod
    def load(cls) -> "Phrases":
        """Load the phrases from `data/`.

        An up-to-date model has the same phrases (see `bot/rasa_runtime/training.py`).
        """
        return cls(read_phrases(ROOT / "data" / _FILE, WORDS))

    def find(self, text: str) -> Optional[Find]:
        """Return the most urgent phrase in `text`, or None if there is none. Doubtful phrases come last."""
        return self.read(text).find

    def places(self, text: str) -> List[Tuple[int, int]]:
        """Return the spans of words in `text` that belong to phrases. Redaction must keep these words."""
        return self.read(text).places

    def read(self, text: str) -> Reading:
        """Return both the phrase found in `text` and the spans of phrases; see `find` and `places`."""
        words = fold(text).words
        readings = [self._read(words), *(self._read(run) for word in words if (run := self._apart(word)))]
        finds = [reading.find for reading in readings if reading.find]
        best = min(finds, key=lambda find: self._order.index((find.intent, find.sure)), default=None)
        return Reading(best, sorted({place for reading in readings for place in reading.places}))

    def _add(self, phrase: Phrase, intent: str, sure: bool) -> None:
        for line, is_exception in ((phrase.pattern, False), *((line, True) for line in phrase.but_not)):
            pattern = _Pattern(phrase.id, intent, sure, is_exception, _compile(line, phrase.id))
            self._words.update(_WORDS.findall(without_accents(line)))
            for part, _ in pattern.parts:
                for word in part.words:
                    self._holding[word].add(part)
                if part.misspelt:
                    self._misspelt[part.misspelt].add(part)
            needed = next(number for number, (_, is_optional) in enumerate(pattern.parts) if not is_optional)
            for number, (part, _) in enumerate(pattern.parts[: needed + 1]):
                self._beginning[part].append((pattern, number))

    def _read(self, words: Sequence[Word]) -> Reading:
        matches = list(self._matches([word.said for word in words]))
        exceptions = [match for match in matches if match.pattern.is_exception]
        finds = [
            Find(
                match.pattern.intent, " ".join(word.said for word in words[match.start : match.end]), match.pattern.sure
            )
            for match in matches
            if not match.pattern.is_exception and not any(_cancels(exception, match) for exception in exceptions)
        ]
        best = min(finds, key=lambda find: self._order.index((find.intent, find.sure)), default=None)
        said = {place for match in matches for place in match.words}
        return Reading(best, [(words[place].start, words[place].end) for place in said])

    def _matches(self, words: List[str]) -> Iterator[_Match]:
        """Yield every match of every pattern."""
        parts_of = {word: self._parts_of(word) for word in set(words)}
        parts = [parts_of[word] for word in words]
        for start, here in enumerate(parts):
            for part in here:
                for pattern, number in self._beginning.get(part, ()):
                    for said in _continued(pattern.parts, number, parts, start):
                        yield _Match(pattern, start, said[-1] + 1, said)

    def _parts_of(self, word: str) -> Set[_Part]:
        """Return the pattern parts that a word matches."""
        found = set(self._holding.get(word, ()))
        for meant, most in self._meant.get(len(word), ()):
            if levenshtein(word, meant, most) <= most:
                found |= self._misspelt[meant]
        if (word.isdecimal() and word != "2") or word in _NUMBERS:
            found.add(_NUMBER)
        return found

    def _apart(self, word: Word) -> List[Word]:
        """Split a word into as few words from phrases as possible. Return an empty list if it cannot be split."""
        if not _LEAST_RUN <= len(word.said) <= _MOST_RUN or word.said in self._words:
            return []
        return [word._replace(said=part) for part in divide(word.said, self._words)]


def _intent(section: Tuple[str, ...]) -> Tuple[str, bool]:
    """Return a section's intent, and whether its phrases are enough to raise a message's intent."""
    if len(section) == 1 and section[0] != _DOUBTFUL:
        return section[0], True
    if len(section) == 2 and section[0] == _DOUBTFUL:
        return section[1], False
    raise PatternError(
        f"The safety net has phrases under '{' / '.join(section)}'. Put them under an intent, or under 'doubtful' and "
        "an intent."
    )


def _cancels(exception: _Match, match: _Match) -> bool:
    """Whether an exception belongs to the matched phrase and overlaps it."""
    return (
        exception.pattern.phrase == match.pattern.phrase and exception.start < match.end and match.start < exception.end
    )


def _continued(
    parts: List[Tuple[_Part, bool]], number: int, words: List[Set[_Part]], place: int
) -> Iterator[Tuple[int, ...]]:
    """Yield every way to match the pattern's parts from `number` on against the words from `place` on.

    Each result lists the indices of the matching words.
    """
    if number == len(parts):
        yield ()
        return
    part, is_optional = parts[number]
    if part.is_gap:
        for ahead in range(GAP + 1):
            yield from _continued(parts, number + 1, words, place + ahead)
        return
    if place < len(words) and part in words[place]:
        for rest in _continued(parts, number + 1, words, place + 1):
            yield (place, *rest)
    if is_optional:
        yield from _continued(parts, number + 1, words, place)


def _compile(line: str, phrase: str) -> List[Tuple[_Part, bool]]:
    named = f"The safety net's phrase '{phrase}': '{line}'"
    parts: List[Tuple[_Part, bool]] = []
    for part in without_accents(line).split():
        if part == "...":
            parts.append((_Part(is_gap=True), True))
            continue
        if part == "#":
            parts.append((_NUMBER, False))
            continue
        alternatives = part.rstrip("?").split("/")
        if not all(_PART.fullmatch(word) for word in alternatives):
            raise PatternError(f"{named} has a part '{part}' that is not words, a/b, ~word, word?, # or ...")
        parts.append((_part(alternatives, named), part.endswith("?")))
    if all(is_optional for _, is_optional in parts):
        raise PatternError(f"{named} needs at least one word that must be there.")
    return parts


def _part(alternatives: List[str], named: str) -> _Part:
    if not any(word.startswith("~") for word in alternatives):
        return _Part(words=frozenset(alternatives))
    if len(alternatives) > 1:
        raise PatternError(f"{named} mixes ~ with alternatives; write two phrases.")
    word = alternatives[0][1:]
    if len(word) < 5:
        raise PatternError(f"{named} lets '{word}' be misspelt; it is too short, list its spellings.")
    return _Part(misspelt=word)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyNet(GraphComponent, IntentClassifier):
    """Raises a message's intent if it contains a phrase. It runs after the classifier and the thresholds.

    "Training" only copies the phrases into the model, which is then self-contained and cannot be changed from outside.
    The classifier is not listed as a required component, because Rasa would expect it among the components that run
    before training.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the defaults: the path of the phrases, and the minimum probability of danger for doubtful phrases."""
        return {"phrases": "data/safety_net.yml", "agree_at": 0.03}

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Return the text of the phrases file, so that changing it retrains the component."""
        path = Path(config.get("phrases", cls.get_default_config()["phrases"]))
        return path.read_text(encoding="utf-8") if path.exists() else None

    def __init__(
        self, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, sections: Sections
    ) -> None:
        """Compile the phrases."""
        self._storage = model_storage
        self._resource = resource
        self._agree_at = float(config["agree_at"])
        self._sections = sections
        self.phrases = Phrases(sections)

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SafetyNet":
        """Read the phrases from their file.

        Raises:
            PatternError: the file is missing, or a phrase in it is invalid.
        """
        return cls(config, model_storage, resource, read_phrases(Path(config["phrases"]), WORDS))

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SafetyNet":
        """Load the phrases from the model."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, read_phrases(directory / _FILE, WORDS))

    def train(self, training_data: TrainingData) -> Resource:
        """Save the phrases in the model."""
        with self._storage.write_to(self._resource) as directory:
            write_phrases(self._sections, directory / _FILE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Raise the intent of messages that contain a phrase of danger."""
        for message in messages:
            intent, sure = self._verdict(message)
            if intent is None or not (sure or self._agrees(message)):
                continue
            if not sure and self._is_raised(message):
                message.set(INTENT, {**message.get(INTENT), HINT: intent}, add_to_output=True)
                continue
            raised = {"name": intent, "confidence": 1.0}
            ranking = [raised] + [i for i in message.get("intent_ranking", []) if i["name"] != intent]
            message.set(INTENT, raised, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged, because the safety net does not apply to examples."""
        return training_data

    def _verdict(self, message: Message) -> Verdict:
        """Return the verdict on the text before redaction or, if the message has none, on its current text."""
        verdict = (message.get(METADATA) or {}).get(VERDICT)
        return verdict if isinstance(verdict, Verdict) else self.phrases.read(message.get(TEXT) or "").verdict

    def _is_raised(self, message: Message) -> bool:
        return (message.get(INTENT) or {}).get("name") in self.phrases.intents

    def _agrees(self, message: Message) -> bool:
        ranking = message.get("intent_ranking", [])
        share = sum(float(one["confidence"]) for one in ranking if one["name"] in self.phrases.intents)
        return share >= self._agree_at


def serving(agent: Agent) -> Phrases:
    """Return the phrases from an agent's model, so that the whole program uses the same phrases.

    Raises:
        PatternError: the model has no safety net.
    """
    nodes = agent.processor.graph_runner._instantiated_nodes.values() if agent.processor else ()
    found = next((node._component for node in nodes if isinstance(node._component, SafetyNet)), None)
    if found is None:
        raise PatternError("The model has no safety net. Put it back into config.yml and run 'make train'.")
    return found.phrases
