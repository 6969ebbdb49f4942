"""A linear classifier on dense features and on clues, which are strings such as the words of a message."""

import re
from collections import Counter
from itertools import pairwise
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax, softmax

Array = NDArray[np.float32]

#: The label of a row that belongs to none of the named classes.
NONE = "none"
_WORD = re.compile(r"\w{1,40}")


def words_of(text: str) -> List[str]:
    """Return a message's words and its pairs of adjacent words, to distinguish "have sent" from "never sent"."""
    words = single_words(text)
    return [*words, *map(" ".join, pairwise(words))]


def single_words(text: str) -> List[str]:
    """Return a message's words."""
    return _WORD.findall(text.lower())


#: Takes margins and the truth, both of shape (n, k). Returns the loss and its gradient with respect to the margins.
LossOf = Callable[[Array, Array], Tuple[float, Array]]


class Strengths(NamedTuple):
    """How closely a `Head` fits its data."""

    features: float
    """Inverse regularisation strength for the dense features."""
    clues: float
    """Inverse regularisation strength for the clues."""
    iterations: int
    """The maximum number of optimiser steps."""
    fewest: int = 3
    """A clue is learned only if at least this many rows have it."""


class Rows(NamedTuple):
    """The input of n rows."""

    features: Array
    """Dense features, shape (n, d)."""
    clues: Sequence[Sequence[str]]
    """Each row's clues. Only their presence counts."""


class Head(NamedTuple):
    """A classifier for k classes."""

    classes: List[str]
    clues: Dict[str, int]
    """Maps each of the w known clues to its row in `clue_weights`."""
    weights: Array
    """Weights of the dense features, shape (d, k)."""
    clue_weights: Array
    """Weights of the known clues, shape (w, k)."""
    bias: Array
    """Shape (k,)."""

    @classmethod
    def learn(cls, rows: Rows, labels: Sequence[str], strengths: Strengths) -> "Head":
        """Fit mutually exclusive classes to n rows with one label each."""
        classes = sorted(set(labels))
        truth = np.array([[name == label for name in classes] for label in labels], np.float32)
        return cls._fit(rows, truth, classes, strengths, _one_of)

    @classmethod
    def learn_each(cls, rows: Rows, truth: Array, classes: Sequence[str], strengths: Strengths) -> "Head":
        """Fit k independent classes to n rows. `truth` has shape (n, k) and is 1 where a row belongs to a class."""
        return cls._fit(rows, truth, classes, strengths, _each)

    @classmethod
    def _fit(cls, rows: Rows, truth: Array, classes: Sequence[str], strengths: Strengths, loss_of: LossOf) -> "Head":
        known = _known(rows.clues, strengths.fewest)
        dense = np.hstack([rows.features, np.ones((len(rows.features), 1), np.float32)])
        seen = _seen(rows.clues, known)
        turned, width, shape = seen.T.tocsr(), dense.shape[1], (-1, len(classes))
        penalties = np.full((width + len(known), 1), 1 / strengths.clues, np.float32)
        penalties[: width - 1], penalties[width - 1] = 1 / strengths.features, 0.0

        def loss(flat: Array) -> Tuple[float, Array]:
            weights = flat.reshape(shape).astype(np.float32)
            surprise, excess = loss_of(dense @ weights[:width] + seen @ weights[width:], truth)
            slope = np.concatenate([dense.T @ excess, turned @ excess]) + penalties * weights
            return surprise + float((penalties * weights**2).sum() / 2), slope.ravel().astype(np.float64)

        start = np.zeros(len(penalties) * len(classes))
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": strengths.iterations})
        weights = found.x.reshape(shape).astype(np.float32)
        return cls(list(classes), known, weights[: width - 1], weights[width:], weights[width - 1])

    def one_of(self, features: Array, clues: Sequence[str]) -> Dict[str, float]:
        """Return the classes' probabilities, which add up to 1, for features of shape (d,) and clues."""
        return dict(zip(self.classes, map(float, softmax(self._margins(features, clues))), strict=True))

    def each(self, features: Array, clues: Sequence[str]) -> Dict[str, float]:
        """Return an independent probability for each class, for features of shape (d,) and clues."""
        return dict(zip(self.classes, map(float, expit(self._margins(features, clues))), strict=True))

    def _margins(self, features: Array, clues: Sequence[str]) -> Array:
        rows = sorted({self.clues[clue] for clue in clues if clue in self.clues})
        return np.asarray(features @ self.weights + self.clue_weights[rows].sum(axis=0) + self.bias)


def _one_of(margins: Array, truth: Array) -> Tuple[float, Array]:
    logs = log_softmax(margins, axis=1)
    return float(-(logs * truth).sum()), np.exp(logs) - truth


def _each(margins: Array, truth: Array) -> Tuple[float, Array]:
    surprise = np.logaddexp(0.0, margins).sum() - (margins * truth).sum()
    return float(surprise), expit(margins) - truth


def _known(clues: Sequence[Sequence[str]], fewest: int) -> Dict[str, int]:
    counted = Counter(clue for row in clues for clue in set(row))
    return {clue: row for row, clue in enumerate(sorted(clue for clue in counted if counted[clue] >= fewest))}


def _seen(clues: Sequence[Sequence[str]], known: Dict[str, int]) -> csr_matrix:
    """Return a mask of the known clues in each of n rows, shape (n, w)."""
    columns = [sorted({known[clue] for clue in row if clue in known}) for row in clues]
    starts = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate([np.asarray(row, np.intp) for row in columns])
    return csr_matrix((np.ones(len(flat), np.float32), flat, starts), shape=(len(clues), len(known)))
