"""Trains the tagger and writes its weights."""

from pathlib import Path
from random import Random
from typing import Callable, Dict, Iterable, List, NamedTuple, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from bot.redaction.recognizers.tagger import AROUND, INPUTS, KINDS, NEAR, WIDTH, Floats, Weights, extras, inputs
from bot.redaction.recognizers.tagger_features import BUCKETS, Lists, features, lists
from bot.weights import tokenizer_path
from training.tagger.fake_entities import FakeEntities, general_words
from training.tagger.tagging import Tagged, Taught, corpus

Numbers = NDArray[np.int64]


class Recipe(NamedTuple):
    """Training parameters."""

    hidden: int = 64
    epochs: int = 3
    batch: int = 128
    rate: float = 0.004
    table_rate: float = 0.05
    dropout: float = 0.15
    smoothing: float = 0.02
    seed: int = 7


RECIPE = Recipe()


class Lesson(NamedTuple):
    """The training messages as arrays, where u is the number of distinct words."""

    words: csr_matrix
    """(u, BUCKETS) the features of each distinct word, divided by the square root of their number."""
    places: List[Numbers]
    """For each message, the row in `words` of each of its words."""
    extras: List[Floats]
    """For each message, the result of `extras`."""
    kinds: List[Numbers]
    """For each message, the kind of each word, or -1 if the word is unlabelled."""


def lesson(messages: Iterable[Taught], known: Lists) -> Lesson:
    """Number the distinct words in all the messages and compute their features."""
    rows: Dict[Tuple[str, int], int] = {}
    places, extra_inputs, kinds = [], [], []
    for message in messages:
        keys = [(token.written, hidden) for token, hidden in zip(message.found, message.hidden, strict=True)]
        if not keys:
            continue
        places.append(np.array([rows.setdefault(key, len(rows)) for key in keys]))
        extra_inputs.append(extras(message.found, known))
        kinds.append(np.array(message.kinds))
    numbers = [features(written, known, hidden) for written, hidden in rows]
    lengths = np.array([len(one) for one in numbers])
    values = np.repeat(1 / np.sqrt(lengths), lengths).astype(np.float32)
    columns = np.concatenate([np.array(one) for one in numbers])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Lesson(csr_matrix((values, columns, starts), shape=(len(numbers), BUCKETS)), places, extra_inputs, kinds)


