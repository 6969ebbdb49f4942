"""Classifies a message's move, role, urgency and facts in its conversation, and the conversation's topic.

Linear heads are trained on annotated conversations (`data/conversations/`). Their features are two sentence vectors,
one for the message alone and one for the message joined with earlier messages, plus the single-message classifiers'
probabilities for both texts. Joining the earlier messages improves topic accuracy by 20 points, and training heads on
conversations improves it by another 5; see the table in docs/conversations.md.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import yaml
from numpy.typing import NDArray
from rasa.shared.core.trackers import DialogueStateTracker
from scipy.optimize import minimize
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression

from bot.nlu.linear import MessageClassifiers, TextFeatures
from bot.text.folding import fold

Array = NDArray[np.float32]

#: The slot that holds the conversation's first message and its most recent messages, all of them redacted.
RECENT = "recent"
#: How many earlier messages are joined with a new message, and how many of those are the most recent messages. The
#: remaining one is the first message.
TOGETHER, LAST = 4, 3
#: The slot that holds the case. This module reads only the number of messages from it.
CASE = "case"
#: Separates messages that are joined into one text. The encoder was tuned with this separator.
SEPARATOR = " | "
#: Message attribute: the message joined with earlier messages, and that text's vector.
CONVERSATION = "conversation"
#: Key in Rasa's parse data for the classification of a message in its conversation.
CONTEXT = "context"

#: A fact is learned only if at least this many turns state it.
FEWEST = 12
#: The label for a turn that has no label of a given kind.
NONE = "none"
#: Kinds of label. Each turn has exactly one label of each kind, and each kind has its own head.
ONE_OF = ("topic", "move", "role", "urgency", "asks")
#: Facts that are ages. Patterns find the number, and a head decides whose age it is.
AGES = ("writer_age", "about_age", "other_age", "image_age")
#: Minimum probability for returning a fact. The case requires a higher probability before it accepts the fact.
FACT_AT = 0.3
_ARRAYS, _PLAIN = "context.npz", "context.json"


class Turn(NamedTuple):
    """A turn of an annotated conversation: its text, the earlier texts, and its labels."""

    text: str
    before: Tuple[str, ...]
    labels: Mapping[str, str]
    facts: Tuple[str, ...]
    """The turn's facts, each as "name=value"."""
    age_of: str
    """Which of `AGES` the turn states, or an empty string if it states none or several."""


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
        ages = [name for name in AGES if isinstance(facts.get(name), int)]
        yield Turn(
            text=texts[place],
            before=tuple(texts[:place]),
            labels={kind: str(step.get(kind) or NONE) for kind in ONE_OF},
            facts=tuple(f"{name}={json.dumps(value)}" for name, value in facts.items() if name not in AGES),
            age_of=ages[0] if len(ages) == 1 else "",
        )


class Head(NamedTuple):
    """A linear classifier with k classes, weights of shape (d, k) and biases of shape (k,)."""

    classes: List[str]
    weights: Array
    bias: Array

    @classmethod
    def learn(cls, features: Array, labels: Sequence[str], strength: float, iterations: int) -> "Head":
        """Fit a multi-class head to n rows of features.

        Args:
            features: array of shape (n, d).
            labels: n class names.
            strength: inverse regularisation strength.
            iterations: maximum number of optimiser steps.
        """
        learned = LogisticRegression(C=strength, max_iter=iterations).fit(features, np.array(labels))
        weights, bias = learned.coef_.T, learned.intercept_
        if len(learned.classes_) == 2:
            weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls([str(name) for name in learned.classes_], weights.astype(np.float32), bias.astype(np.float32))

    @classmethod
    def learn_each(cls, features: Array, labels: Array, names: List[str]) -> "Head":
        """Fit k binary labels at once, each with its own logistic regression.

        Args:
            features: array of shape (n, d).
            labels: array of shape (n, k), 1 where a row has the label.
            names: the k labels' names.
        """
        rows, width = np.hstack([features, np.ones((len(features), 1), np.float32)]), len(names)

        def loss(flat: Array) -> Tuple[float, Array]:
            weights = flat.reshape(-1, width).astype(np.float32)
            margins = rows @ weights
            penalty = weights.copy()
            penalty[-1] = 0.0
            surprise = np.logaddexp(0.0, margins).sum() - (margins * labels).sum()
            total = float(surprise + (penalty**2).sum() / (2 * FACTS_C))
            return total, (rows.T @ (expit(margins) - labels) + penalty / FACTS_C).ravel().astype(np.float64)

        start = np.zeros(rows.shape[1] * width)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": FACTS_ITERATIONS})
        weights = found.x.reshape(-1, width).astype(np.float32)
        return cls(names, weights[:-1], weights[-1])

    def one_of(self, features: Array) -> Dict[str, float]:
        """Return the classes' probabilities, which add up to 1."""
        return dict(zip(self.classes, map(float, softmax(features @ self.weights + self.bias)), strict=True))

    def each(self, features: Array) -> Dict[str, float]:
        """Return an independent probability for each class."""
        return dict(zip(self.classes, map(float, expit(features @ self.weights + self.bias)), strict=True))


