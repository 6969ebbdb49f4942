"""The safety net: explicit words of danger lift a message above whatever the classifier thought. It never lowers.

The phrases are data (`data/safety_net.yml`), written so that an editor can read them:

    want/wanna to? ~suicide ... me

is a sequence of words; `a/b` are alternatives, `word?` may be missing, `~word` may be misspelt (one edit in 5 to 7
letters, two from 8), `...` is up to three words of anything. Spellings of shorter words are listed, not guessed: one
edit turns "die" into "did". A phrase under `except` that covers a find cancels it ("die laughing"). A phrase is also
found where it is typed as one word ("wannadie"), with its letters apart ("s u i c i d e") or hidden ("su1c1de").

Most phrases raise a message by themselves. Those under `doubtful` are as often said in essays, games and jokes ("kms i
left my lunch on the bus"): they raise it once the classifier gives danger a small share, far less than it needs alone.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set

import rasa.shared.utils.io
import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import Matcher
from spacy.tokens import Doc

GAP = 3
_FILE = "safety_net.yml"
_EXCEPT, _DOUBTFUL = "except", "doubtful"
#: What `read_phrases` reads: lists of phrases, and under "doubtful" a mapping of such lists.
Lines = Dict[str, Any]
_WORDS = re.compile(r"(?:[^\W_]|[@$])+")
_STRETCHED = re.compile(r"(.)\1{2,}")
#: From as many letters on, a word is looked at for a phrase without its spaces; of longer ones nothing is looked for.
_LEAST_RUN, _MOST_RUN = 7, 60


class PatternError(RasaException):
    """A phrase of the safety net cannot be read."""


class Find(NamedTuple):
    """What the net caught: the intent it stands for, the words, and whether they raise a message by themselves."""

    intent: str
    words: str
    sure: bool


class Phrases:
    """Phrases compiled for matching."""

    def __init__(self, phrases: Lines) -> None:
        """Compile.

        Args:
            phrases: for each intent, most urgent first, its phrases; under "doubtful" such a mapping of those that do
                not raise by themselves; under "except" what cancels a find.

        Raises:
            PatternError: a phrase cannot be read; names it.
        """
        self._vocab = spacy.blank("en").vocab
        self.intents = [name for name in phrases if name not in (_EXCEPT, _DOUBTFUL)]
        doubtful = phrases.get(_DOUBTFUL, {})
        self._order = [(name, True) for name in self.intents] + [(name, False) for name in doubtful]
        self._matcher = Matcher(self._vocab)
        self._words: Set[str] = set()
        for name, sure in self._order:
            self._add(_key(name, sure), (phrases if sure else doubtful)[name])
        self._add(_EXCEPT, phrases.get(_EXCEPT, []))

    def find(self, text: str) -> Optional[Find]:
        """The find in `text` that no exception covers, the surest and most urgent one, or None."""
        words, bare = normalise(text), normalise(undisguised(text))
        runs = [run for word in bare if (run := self._apart(word))]
        finds = [find for said in (words, *([bare] if bare != words else []), *runs) if (find := self._find(said))]
        return min(finds, key=lambda find: self._order.index((find.intent, find.sure)), default=None)

    def _add(self, key: str, lines: List[str]) -> None:
        if lines:
            self._matcher.add(key, [_compile(line) for line in lines])
        self._words.update(word for line in lines for word in _WORDS.findall(_without_accents(line)))

    def _find(self, words: List[str]) -> Optional[Find]:
        if not words:
            return None
        doc = Doc(self._vocab, words=words)
        spans = [(self._vocab.strings[key], start, end) for key, start, end in self._matcher(doc)]
        excused = [(start, end) for name, start, end in spans if name == _EXCEPT]
        for intent, sure in self._order:
            for name, start, end in spans:
                if name == _key(intent, sure) and not any(s < end and start < e for s, e in excused):
                    return Find(intent, " ".join(words[start:end]), sure)
        return None

    def _apart(self, word: str) -> List[str]:
        """The fewest words of phrases that are one word here when run together, or none."""
        if not _LEAST_RUN <= len(word) <= _MOST_RUN or word in self._words:
            return []
        fewest: List[Optional[List[str]]] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(end):
                before, part = fewest[start], word[start:end]
                if before is not None and part in self._words:
                    best = fewest[end]
                    if best is None or len(before) + 1 < len(best):
                        fewest[end] = [*before, part]
        return fewest[-1] or []


def _key(intent: str, sure: bool) -> str:
    return intent if sure else f"{_DOUBTFUL} {intent}"


def normalise(text: str) -> List[str]:
    """Lower-case words without apostrophes, accents or stretched letters: "I’m sooooo" → ["im", "soo"]."""
    plain = _without_accents(text.lower()).replace("'", "").replace("’", "").replace("`", "")
    return _WORDS.findall(_STRETCHED.sub(r"\1\1", plain))


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) != "Mn")


_SPELT_OUT = re.compile(r"(?<![a-z])(?:[a-z][ .*_-]{1,2}){3,}[a-z](?![a-z])")
_HIDDEN = re.compile(r"(?<=[a-z])[0134!*@$](?=[a-z])")
_LETTERS = {"0": "o", "1": "i", "3": "e", "4": "a", "!": "i", "*": "", "@": "a", "$": "s"}


def undisguised(text: str) -> str:
    """Lower case, and words plain that were spelt out or hid a letter: "su1c1de", "k*ll", "s u i c i d e"."""
    joined = _SPELT_OUT.sub(lambda match: re.sub("[^a-z]", "", match.group()), text.lower())
    return _HIDDEN.sub(lambda match: _LETTERS[match.group()], joined)


def _compile(line: str) -> List[Dict[str, Any]]:
    pattern: List[Dict[str, Any]] = []
    for part in _without_accents(line).split():
        if part == "...":
            pattern.extend({"OP": "?"} for _ in range(GAP))
            continue
        optional = part.endswith("?")
        alternatives = part.rstrip("?").split("/")
        if not all(re.fullmatch(r"~?(?:[^\W_A-Z]|[@$])+", word) for word in alternatives):
            raise PatternError(
                f"The safety net's phrase '{line}' has a part '{part}' that is not words, a/b, ~word, word? or ..."
            )
        pattern.append({**_token(alternatives, line), **({"OP": "?"} if optional else {})})
    if not any("OP" not in token for token in pattern):
        raise PatternError(f"The safety net's phrase '{line}' needs at least one word that must be there.")
    return pattern


def _token(alternatives: List[str], line: str) -> Dict[str, Any]:
    if not any(word.startswith("~") for word in alternatives):
        return {"LOWER": {"IN": alternatives}}
    if len(alternatives) > 1:
        raise PatternError(f"The safety net's phrase '{line}' mixes ~ with alternatives; write two phrases.")
    word = alternatives[0][1:]
    if len(word) < 5:
        raise PatternError(
            f"The safety net's phrase '{line}' lets '{word}' be misspelt; it is too short, list its spellings."
        )
    return {"LOWER": {"FUZZY1" if len(word) < 8 else "FUZZY2": word}}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyNet(GraphComponent, IntentClassifier):
    """Stands after the classifier (and the fallback) and raises the intent where `Phrases` find one.

    "Training" copies the phrases into the model, so that a model is whole and cannot be changed from outside. It does
    not name the classifier as a required component: Rasa would look for it among what runs before training.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`phrases` is the file, from where training runs; `agree_at` is the share that a doubtful phrase needs."""
        return {"phrases": "data/safety_net.yml", "agree_at": 0.03}

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """The phrases themselves, so that changing them trains anew."""
        path = Path(config.get("phrases", cls.get_default_config()["phrases"]))
        return path.read_text(encoding="utf-8") if path.exists() else None

    def __init__(self, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, phrases: Lines) -> None:
        """Compile the phrases."""
        self._storage = model_storage
        self._resource = resource
        self._agree_at = float(config["agree_at"])
        self._lines = phrases
        self._phrases = Phrases(phrases)

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
            PatternError: the file is missing or a phrase in it cannot be read.
        """
        path = Path(config["phrases"])
        if not path.exists():
            raise PatternError(f"{path} is missing: the safety net has no phrases. Restore it, or mend config.yml.")
        return cls(config, model_storage, resource, read_phrases(path))

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SafetyNet":
        """Take the phrases from the model."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, read_phrases(directory / _FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the phrases in the model."""
        with self._storage.write_to(self._resource) as directory:
            rasa.shared.utils.io.write_yaml(self._lines, directory / _FILE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Raise what must be raised."""
        for message in messages:
            find = self._phrases.find(message.get(TEXT) or "")
            if find is not None and not self._is_raised(message) and (find.sure or self._agrees(message)):
                intent = {"name": find.intent, "confidence": 1.0}
                ranking = [intent] + [i for i in message.get("intent_ranking", []) if i["name"] != find.intent]
                message.set(INTENT, intent, add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training data needs no raising."""
        return training_data

    def _is_raised(self, message: Message) -> bool:
        return (message.get(INTENT) or {}).get("name") in self._phrases.intents

    def _agrees(self, message: Message) -> bool:
        ranking = message.get("intent_ranking", [])
        share = sum(float(one["confidence"]) for one in ranking if one["name"] in self._phrases.intents)
        return share >= self._agree_at


def read_phrases(path: Path) -> Lines:
    """Read a phrase file; see `Phrases`."""
    content = dict(rasa.shared.utils.io.read_yaml_file(path))
    doubtful = content.pop(_DOUBTFUL, {})
    if not isinstance(doubtful, dict):
        raise PatternError("The safety net's file must hold its doubtful phrases under the intents they stand for.")
    read = {str(name): _read(lines) for name, lines in content.items()}
    return {**read, _DOUBTFUL: {str(name): _read(lines) for name, lines in doubtful.items()}}


def _read(lines: Any) -> List[str]:
    return [str(line) for line in _lines(lines)]


def _lines(lines: Any) -> Iterable[Any]:
    if not isinstance(lines, list):
        raise PatternError("The safety net's file must hold lists of phrases under each intent.")
    return lines