class Trainer:
    """Trains the weights by gradient descent.

    It uses Adagrad for the table, because a batch changes only a few of the table's rows, and Adam for the rest.
    """

    def __init__(self, material: Lesson, recipe: Recipe = RECIPE) -> None:
        """Start from small random weights."""
        self._material, self._recipe = material, recipe
        self._random = np.random.default_rng(recipe.seed)
        outputs = len(KINDS) + 1
        self._weights = Weights(
            self._normal(BUCKETS, WIDTH, 0.1),
            np.zeros(WIDTH, np.float32),
            self._normal(INPUTS, recipe.hidden, (2 / INPUTS) ** 0.5),
            np.zeros(recipe.hidden, np.float32),
            self._normal(recipe.hidden, outputs, (1 / recipe.hidden) ** 0.5),
            np.zeros(outputs, np.float32),
        )
        self._squares = np.full((BUCKETS, 1), 1e-3, np.float32)
        self._means = [np.zeros_like(one) for one in self._weights[1:]]
        self._spreads = [np.zeros_like(one) for one in self._weights[1:]]
        self._step = 0

    def _normal(self, rows: int, columns: int, spread: float) -> Floats:
        return (self._random.standard_normal((rows, columns)) * spread).astype(np.float32)

    def run(self, report: Callable[[Sequence[int]], Iterable[int]] = iter) -> Weights:
        """Train and return the weights. `report` receives the batch numbers and must yield them in order."""
        count, size = len(self._material.places), self._recipe.batch
        batches = [
            order[start : start + size]
            for order in (self._random.permutation(count) for _ in range(self._recipe.epochs))
            for start in range(0, count, size)
        ]
        for number in report(range(len(batches))):
            self._learn(batches[number], 1 - number / len(batches))
        return self._weights

    def _learn(self, batch: Numbers, left: float) -> None:
        """Take one training step. `left` is the fraction of the training that remains."""
        weights, material, keep = self._weights, self._material, 1 - self._recipe.dropout
        places, spots, length = self._laid_out(batch)
        kinds = np.concatenate([material.kinds[one] for one in batch])
        rows, which = np.unique(places, return_inverse=True)
        words = material.words[rows]
        columns, renumbered = np.unique(words.indices, return_inverse=True)
        small = csr_matrix((words.data, renumbered, words.indptr), shape=(len(rows), len(columns)))
        vectors = np.maximum(small @ weights.table[columns] + weights.table_bias, 0)
        padded = np.zeros((length, WIDTH), np.float32)
        padded[spots] = vectors[which]
        extra_inputs = np.concatenate([material.extras[one] for one in batch])
        kept = (self._random.random((len(spots), INPUTS)) < keep).astype(np.float32) / np.float32(keep)
        read = np.concatenate([inputs(padded)[spots - AROUND], extra_inputs], axis=1) * kept
        inner = np.maximum(read @ weights.hidden + weights.hidden_bias, 0)
        error = self._error(inner @ weights.output + weights.output_bias, kinds)
        inner_error = (error @ weights.output.T) * (inner > 0)
        read_error = (inner_error @ weights.hidden.T) * kept
        vector_error = csr_matrix((np.ones(len(which), np.float32), (which, np.arange(len(which)))))
        vector_error = vector_error @ _spread_back(read_error, spots, length)[spots] * (vectors > 0)
        gradients = [vector_error.sum(axis=0), read.T @ inner_error, inner_error.sum(0), inner.T @ error, error.sum(0)]
        self._update_rest(gradients, left)
        self._update_table(columns, small.T @ vector_error, left)

    def _laid_out(self, batch: Numbers) -> Tuple[Numbers, Numbers, int]:
        """Return a batch's words, their positions with gaps of `AROUND` between messages, and the total length."""
        lengths = np.array([len(self._material.places[one]) for one in batch])
        starts = AROUND + np.concatenate([[0], np.cumsum(lengths + AROUND)[:-1]])
        spots = np.concatenate(
            [np.arange(start, start + length) for start, length in zip(starts, lengths, strict=True)]
        )
        return np.concatenate([self._material.places[one] for one in batch]), spots, int(spots[-1]) + 1 + AROUND

    def _error(self, scores: Floats, kinds: Numbers) -> Floats:
        """Return the gradient of the cross-entropy, which is zero for unlabelled words."""
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        smoothing, classes = self._recipe.smoothing, scores.shape[1]
        wanted = np.full_like(shares, smoothing / classes)
        wanted[np.arange(len(kinds)), np.maximum(kinds, 0)] += 1 - smoothing
        error: Floats = (shares - wanted) * (kinds >= 0)[:, None] / np.float32(max((kinds >= 0).sum(), 1))
        return error

    def _update_table(self, columns: Numbers, gradient: Floats, left: float) -> None:
        gradient = gradient * np.float32(100)
        self._squares[columns] += (gradient**2).mean(axis=1, keepdims=True)
        self._weights.table[columns] -= self._recipe.table_rate * left * gradient / np.sqrt(self._squares[columns])

    def _update_rest(self, gradients: Sequence[Floats], left: float) -> None:
        self._step += 1
        for weight, gradient, mean, spread in zip(
            self._weights[1:], gradients, self._means, self._spreads, strict=True
        ):
            mean += 0.1 * (gradient - mean)
            spread += 0.001 * (gradient**2 - spread)
            scale = self._recipe.rate * left * (1 - 0.999**self._step) ** 0.5 / (1 - 0.9**self._step)
            weight -= scale * mean / (np.sqrt(spread) + 1e-8)


def _spread_back(read_error: Floats, spots: Numbers, length: int) -> Floats:
    """Return the error of each padded word vector, (length, WIDTH), by propagating errors back through `inputs`."""
    total = np.zeros((length, WIDTH), np.float32)
    for number, shift in enumerate(range(-NEAR, NEAR + 1)):
        total[spots + shift] += read_error[:, number * WIDTH : (number + 1) * WIDTH]
    around = np.zeros((length + 2 * AROUND, WIDTH), np.float32)
    start = (2 * NEAR + 1) * WIDTH
    around[spots + AROUND] = read_error[:, start : start + WIDTH]
    sums = np.concatenate([np.zeros((1, WIDTH), np.float32), np.cumsum(around, axis=0, dtype=np.float32)])
    span = 2 * AROUND + 1
    total += (sums[span:] - sums[:-span]) / np.float32(span)
    return total


def save(weights: Weights, general: Sequence[str], out: Path) -> None:
    """Write the table as int8 with a scale for each column, the other weights as float16, and the general words."""
    scales = (np.abs(weights.table).max(axis=0) / 127).astype(np.float32)
    table = np.clip(np.rint(weights.table / scales), -127, 127).astype(np.int8)
    rest = {name: value.astype(np.float16) for name, value in zip(Weights._fields[1:], weights[1:], strict=True)}
    words = np.frombuffer("\n".join(general).encode("ascii"), np.uint8)
    np.savez_compressed(out, table=table, scales=scales, general=words, **rest)


def train(
    examples: Sequence[str],
    messages: Sequence[Tagged],
    out: Path,
    report: Callable[[Sequence[int]], Iterable[int]] = iter,
    recipe: Recipe = RECIPE,
) -> None:
    """Train on the messages in data/nlu and the marked messages, and write the weights."""
    general = general_words(tokenizer_path())
    taught = corpus(examples, messages, FakeEntities(general), Random(recipe.seed))
    material = lesson(taught, lists(frozenset(general)))
    # A single thread always sums in the same order. With matrices of this size, a second thread would mostly wait.
    with threadpool_limits(1):
        save(Trainer(material, recipe).run(report), general, out)
