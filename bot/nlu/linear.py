"""Linear classifiers on dense and sparse features of a text, with calibrated probabilities.

A multinomial logistic regression is fitted to the sentence vectors (dense) and a support vector machine to the n-grams
(sparse). The probabilities are the softmax of a weighted sum of their margins. The encoder was tuned on most of the
examples, which makes it more confident about those than about new messages. The two mixture weights are therefore
chosen to give the lowest log loss on the calibration split, which the encoder was not tuned on (temperature scaling,
Guo et al. 2017, https://arxiv.org/abs/1706.04599, here with two temperatures).

A separate classifier for topics learns what a topic's intents have in common, and its results are averaged with the
intent classifier's. The sparse head for intents is fitted in two steps, first to distinguish topics and then to
distinguish the intents within each topic.
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
#: Factors for the margins of the dense head and the sparse head.
MixtureWeights = Tuple[float, float]

#: The mixture weights to try, in every combination.
DENSE_WEIGHTS = tuple(np.arange(0.2, 1.65, 0.1))
SPARSE_WEIGHTS = tuple(np.arange(0.0, 5.1, 0.5))
#: Iterations of the logistic regression. Doubling them improves accuracy by half a point on the calibration split,
#: which has the same writers as the other examples, but not on the development set.
ITERATIONS = 30
#: Scales log probabilities relative to the sentence vectors, which have unit length.
LOG_SHARE = 0.15
#: liblinear has a single random number generator per process. Concurrent fits would draw from it in a different order
#: each time, so the same data would give different models. The weights of heads trained on their output differed by up
#: to 7 %.
_ONE_AT_A_TIME = Lock()
_ARRAYS = "linear.npz"
_PLAIN = "linear.json"


def in_calibration_split(text: str) -> bool:
    """Whether a text is in the calibration split: one example in twenty, which the encoder was not tuned on."""
    return _digest(text)[0] < 13


def is_encoded(text: str) -> bool:
    """Whether a text is encoded.

    The whole calibration split is encoded, and so is a third of the other texts, to fit the dense heads to.

    Encoding takes most of the training time, and encoding more examples does not help. With all, half or a third of
    them, topic accuracy is 85.7, 85.8 and 85.6 % on the calibration split, and 95.0, 95.0 and 94.8 % on the development
    set.
    """
    return in_calibration_split(text) or _digest(text)[1] < 86


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()


class Features(NamedTuple):
    """The features of n texts: sentence vectors of shape (n, d) and n-grams of shape (n, w)."""

    vectors: Array
    ngrams: csr_matrix

    def where(self, rows: Rows) -> "Features":
        """Return the features of the texts selected by `rows`."""
        return Features(self.vectors[rows], self.ngrams[np.flatnonzero(rows)])


class Linear(NamedTuple):
    """A classifier for k classes.

    `dense`, of shape (d, k), is applied to the sentence vector, and `sparse`, of shape (w, k), to the n-grams; `bias`
    has shape (k,). `sparse` is by far the largest, so it is stored as float16, which changes no probability by more
    than a thousandth.
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

        The heads are not refitted with the calibration split included, because the gain is not worth the time.

        Args:
            features: the texts' features.
            labels: n class names.
            calibration: a mask of the texts that are used only to choose the mixture weights.
            dense: a head already fitted to the other texts' vectors, if any.
            sparse: a head already fitted to the other texts' n-grams, if any.
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
        """Return the probabilities of the k classes, given a text's sentence vector, of length d, and its n-grams."""
        columns, weights = weighed
        sparse = weights @ self.sparse[columns].astype(np.float32)
        return np.asarray(softmax(vector @ self.dense + sparse + self.bias))

    def best(self, vector: Array, weighed: Weighed) -> "Tuple[str, float]":
        """Return the most likely class and its probability."""
        probabilities = self.probabilities(vector, weighed)
        place = int(np.argmax(probabilities))
        return self.classes[place], float(probabilities[place])


class TextFeatures(NamedTuple):
    """A text with its sentence vector, shape (d,), and its weighted n-grams."""

    text: str
    vector: Array
    weighed: Weighed
    shares: Array
    """The scaled log probabilities of its topics, askers and urgencies, shape (c,)."""


