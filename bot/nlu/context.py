"""Classifies a message's move, role, urgency, remark and facts in its conversation, and the conversation's topic.

Linear heads are trained on annotated conversations (`data/conversations/`). Their features are two sentence vectors,
one for the message alone and one for the message joined with earlier messages, plus the single-message classifiers'
probabilities for both texts. Joining earlier messages improves topic accuracy by 20 points, and training heads on
conversations by another 5; see the table in docs/conversations.md.
"""

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import yaml
from numpy.typing import NDArray
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.ages import AGES, learn_ages, numbers_of, read_ages
from bot.nlu.faq import Examples, is_example, learn_faq
from bot.nlu.head import NONE, Head, Rows, Strengths, single_words, words_of
from bot.nlu.linear import TextFeatures
from bot.nlu.sentences import MOST_QUESTIONS, Sentence
from bot.text.folding import fold

Array = NDArray[np.float32]

#: The slot that holds the conversation's first message and its most recent messages, all redacted.
RECENT = "recent"
#: The number of earlier messages joined with a new one, and how many of those are the most recent. The remaining one
#: is the conversation's first message.
TOGETHER, LAST = 4, 3
#: The slot that holds the case. This module reads only the number of messages from it.
CASE = "case"
#: Separates messages that are joined into one text. The encoder was tuned with this separator.
SEPARATOR = " | "
#: Message attribute: the message joined with earlier messages, and the vector of the joined text.
CONVERSATION = "conversation"
#: Key in Rasa's parse data for a message's classification in its conversation.
CONTEXT = "context"

#: A fact is learned only if at least this many turns state it.
FEWEST = 12
#: Kinds of label. Each turn has exactly one label of each kind, and each kind has its own head.
ONE_OF = ("topic", "move", "role", "urgency", "asks", "remark")
#: Minimum probability for returning a fact, a remark or a frequently asked question. Acting on one takes a higher
#: probability.
FACT_AT = 0.3
#: Facts that are not read from single sentences, because danger in a sentence is recognised by its intent.
OF_THE_WHOLE_MESSAGE = ("danger", "suicide")
#: A fact read from a sentence is ignored if its probability in the whole message is below this.
RULED_OUT_BELOW = 0.1
_ARRAYS, _PLAIN = "context.npz", "context.json"
#: The fields of a head that are arrays.
_HEAD_ARRAYS = ("weights", "clue_weights", "bias")


class Turn(NamedTuple):
    """A turn of an annotated conversation: its text, the earlier texts, and its labels."""

    text: str
    before: Tuple[str, ...]
    labels: Mapping[str, str]
    facts: Tuple[str, ...]
    """The turn's facts, each as "name=value", without the ages."""
    ages: Mapping[str, int]
    """The ages that the turn states, by fact."""
    faq: str = NONE
    """The frequently asked question that the turn asks."""

    @property
    def asks_something(self) -> bool:
        """Whether the turn asks something, or changes the subject, which may include a question."""
        return self.labels["move"] in ("asks", "changes") or self.labels["asks"] != NONE


def kept(messages: Sequence[str]) -> List[str]:
    """Return the messages that are joined with the next one: the first message and the last three.

    The first message usually says what the conversation is about. Without it, accuracy at turn 6 falls from 80 to 76 %.
    """
    return [*messages[: TOGETHER - LAST], *messages[TOGETHER - LAST :][-LAST:]]


def joined(recent: Sequence[str], text: str) -> str:
    """Join a new message and the kept messages into one text, latest first, because the encoder cuts off long texts."""
    return SEPARATOR.join([text, *reversed(kept(recent))])


def turns_before(tracker: Optional[DialogueStateTracker]) -> int:
    """Return the number of earlier messages in a conversation, as recorded in its case."""
    return 0 if tracker is None else int((tracker.get_slot(CASE) or {}).get("turn") or 0)


def read_turns(directory: Path) -> List[Turn]:
    """Read every turn of the annotated conversations in a folder. data/conversations/README.md describes the format."""
    conversations = (
        conversation
        for path in sorted(directory.glob("*.yml"))
        for conversation in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["conversations"]
    )
    return [turn for conversation in conversations for turn in _turns(conversation["steps"])]


