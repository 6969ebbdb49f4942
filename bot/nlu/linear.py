"""Linear classifiers on dense and sparse features of a text, with calibrated probabilities.

A multinomial logistic regression learns from the sentence vector (dense) and a support vector machine from the n-grams
(sparse). The probabilities come from the sum of their margins, each with its own mixture weight. The encoder was tuned
on most of the examples and is surer of those than of new messages, so the mixture weights are those with the lowest log
loss on the calibration split, which it was not tuned on (temperature scaling, Guo et al. 2017,
https://arxiv.org/abs/1706.04599, here with two temperatures).

Topics have a classifier of their own, which learns what the intents of a topic share; the two opinions are averaged.
The sparse head of the intents is learned in two steps: the topic among the topics, then the intent within its topic.
"""

import hashlib
import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.nlu.ngrams import NGrams, Weighed

# Stopping early is deliberate; see ITERATIONS.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

Array = NDArray[np.float32]
Halves = NDArray[np.float16]
Labels = NDArray[np.str_]
Rows = NDArray[np.bool_]
#: Factors for the margins of the dense and of the sparse head.
MixtureWeights = Tuple[float, float]

#: Every dense weight is tried with every sparse weight.
DENSE_WEIGHTS = tuple(np.arange(0.2, 1.65, 0.1))
SPARSE_WEIGHTS = tuple(np.arange(0.0, 5.1, 0.5))
#: With twice as many, the logistic regression gets half a point more of the calibration split right, which shares its
#: writers with the other examples, and no more of the development set.
ITERATIONS = 30
#: liblinear has one generator of random numbers for the process. Fits that run at the same time share its draws, so the
#: same data would give another model each time; heads learned from their output differed by up to 7 % in their weights.
_ONE_AT_A_TIME = Lock()
_ARRAYS = "linear.npz"
_PLAIN = "linear.json"


def in_calibration_split(text: str) -> bool:
    """True for one example in twenty. The encoder was not tuned on these; they calibrate the probabilities."""
    return _digest(text)[0] < 13


def is_encoded(text: str) -> bool:
    """True for the calibration split and for a third of the other examples: the dense heads learn from that third.

    Encoding takes most of the training time, and more examples do not help: with all, a half or a third of them, topics
    are right in 85.7, 85.8 and 85.6 % of the calibration split, and in 95.0, 95.0 and 94.8 % of the development set.
    """
    return in_calibration_split(text) or _digest(text)[1] < 86


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


class Features(NamedTuple):
    """Features of n texts: sentence vectors of shape (n, d) and n-grams of shape (n, w)."""

    vectors: Array
    ngrams: csr_matrix

    def where(self, rows: Rows) -> "Features":
        """The features of some of the texts."""
        return Features(self.vectors[rows], self.ngrams[np.flatnonzero(rows)])


class Linear(NamedTuple):
    """One classifier for k classes.

    `dense` has shape (d, k) and is applied to the sentence vector, `sparse` (w, k) to the n-grams; `bias` is (k,).
    `sparse` is by far the largest; it is float16, which changes no probability by more than a thousandth.
    """

    classes: List[str]
    dense: Array
    sparse: Halves
    bias: Array

    @classmethod
    def learn(
        cls,
        features: Features,
        labels: Sequence[str],
        calibration: Rows,
        dense: "Optional[LinearHead]" = None,
        sparse: "Optional[LinearHead]" = None,
    ) -> "Linear":
        """Learn from n texts and their labels.

        The heads never learn from the calibration split: the gain would not be worth the time of fitting them twice.

        Args:
            features: features of the texts.
            labels: n names of classes.
            calibration: which of the texts are used only for the mixture weights.
            dense: a head already fitted on the vectors of the other texts.
            sparse: a head already fitted on their n-grams.
        """
        truth = np.array(labels)
        dense = dense or _fit_dense(features.vectors[~calibration], truth[~calibration])
        sparse = sparse or fit_sparse(features.ngrams, truth, ~calibration)
        known = calibration & np.isin(truth, truth[~calibration])
        mixture: MixtureWeights = (1.0, 1.0)
        if known.any():
            mixture = _fit_mixture((dense, sparse), features.where(known), truth[known])
        return cls(
            classes=dense.classes,
            dense=np.ascontiguousarray(mixture[0] * dense.weights, dtype=np.float32),
            sparse=np.ascontiguousarray(mixture[1] * sparse.weights, dtype=np.float16),
            bias=np.asarray(mixture[0] * dense.bias + mixture[1] * sparse.bias, dtype=np.float32),
        )

    def probabilities(self, vector: Array, weighed: Weighed) -> Array:
        """Probabilities of the k classes for a sentence vector of length d and the n-grams of the same text."""
        columns, weights = weighed
        sparse = weights @ self.sparse[columns].astype(np.float32)
        return np.asarray(softmax(vector @ self.dense + sparse + self.bias))

    def best(self, vector: Array, weighed: Weighed) -> "Tuple[str, float]":
        """The most likely class and its probability."""
        probabilities = self.probabilities(vector, weighed)
        place = int(np.argmax(probabilities))
        return self.classes[place], float(probabilities[place])


