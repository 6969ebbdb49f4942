"""Linear classifiers on what a text means and on how it is spelt, with honest probabilities.

A multinomial logistic regression learns on the sentence vector and a support vector machine on the n-grams. The sum of
their margins, each with its own share, makes the probabilities. The encoder was tuned on most of the examples and is
surer of them than of what people will type; so the shares are those with which the examples held out from it surprise
least (temperature scaling, Guo et al. 2017, https://arxiv.org/abs/1706.04599, here with two temperatures).

Topics have classifiers of their own, which see what the intents of a topic share; both opinions are averaged. How an
intent is spelt is learned in two steps, its topic among the topics and the intent within its topic.
"""

import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.nlu.held_out import is_encoded, is_held_out
from bot.nlu.ngrams import NGrams, Weighed

# Stopping early is meant; see ITERATIONS.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

Array = NDArray[np.float32]
Halves = NDArray[np.float16]
Labels = NDArray[np.str_]
Rows = NDArray[np.bool_]
#: How much of the meaning's margins counts, and how much of the spelling's.
Shares = Tuple[float, float]

#: Every share is tried with every other.
MEANING_SHARES = tuple(np.arange(0.2, 1.65, 0.1))
SPELLING_SHARES = tuple(np.arange(0.0, 5.1, 0.5))
#: At twice as many the logistic regression tells half a point more of the held-out examples, which share their writers
#: with the others, and no more of the development set's messages.
ITERATIONS = 30
_ARRAYS = "linear.npz"
_PLAIN = "linear.json"


class Features(NamedTuple):
    """What is known of n texts: sentence vectors of shape (n, d) and n-grams of shape (n, w)."""

    vectors: Array
    ngrams: csr_matrix

    def where(self, rows: Rows) -> "Features":
        """Those of some of the texts."""
        return Features(self.vectors[rows], self.ngrams[np.flatnonzero(rows)])


class Linear(NamedTuple):
    """One classifier for k classes.

    Shapes: `meaning` (d, k) goes with the sentence vector, `spelling` (w, k) with the n-grams, and `bias` is (k,).
    `spelling` is by far the largest; it is float16, which changes no probability by more than a thousandth.
    """

    classes: List[str]
    meaning: Array
    spelling: Halves
    bias: Array

    @classmethod
    def learn(
        cls,
        features: Features,
        labels: Sequence[str],
        held_out: Rows,
        meaning: "Optional[Machine]" = None,
        spelling: "Optional[Machine]" = None,
    ) -> "Linear":
        """Learn from n texts and their labels.

        From the held-out examples only the shares are learned: what would be gained by learning them as well is less
        than the time that learning twice takes.

        Args:
            features: what is known of the texts.
            labels: n names of classes.
            held_out: which of the texts only teach the shares.
            meaning: what was already learned on the vectors of the others.
            spelling: what was already learned on their n-grams.
        """
        truth = np.array(labels)
        meaning = meaning or _by_meaning(features.vectors[~held_out], truth[~held_out])
        spelling = spelling or by_spelling(features.ngrams, truth, ~held_out)
        known = held_out & np.isin(truth, truth[~held_out])
        shares: Shares = (1.0, 1.0)
        if known.any():
            shares = _least_surprised((meaning, spelling), features.where(known), truth[known])
        return cls(
            classes=meaning.classes,
            meaning=np.ascontiguousarray(shares[0] * meaning.weights, dtype=np.float32),
            spelling=np.ascontiguousarray(shares[1] * spelling.weights, dtype=np.float16),
            bias=np.asarray(shares[0] * meaning.bias + shares[1] * spelling.bias, dtype=np.float32),
        )

    def probabilities(self, vector: Array, weighed: Weighed) -> Array:
        """Probabilities of the k classes for a sentence vector of length d and the n-grams of the same text."""
        columns, weights = weighed
        spelt = weights @ self.spelling[columns].astype(np.float32)
        return np.asarray(softmax(vector @ self.meaning + spelt + self.bias))

    def best(self, vector: Array, weighed: Weighed) -> "Tuple[str, float]":
        """The most likely class and its probability."""
        probabilities = self.probabilities(vector, weighed)
        place = int(np.argmax(probabilities))
        return self.classes[place], float(probabilities[place])