def _turns(steps: Sequence[Mapping[str, Any]]) -> Iterator[Turn]:
    texts = [fold(str(step["user"])).text for step in steps]
    for place, step in enumerate(steps):
        facts = step.get("facts") or {}
        ages = {name: value for name, value in facts.items() if name in AGES and isinstance(value, int)}
        yield Turn(
            text=texts[place],
            before=tuple(texts[:place]),
            labels={kind: str(step.get(kind) or NONE) for kind in ONE_OF},
            facts=tuple(f"{name}={json.dumps(value)}" for name, value in facts.items() if name not in ages),
            ages=ages,
            faq=str(step.get("faq") or NONE),
        )


#: How closely each kind's head fits, chosen on the fifth of the conversations that the encoder was not tuned on. Facts
#: and kinds of direct question are rare, so they are fitted more closely. Words do not help to predict urgency.
STRENGTHS = {
    "topic": Strengths(features=0.1, clues=0.02, iterations=100),
    "move": Strengths(features=0.1, clues=0.1, iterations=80),
    "role": Strengths(features=0.2, clues=0.1, iterations=100),
    "urgency": Strengths(features=0.1, clues=0.01, iterations=80),
    "asks": Strengths(features=1.0, clues=0.5, iterations=100),
    "remark": Strengths(features=1.0, clues=0.5, iterations=80),
}
OF_FACTS = Strengths(features=2.0, clues=0.3, iterations=100)
#: Kinds whose heads also see the words of earlier messages.
OF_THE_CONVERSATION = ("topic", "role")