class MessageClassifiers(NamedTuple):
    """The n-grams, and a classifier each for the intent, topic, asker and urgency of a single message."""

    ngrams: NGrams
    topic_of: "NDArray[np.intp]"
    """Index of each intent's topic in `topic.classes`, shape (intents,)."""
    intent: Linear
    topic: Linear
    asker: Linear
    urgency: Linear

    @classmethod
    def learn(cls, vectors: Array, texts: Sequence[str], labels: Dict[str, Sequence[str]]) -> "MessageClassifiers":
        """Learn from vectors of shape (n, d), n texts and n labels of each kind, named like the fields.

        Vectors of texts that are not encoded (see `is_encoded`) are ignored. Every text has an intent and a topic. An
        empty asker or urgency label is skipped; "unknown" is a class like any other.
        """
        calibration = np.array([in_calibration_split(text) for text in texts])
        encoded = np.array([is_encoded(text) for text in texts])
        labelled = {kind: np.array([label != "" for label in labels[kind]]) for kind in cls._kinds()}
        truth = {kind: np.array(labels[kind])[labelled[kind]] for kind in cls._kinds()}

        def fit_dense(kind: str) -> LinearHead:
            rows = labelled[kind] & encoded & ~calibration
            return _fit_dense(vectors[rows], truth[kind][rows[labelled[kind]]])

        # Fitting releases the GIL, so training uses every core; n-grams are counted in the meantime.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            dense = {kind: pool.submit(fit_dense, kind) for kind in cls._kinds()}
            ngrams, weighed = NGrams.learn(texts)
            features = Features(vectors, weighed)
            sparse_topic = pool.submit(fit_sparse, weighed, np.array(labels["topic"]), ~calibration)

            def sparse(kind: str) -> Optional[LinearHead]:
                if kind == "intent":
                    topic = sparse_topic.result()
                    return fit_within_topics(topic, weighed, truth["intent"], truth["topic"], ~calibration)
                return sparse_topic.result() if kind == "topic" else None

            def one(kind: str) -> Linear:
                rows = labelled[kind]
                return Linear.learn(
                    features.where(rows), truth[kind], calibration[rows], dense[kind].result(), sparse(kind)
                )

            learned = dict(zip(cls._kinds(), pool.map(one, cls._kinds()), strict=True))
        topics = dict(zip(labels["intent"], labels["topic"], strict=True))
        places = [learned["topic"].classes.index(topics[intent]) for intent in learned["intent"].classes]
        return cls(ngrams, np.array(places), **learned)

    def intents(self, vector: Array, weighed: Weighed) -> Array:
        """Probabilities of the intents, in the order of `intent.classes`.

        The total of each topic is proportional to the geometric mean of what the two classifiers give it.

        Args:
            vector: a sentence vector of length d.
            weighed: the n-grams of the same text.
        """
        alone = self.intent.probabilities(vector, weighed)
        totals = np.bincount(self.topic_of, weights=alone, minlength=len(self.topic.classes))
        agreed = np.sqrt(totals * self.topic.probabilities(vector, weighed))
        return np.asarray(alone * (agreed / agreed.sum() / np.maximum(totals, 1e-12))[self.topic_of], dtype=np.float32)

    def save(self, directory: Path) -> None:
        """Write two files of plain data, so that loading them runs no code."""
        arrays: Dict[str, Any] = {"topic_of": self.topic_of}
        classes: Dict[str, List[str]] = {}
        for kind in self._kinds():
            classes[kind], *parts = getattr(self, kind)
            arrays.update({f"{kind}_{name}": part for name, part in zip(Linear._fields[1:], parts, strict=True)})
        np.savez(directory / _ARRAYS, **arrays)
        plain = {"ngrams": self.ngrams.saved(), "classes": classes}
        (directory / _PLAIN).write_text(json.dumps(plain), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "MessageClassifiers":
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


class LinearHead(NamedTuple):
    """A fitted estimator: weights of shape (features, k) and k biases."""

    classes: List[str]
    weights: Array
    bias: Array

    @classmethod
    def fit(cls, estimator: Any, features: Any, truth: Labels) -> "LinearHead":
        """Fit a linear scikit-learn classifier on n texts."""
        learned = estimator.fit(features, truth)
        weights, bias = learned.coef_.T, learned.intercept_
        if len(learned.classes_) == 2:
            # For two classes scikit-learn keeps one margin: the second's minus the first's.
            weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls([str(name) for name in learned.classes_], weights, bias)

    def margins(self, features: Any) -> Array:
        """Margins of n texts for the k classes, shape (n, k)."""
        return np.asarray(features @ self.weights + self.bias)


def fit_sparse(ngrams: csr_matrix, truth: Labels, rows: Rows) -> LinearHead:
    """Fit a head on some rows of n-grams, shape (n, w)."""
    estimator = LinearSVC(C=0.5, class_weight="balanced", tol=1e-2, random_state=7)
    with _ONE_AT_A_TIME:
        return LinearHead.fit(estimator, ngrams[np.flatnonzero(rows)], truth[rows])


def fit_within_topics(topic: LinearHead, ngrams: csr_matrix, intents: Labels, topics: Labels, rows: Rows) -> LinearHead:
    """Fit a sparse head for the intents: the margin of the topic plus that of the intent within its topic.

    Fitting each intent against all others would take fourteen times as long and be no more accurate
    (docs/decisions/0015).

    Args:
        topic: the head of the topics, fitted on the same rows.
        ngrams: n-grams of the texts, shape (n, w).
        intents: n names.
        topics: the topic of each.
        rows: which of the n to learn from.
    """
    classes = sorted(set(intents[rows]))
    weights = np.zeros((ngrams.shape[1], len(classes)), np.float32)
    bias = np.zeros(len(classes), np.float32)
    for place, name in enumerate(topic.classes):
        here = rows & (topics == name)
        mine = np.flatnonzero(np.isin(classes, intents[here]))
        if len(mine) > 1:
            within = fit_sparse(ngrams, intents, here)
            weights[:, mine], bias[mine] = within.weights, within.bias
        weights[:, mine] += topic.weights[:, [place]]
        bias[mine] += topic.bias[place]
    return LinearHead(classes, weights, bias)


def _fit_dense(vectors: Array, truth: Labels) -> LinearHead:
    return LinearHead.fit(LogisticRegression(C=3.0, class_weight="balanced", max_iter=ITERATIONS), vectors, truth)


def _fit_mixture(heads: "Tuple[LinearHead, LinearHead]", features: Features, truth: Labels) -> MixtureWeights:
    """The weights of the two heads' margins that give the lowest log loss."""
    dense, sparse = heads[0].margins(features.vectors), heads[1].margins(features.ngrams)
    right = np.searchsorted(heads[0].classes, truth)
    losses = {
        (first, second): _log_loss(softmax(first * dense + second * sparse, axis=1), right)
        for first in DENSE_WEIGHTS
        for second in SPARSE_WEIGHTS
    }
    return min(losses, key=lambda weights: losses[weights])


def _log_loss(probabilities: Array, truth: "NDArray[np.intp]") -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())