class MessageClassifiers(NamedTuple):
    """The n-grams, and one classifier each for a single message's intent, topic, asker and urgency."""

    ngrams: NGrams
    topic_of: "NDArray[np.intp]"
    """For each intent, the index of its topic in `topic.classes`, shape (intents,)."""
    intent: Linear
    topic: Linear
    asker: Linear
    urgency: Linear

    @classmethod
    def learn(cls, vectors: Array, texts: Sequence[str], labels: Dict[str, Sequence[str]]) -> "MessageClassifiers":
        """Learn from n texts, their vectors of shape (n, d), and n labels of each kind.

        Each kind of label is named after a field. The vectors of texts that are not encoded (see `is_encoded`) are
        ignored. Every text has an intent and a topic. Texts with an empty asker or urgency label are skipped for that
        kind, but "unknown" is a class like any other.
        """
        calibration = np.array([in_calibration_split(text) for text in texts])
        encoded = np.array([is_encoded(text) for text in texts])
        labelled = {kind: np.array([label != "" for label in labels[kind]]) for kind in cls._kinds()}
        truth = {kind: np.array(labels[kind])[labelled[kind]] for kind in cls._kinds()}

        def fit_dense(kind: str) -> LinearHead:
            rows = labelled[kind] & encoded & ~calibration
            return _fit_dense(vectors[rows], truth[kind][rows[labelled[kind]]])

        # Fitting releases the GIL, so training uses every core. Meanwhile, the n-grams are counted.
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

    def features(self, text: str, vector: Array) -> TextFeatures:
        """Return a text's features, given its sentence vector."""
        weighed = self.ngrams.weigh(text)
        heads = (self.topic, self.asker, self.urgency)
        probabilities = np.concatenate([head.probabilities(vector, weighed) for head in heads])
        shares = LOG_SHARE * np.log(np.maximum(probabilities, 1e-4))
        return TextFeatures(text, vector, weighed, shares.astype(np.float32))

    def intents(self, vector: Array, weighed: Weighed) -> Array:
        """Return the intents' probabilities, in the order of `intent.classes`.

        Each topic has two probabilities: the sum of its intents' probabilities from the intent classifier, and the
        topic classifier's own probability. The values returned for its intents add up to a total proportional to the
        geometric mean of the two.

        Args:
            vector: a text's sentence vector, of length d.
            weighed: the same text's n-grams.
        """
        alone = self.intent.probabilities(vector, weighed)
        totals = np.bincount(self.topic_of, weights=alone, minlength=len(self.topic.classes))
        agreed = np.sqrt(totals * self.topic.probabilities(vector, weighed))
        return np.asarray(alone * (agreed / agreed.sum() / np.maximum(totals, 1e-12))[self.topic_of], dtype=np.float32)

    def save(self, directory: Path) -> None:
        """Write two files that contain only plain data, so that loading them runs no code."""
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
        """Read the files that `save` wrote."""
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
    """A fitted estimator for k classes, with weights of shape (features, k) and k biases."""

    classes: List[str]
    weights: Array
    bias: Array

    @classmethod
    def fit(cls, estimator: Any, features: Any, truth: Labels) -> "LinearHead":
        """Fit a linear scikit-learn classifier to n texts."""
        learned = estimator.fit(features, truth)
        weights, bias = learned.coef_.T, learned.intercept_
        if len(learned.classes_) == 2:
            # For two classes, scikit-learn keeps only the difference between the second class's margin and the first's.
            weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls([str(name) for name in learned.classes_], weights, bias)

    def margins(self, features: Any) -> Array:
        """Return the margins for n texts and k classes, shape (n, k)."""
        return np.asarray(features @ self.weights + self.bias)


def fit_sparse(ngrams: csr_matrix, truth: Labels, rows: Rows) -> LinearHead:
    """Fit a head to the selected rows of the n-grams, shape (n, w)."""
    estimator = LinearSVC(C=0.5, class_weight="balanced", tol=1e-2, random_state=7)
    with _ONE_AT_A_TIME:
        return LinearHead.fit(estimator, ngrams[np.flatnonzero(rows)], truth[rows])


def fit_within_topics(topic: LinearHead, ngrams: csr_matrix, intents: Labels, topics: Labels, rows: Rows) -> LinearHead:
    """Fit a sparse head whose margin for an intent is the topic's margin plus the intent's margin within its topic.

    Fitting each intent against all others would take fourteen times as long and be no more accurate
    (docs/decisions/0015).

    Args:
        topic: the topics' head, fitted to the same rows.
        ngrams: the texts' n-grams, shape (n, w).
        intents: the n texts' intents.
        topics: the n texts' topics.
        rows: a mask of the texts to learn from.
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
    """Return the mixture weights of the two heads that give the lowest log loss."""
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