class ContextClassifiers(NamedTuple):
    """The heads that classify a turn in its conversation."""

    heads: Mapping[str, Head]
    """One head for each of `ONE_OF`."""
    facts: Head
    ages: Head
    faq: Head

    @classmethod
    def learn(cls, features: Array, turns: Sequence[Turn], wordings: Examples, vectors: Array) -> "ContextClassifiers":
        """Learn from annotated turns and from the wordings of frequently asked questions.

        Args:
            features: the n turns' features, shape (n, d). The first v columns are the vector of the message alone.
            turns: the n turns.
            wordings: m wordings.
            vectors: the wordings' sentence vectors, shape (m, v).
        """
        words = Rows(features, [words_of(turn.text) for turn in turns])
        earlier = [earlier_words(turn.text, joined(turn.before, turn.text)) for turn in turns]
        wider = Rows(features, [[*own, *others] for own, others in zip(words.clues, earlier, strict=True)])
        counted = Counter(fact for turn in turns for fact in turn.facts)
        names = sorted(fact for fact, count in counted.items() if count >= FEWEST)
        told = np.array([[name in turn.facts for name in names] for turn in turns], np.float32)
        numbers = [one for row, turn in enumerate(turns) for one in numbers_of(row, turn.text, turn.ages)]

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            facts = pool.submit(Head.learn_each, words, told, names, OF_FACTS)
            heads = {
                kind: pool.submit(
                    Head.learn,
                    wider if kind in OF_THE_CONVERSATION else words,
                    [turn.labels[kind] for turn in turns],
                    STRENGTHS[kind],
                )
                for kind in ONE_OF
            }
            ages = pool.submit(learn_ages, features, numbers)
            faq = pool.submit(_learn_faq, features, turns, wordings, vectors)
            learned = {kind: head.result() for kind, head in heads.items()}
            return cls(learned, facts.result(), ages.result(), faq.result())

    def read(
        self, text: str, together: str, features: Array, sentences: Sequence[Tuple[Sentence, Array]] = ()
    ) -> Dict[str, Any]:
        """Classify a turn, and return plain data for Rasa's parse data.

        Args:
            text: the message.
            together: the message joined with earlier messages.
            features: the turn's features, shape (d,).
            sentences: the message's sentences, each with its own features.
        """
        words = words_of(text)
        wider = [*words, *earlier_words(text, together)]
        one_of = {
            kind: head.one_of(features, wider if kind in OF_THE_CONVERSATION else words)
            for kind, head in self.heads.items()
            if kind != "asks"
        }
        return {
            "topics": one_of["topic"],
            "moves": one_of["move"],
            "roles": one_of["role"],
            "urgencies": one_of["urgency"],
            "asks": self._kinds_asked(text, features, sentences),
            "remarks": _likely(one_of["remark"]),
            "faq": _likely(self.faq.one_of(features[: len(self.faq.weights)], words)),
            "numbers": read_ages(self.ages, text, features),
            "facts": self._facts_told(text, features, sentences),
        }

    def _kinds_asked(self, text: str, features: Array, sentences: Sequence[Tuple[Sentence, Array]]) -> Dict[str, float]:
        """Return each kind of direct question with its highest probability in the message or its last questions."""
        questions = [(sentence.text, own) for sentence, own in sentences if sentence.is_question][-MOST_QUESTIONS:]
        found = [self.heads["asks"].one_of(own, words_of(one)) for one, own in [(text, features), *questions]]
        return {kind: max(one[kind] for one in found) for kind in found[0] if kind != NONE}

    def _facts_told(self, text: str, features: Array, sentences: Sequence[Tuple[Sentence, Array]]) -> List[List[Any]]:
        """Return the likely facts, each with its value and its highest probability in the message or a sentence.

        A fact that the whole message rules out is ignored: a single sentence may be conditional or reported speech.
        """
        whole = self.facts.each(features, words_of(text))
        found = dict(whole)
        for sentence, own in sentences:
            for fact, probability in self.facts.each(own, words_of(sentence.text)).items():
                if _name(fact) not in OF_THE_WHOLE_MESSAGE and whole[fact] >= RULED_OUT_BELOW:
                    found[fact] = max(found[fact], probability)
        return [[_name(fact), _value(fact), p] for fact, p in found.items() if p >= FACT_AT]

    def save(self, directory: Path) -> None:
        """Write two files that contain only plain data."""
        named = {**self.heads, "facts": self.facts, "ages": self.ages, "faq": self.faq}
        np.savez(
            directory / _ARRAYS,
            **{f"{name}_{part}": getattr(head, part) for name, head in named.items() for part in _HEAD_ARRAYS},
        )
        plain = {name: {"classes": head.classes, "clues": list(head.clues)} for name, head in named.items()}
        (directory / _PLAIN).write_text(json.dumps(plain), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "ContextClassifiers":
        """Read the files that `save` wrote."""
        plain = json.loads((directory / _PLAIN).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS) as arrays:
            named = {
                name: Head(
                    one["classes"],
                    {clue: row for row, clue in enumerate(one["clues"])},
                    *(arrays[f"{name}_{part}"] for part in _HEAD_ARRAYS),
                )
                for name, one in plain.items()
            }
        facts, ages, faq = named.pop("facts"), named.pop("ages"), named.pop("faq")
        return cls(named, facts, ages, faq)


def _learn_faq(features: Array, turns: Sequence[Turn], wordings: Examples, vectors: Array) -> Head:
    rows = [row for row, turn in enumerate(turns) if turn.faq != NONE or is_example(turn.text, turn.asks_something)]
    texts, questions = [turns[row].text for row in rows], [turns[row].faq for row in rows]
    examples = Examples([*wordings.texts, *texts], [*wordings.questions, *questions])
    return learn_faq(examples, np.vstack([vectors, features[rows, : vectors.shape[1]]]))


def _name(fact: str) -> str:
    return fact.partition("=")[0]


def _value(fact: str) -> Any:
    return json.loads(fact.partition("=")[2])


def _likely(probabilities: Mapping[str, float]) -> Dict[str, float]:
    return {name: p for name, p in probabilities.items() if name != NONE and p >= FACT_AT}


def earlier_words(text: str, together: str) -> List[str]:
    """Return the words of the earlier messages that `text` is joined with, marked to tell them apart from its own."""
    return [f"earlier {word}" for word in single_words(together[len(text) :])]


def features_of(alone: TextFeatures, together: TextFeatures, turns_before: int) -> Array:
    """Return a turn's features, shape (d,).

    Args:
        alone: the message.
        together: the message joined with earlier messages.
        turns_before: the number of earlier messages, of which `together` may include only some.
    """
    words = len(alone.text.split())
    counts = [float(turns_before == 0), min(turns_before, 8) / 8, min(words, 40) / 40, float(words <= 3)]
    return np.concatenate(
        [alone.vector, together.vector, alone.shares, together.shares, np.asarray(counts, np.float32)]
    )