#: Inverse regularisation strength, and maximum number of optimiser steps.
C, ITERATIONS = 0.1, 60
#: The same for facts, most of which are rare. With C = 0.1, recall is 34 % and precision 61 %. With these values,
#: recall is 50 % and precision 57 %.
FACTS_C, FACTS_ITERATIONS = 2.0, 100
#: The same for kinds of direct question, most of which are rare, and the minimum probability for a question to be
#: answered. On the held-back fifth, about 53 % of 777 questions are classified correctly and 31 % as another kind; with
#: C = 0.1 and no minimum, those figures were 46 % and 34 %. Of the other turns, 1.4 % are mistaken for a question, up
#: from 1.0 %.
ASKS_C, ASKS_ITERATIONS, ASKS_AT = 2.0, 150, 0.3


class ContextClassifiers(NamedTuple):
    """The heads that classify a turn in its conversation."""

    heads: Mapping[str, Head]
    """One head for each of `ONE_OF`, and "age", which decides whose age a number is."""
    facts: Head

    @classmethod
    def learn(cls, features: Array, turns: Sequence[Turn]) -> "ContextClassifiers":
        """Learn from n turns and their features, shape (n, d)."""
        aged = np.array([bool(turn.age_of) for turn in turns])
        tasks = {kind: (features, [turn.labels[kind] for turn in turns]) for kind in ONE_OF}
        tasks["age"] = (features[aged], [turn.age_of for turn in turns if turn.age_of])
        counted: Dict[str, int] = {}
        for turn in turns:
            for fact in turn.facts:
                counted[fact] = counted.get(fact, 0) + 1
        names = sorted(fact for fact, count in counted.items() if count >= FEWEST)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            strengths = {"asks": (ASKS_C, ASKS_ITERATIONS)}
            learning = {
                kind: pool.submit(Head.learn, *task, *strengths.get(kind, (C, ITERATIONS)))
                for kind, task in tasks.items()
            }
            told = np.array([[name in turn.facts for name in names] for turn in turns], np.float32)
            facts = Head.learn_each(features, told, names)
            heads = {kind: head.result() for kind, head in learning.items()}
        return cls(heads, facts)

    def read(self, features: Array) -> Dict[str, Any]:
        """Classify a turn from its features, shape (d,), and return plain data for Rasa's parse data."""
        asks = self.heads["asks"].one_of(features)
        kind = max(asks, key=lambda name: asks[name])
        return {
            "topics": self.heads["topic"].one_of(features),
            "moves": self.heads["move"].one_of(features),
            "roles": self.heads["role"].one_of(features),
            "urgencies": self.heads["urgency"].one_of(features),
            "asks": None if kind == NONE or asks[kind] < ASKS_AT else kind,
            "number_of": self.heads["age"].one_of(features),
            "facts": [
                [name.partition("=")[0], json.loads(name.partition("=")[2]), probability]
                for name, probability in self.facts.each(features).items()
                if probability >= FACT_AT
            ],
        }

    def save(self, directory: Path) -> None:
        """Write two files that contain only plain data."""
        everything = {**self.heads, "facts": self.facts}
        arrays = {f"{name}_weights": head.weights for name, head in everything.items()}
        arrays.update({f"{name}_bias": head.bias for name, head in everything.items()})
        np.savez(directory / _ARRAYS, **arrays)
        classes = {name: head.classes for name, head in everything.items()}
        (directory / _PLAIN).write_text(json.dumps(classes), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "ContextClassifiers":
        """Read the files that `save` wrote."""
        classes = json.loads((directory / _PLAIN).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS) as arrays:
            heads = {n: Head(c, arrays[f"{n}_weights"], arrays[f"{n}_bias"]) for n, c in classes.items()}
        return cls(heads, heads.pop("facts"))


def features_of(
    classifiers: MessageClassifiers, alone: TextFeatures, together: TextFeatures, turns_before: int
) -> Array:
    """Return a turn's features, shape (d,).

    Args:
        classifiers: the single-message classifiers.
        alone: the message.
        together: the message joined with earlier messages.
        turns_before: how many messages came before this message. `together` may include only some of them.
    """
    parts: List[Iterable[float]] = [alone.vector, together.vector]
    for one in (alone, together):
        for head in (classifiers.topic, classifiers.asker, classifiers.urgency):
            parts.append(LOG_SHARE * np.log(np.maximum(head.probabilities(one.vector, one.weighed), 1e-4)))
    words = len(alone.text.split())
    parts.append([float(turns_before == 0), min(turns_before, 8) / 8, min(words, 40) / 40, float(words <= 3)])
    return np.concatenate([np.asarray(part, np.float32) for part in parts])


#: Scales log probabilities relative to the sentence vectors, which have unit length.
LOG_SHARE = 0.15