class Reader(NamedTuple):
    """Everything that is learned: n-grams, and a classifier each for intent, topic, asker and urgency."""

    ngrams: NGrams
    topic_of: "NDArray[np.intp]"
    """The place of each intent's topic among the topics, of shape (intents,)."""
    intent: Linear
    topic: Linear
    asker: Linear
    urgency: Linear

    @classmethod
    def learn(cls, vectors: Array, texts: Sequence[str], labels: Dict[str, Sequence[str]]) -> "Reader":
        """Learn from vectors of shape (n, d), n texts and n labels of each kind, named as the fields are.

        Only the vectors of texts that are encoded (see held_out.py) count. Every text has an intent and a topic. Of
        asker and urgency an empty label teaches nothing; "unknown" is learned where it was said.
        """
        held_out = np.array([is_held_out(text) for text in texts])
        encoded = np.array([is_encoded(text) for text in texts])
        told = {kind: np.array([label != "" for label in labels[kind]]) for kind in cls._kinds()}
        truth = {kind: np.array(labels[kind])[told[kind]] for kind in cls._kinds()}

        def meaning(kind: str) -> Machine:
            taught = told[kind] & encoded & ~held_out
            return _by_meaning(vectors[taught], truth[kind][taught[told[kind]]])

        # Both machines work outside Python's lock, so that training uses every core; n-grams are counted meanwhile.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            meanings = {kind: pool.submit(meaning, kind) for kind in cls._kinds()}
            ngrams, weighed = NGrams.learn(texts)
            features = Features(vectors, weighed)
            spelt = pool.submit(by_spelling, weighed, np.array(labels["topic"]), ~held_out)

            def spelling(kind: str) -> Optional[Machine]:
                if kind == "intent":
                    return within_topics(spelt.result(), weighed, truth["intent"], truth["topic"], ~held_out)
                return spelt.result() if kind == "topic" else None

            def one(kind: str) -> Linear:
                rows = told[kind]
                return Linear.learn(
                    features.where(rows), truth[kind], held_out[rows], meanings[kind].result(), spelling(kind)
                )

            learned = dict(zip(cls._kinds(), pool.map(one, cls._kinds()), strict=True))
        topics = dict(zip(labels["intent"], labels["topic"], strict=True))
        places = [learned["topic"].classes.index(topics[intent]) for intent in learned["intent"].classes]
        return cls(ngrams, np.array(places), **learned)

    def intents(self, vector: Array, weighed: Weighed) -> Array:
        """Probabilities of the intents, in the order of `intent.classes`.

        What they have together in each topic is the geometric mean of both classifiers' opinion of it.

        Args:
            vector: a sentence vector of length d.
            weighed: the n-grams of the same text.
        """
        alone = self.intent.probabilities(vector, weighed)
        shares = np.bincount(self.topic_of, weights=alone, minlength=len(self.topic.classes))
        agreed = np.sqrt(shares * self.topic.probabilities(vector, weighed))
        return np.asarray(alone * (agreed / agreed.sum() / np.maximum(shares, 1e-12))[self.topic_of], dtype=np.float32)

    def save(self, directory: Path) -> None:
        """Write two files of plain data: nothing that is run when it is read."""
        arrays: Dict[str, Any] = {"topic_of": self.topic_of}
        classes: Dict[str, List[str]] = {}
        for kind in self._kinds():
            classes[kind], *parts = getattr(self, kind)
            arrays.update({f"{kind}_{name}": part for name, part in zip(Linear._fields[1:], parts, strict=True)})
        np.savez(directory / _ARRAYS, **arrays)
        plain = {"ngrams": self.ngrams.saved(), "classes": classes}
        (directory / _PLAIN).write_text(json.dumps(plain), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "Reader":
        """Read what `save` wrote."""
        plain = json.loads((directory / _PLAIN).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS) as arrays:
            learned = {
                kind: Linear(plain["classes"][kind], *(arrays[f"{kind}_{name}"] for name in Linear._fields[1:]))
                for kind in cls._kinds()
            }
            topic_of = arrays["topic_of"]
        return cls(NGrams.restore(plain["ngrams"]), topic_of, **learned)

    @classmethod
    def _kinds(cls) -> Tuple[str, ...]:
        return cls._fields[2:]


class Machine(NamedTuple):
    """A fitted estimator: weights of shape (features, k) and k biases."""

    classes: List[str]
    weights: Array
    bias: Array

    @classmethod
    def fit(cls, estimator: Any, features: Any, truth: Labels) -> "Machine":
        """Fit a linear classifier of scikit-learn's on n texts."""
        learned = estimator.fit(features, truth)
        weights, bias = learned.coef_.T, learned.intercept_
        if len(learned.classes_) == 2:
            # For two classes scikit-learn keeps one margin, which is the second's lead over the first.
            weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls([str(name) for name in learned.classes_], weights, bias)

    def margins(self, features: Any) -> Array:
        """Of n texts for the k classes, shape (n, k)."""
        return np.asarray(features @ self.weights + self.bias)


def by_spelling(ngrams: csr_matrix, truth: Labels, rows: Rows) -> Machine:
    """Learn on some rows of n-grams, shape (n, w), which class each text has."""
    machine = LinearSVC(C=0.5, class_weight="balanced", tol=1e-2, random_state=7)
    return Machine.fit(machine, ngrams[np.flatnonzero(rows)], truth[rows])


def within_topics(topic: Machine, ngrams: csr_matrix, intents: Labels, topics: Labels, rows: Rows) -> Machine:
    """Margins of the intents: their topic's, and what tells an intent from the others of its topic.

    To tell each intent from all others would take fourteen times as long, and tells no more of them
    (docs/decisions/0015).

    Args:
        topic: what was learned of the topics on the same rows.
        ngrams: n-grams of the texts, shape (n, w).
        intents: n names.
        topics: the topic of each.
        rows: which of the n to learn on.
    """
    classes = sorted(set(intents[rows]))
    weights = np.zeros((ngrams.shape[1], len(classes)), np.float32)
    bias = np.zeros(len(classes), np.float32)
    for place, name in enumerate(topic.classes):
        here = rows & (topics == name)
        mine = np.flatnonzero(np.isin(classes, intents[here]))
        if len(mine) > 1:
            within = by_spelling(ngrams, intents, here)
            weights[:, mine], bias[mine] = within.weights, within.bias
        weights[:, mine] += topic.weights[:, [place]]
        bias[mine] += topic.bias[place]
    return Machine(classes, weights, bias)


def _by_meaning(vectors: Array, truth: Labels) -> Machine:
    return Machine.fit(LogisticRegression(C=3.0, class_weight="balanced", max_iter=ITERATIONS), vectors, truth)


def _least_surprised(machines: "Tuple[Machine, Machine]", features: Features, truth: Labels) -> Shares:
    """The shares of the two machines' margins with which the true classes are least surprising."""
    meaning, spelling = machines[0].margins(features.vectors), machines[1].margins(features.ngrams)
    right = np.searchsorted(machines[0].classes, truth)
    losses = {
        (first, second): _log_loss(softmax(first * meaning + second * spelling, axis=1), right)
        for first in MEANING_SHARES
        for second in SPELLING_SHARES
    }
    return min(losses, key=lambda shares: losses[shares])


def _log_loss(probabilities: Array, truth: "NDArray[np.intp]") -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())
