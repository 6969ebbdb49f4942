"""Trains the encoder so that messages of one intent have similar vectors and those of different intents do not.

The loss is the cross-entropy of the intent, of the topic (the sum over its intents) and, where labelled, of the asker
and the urgency. The heads are discarded afterwards: a linear classifier learns from the vectors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.content.models import URGENCIES
from training.augment import augment
from training.encoder.adam import Adam
from training.encoder.bert import DIMENSION, Bert, Floats, Weights, layer_of
from training.examples import Examples, Numbers

#: Parts of each batch, which TensorFlow computes in parallel.
PARTS = 2
#: Lengths are padded to a multiple of this, because XLA compiles once for each length.
PADDED_TO = 4
#: Called after each step with the steps done, the total number of steps and the loss.
Report = Callable[[int, int, float], None]
#: Examples of each intent whose mean vector initialises its head.
EXAMPLES_PER_MEAN = 100


class Part(NamedTuple):
    """Part of a batch, as arrays or as tensors: n examples of t word pieces."""

    ids: Numbers
    """(n, t)"""
    mask: Floats
    """(n, t), 1 where there is a word piece."""
    intents: Numbers
    """(n,), as in `Examples`; so are `askers` and `urgencies`."""
    askers: Numbers
    urgencies: Numbers


_PART = Part(
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, None), tf.float32),
    *[tf.TensorSpec((None,), tf.int32)] * 3,
)


@dataclass(frozen=True)
class Recipe:
    """Training parameters; the defaults give the delivered encoder."""

    epochs: int = 4
    # Most examples drawn for an epoch: what 45 minutes on two cores allow.
    drawn: int = 60_000
    batch: int = 64
    rate: float = 2e-4
    # The learning rate of a layer, as a share of that of the layer above it.
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.1
    smoothing: float = 0.1
    # Cosines are multiplied by this before the softmax.
    scale: float = 16.0
    topic_share: float = 0.5
    asker_share: float = 0.2
    urgency_share: float = 0.2
    # Classes are drawn in proportion to their size to this power: 1 keeps their shares, 0 makes them equal.
    balance: float = 0.5
    augment: float = 1.0
    # The delivered weights are a running mean over about 1 / (1 - average) steps.
    average: float = 0.99
    # Most word pieces read in training; all but two in a thousand examples have fewer.
    pieces: int = 128
    seed: int = 7


class Trainer:
    """One training run. The caller sets TensorFlow's seed and number of threads."""

    def __init__(
        self, base_weights: Weights, tokenizer: Tokenizer, examples: Examples, recipe: Recipe, half: bool = False
    ) -> None:
        """Build the model and its heads; the intent head starts from each intent's mean vector less their mean."""
        self._recipe = recipe
        self._examples = examples
        self._tokenizer = tokenizer
        self._random = Random(recipe.seed)
        self._draw = np.random.default_rng(recipe.seed)
        self.bert = Bert(base_weights, half)
        counts = np.bincount(examples.intents, minlength=len(examples.intent_names))
        chance = counts[examples.intents] ** (recipe.balance - 1.0)
        self._chance = chance / chance.sum()
        self._drawn = min(len(examples.texts), recipe.drawn)
        self._steps = recipe.epochs * (self._drawn // recipe.batch)
        self._build(self._means())

    def run(self, report: Report) -> Weights:
        """Train, and return the averaged weights."""
        step = 0
        for _ in range(self._recipe.epochs):
            for parts in self._batches():
                loss = self._step(parts, self._rate(step), step + 1.0)
                step += 1
                report(step, self._steps, float(loss))
        return self.averaged()

    def averaged(self) -> Weights:
        """The weights; for the trained ones, their running mean."""
        weights = self.bert.weights()
        for name in self.bert.trainable():
            weights[name] = self._mean[name].numpy()
        return weights

    def vectors(self, texts: List[str], batch: int = 32, pieces: int = 256) -> Floats:
        """Unit vectors from the current weights, (len(texts), 384)."""
        result = np.empty((len(texts), DIMENSION), np.float32)
        order = np.argsort([len(text) for text in texts], kind="stable")
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            ids, mask = self._pieces([texts[row] for row in rows], pieces)
            result[rows] = self._encode(tf.constant(ids), tf.constant(mask)).numpy()
        return result

    def _means(self) -> Floats:
        self._encode = tf.function(
            self.bert.vectors,
            input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None), tf.float32)],
        )
        rows = self._some_of_each()
        means = np.zeros((len(self._examples.intent_names), DIMENSION), np.float32)
        np.add.at(means, self._examples.intents[rows], self.vectors([self._examples.texts[row] for row in rows]))
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        # What all vectors share does not distinguish intents.
        means -= means.mean(axis=0)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9))

    def _some_of_each(self) -> List[int]:
        """Indices of the first `EXAMPLES_PER_MEAN` examples of each intent."""
        counts: Dict[int, int] = {}
        rows = []
        for row, intent in enumerate(self._examples.intents):
            counts[intent] = counts.get(intent, 0) + 1
            if counts[intent] <= EXAMPLES_PER_MEAN:
                rows.append(row)
        return rows

    def _pieces(self, texts: List[str], most: int) -> Tuple[Numbers, Floats]:
        self._tokenizer.enable_truncation(most)
        self._tokenizer.enable_padding(pad_to_multiple_of=PADDED_TO)
        encoded = self._tokenizer.encode_batch(texts)
        return (
            np.array([piece.ids for piece in encoded], np.int32),
            np.array([piece.attention_mask for piece in encoded], np.float32),
        )

    def _batches(self) -> Iterator[List[Part]]:
        """One epoch: examples are drawn, augmented, and batched by length so that little is padding.

        An incomplete last batch is left out.
        """
        examples, size = self._examples, self._recipe.batch
        rows = drawn(self._chance, self._drawn, self._draw)
        texts = [augment(examples.texts[row], self._random, self._recipe.augment) for row in rows]
        # The noise varies the batches between epochs.
        lengths = self._lengths(texts) * self._draw.uniform(0.9, 1.1, len(texts))
        order = np.argsort(lengths, kind="stable")
        starts = np.arange(0, len(order) - size + 1, size)
        self._draw.shuffle(starts)
        for start in starts:
            yield [
                self._part([texts[index] for index in chosen], rows[chosen])
                for chosen in np.split(order[start : start + size], PARTS)
            ]

    def _lengths(self, texts: List[str]) -> NDArray[np.int64]:
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._recipe.pieces)
        return np.array([len(piece.ids) for piece in self._tokenizer.encode_batch(texts)])

    def _part(self, texts: List[str], rows: NDArray[np.intp]) -> Part:
        labels = (self._examples.intents, self._examples.askers, self._examples.urgencies)
        return Part(*self._pieces(texts, self._recipe.pieces), *(kind[rows] for kind in labels))

    def _rate(self, step: int) -> float:
        """The learning rate: it rises linearly, then falls linearly to zero."""
        warm = self._recipe.warm_up * self._steps
        share = step / warm if step < warm else (self._steps - step) / (self._steps - warm)
        return self._recipe.rate * share

    def _build(self, means: Floats) -> None:
        recipe = self._recipe
        names = self.bert.trainable()
        self._heads = {
            "intent": tf.Variable(means, name="intent"),
            "asker": tf.Variable(tf.zeros((len(self._examples.asker_names), DIMENSION)), name="asker"),
            "urgency": tf.Variable(tf.zeros((len(URGENCIES), DIMENSION)), name="urgency"),
        }
        variables = [self.bert.variables[name] for name in names] + list(self._heads.values())
        # Heads are new, so they may learn faster than pretrained weights.
        factors = [recipe.layer_decay ** (self.bert.layers - layer_of(name)) for name in names] + [5.0] * len(
            self._heads
        )
        decays = [recipe.weight_decay if self.bert.variables[name].shape.rank > 1 else 0.0 for name in names]
        decays += [0.0] * len(self._heads)
        self._mean: Dict[str, tf.Variable] = {
            name: tf.Variable(self.bert.variables[name], trainable=False) for name in names
        }
        optimiser = Adam(variables, factors, decays)

        @tf.function(jit_compile=True, autograph=False)
        def update(gradients: List[tf.Tensor], rate: tf.Tensor, count: tf.Tensor) -> None:
            optimiser.apply(gradients, rate, count)
            keep = tf.minimum(recipe.average, count / (count + 10.0))
            for name in names:
                self._mean[name].assign(keep * self._mean[name] + (1.0 - keep) * self.bert.variables[name])

        def slope(part: Part) -> Tuple[tf.Tensor, List[tf.Tensor]]:
            with tf.GradientTape() as tape:
                loss = self._loss(self.bert.vectors(part.ids, part.mask, recipe.dropout), part) / PARTS
            return loss, [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]

        def step(parts: List[Part], rate: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
            losses, gradients = zip(*map(slope, parts), strict=True)
            update([tf.add_n(of_one) for of_one in zip(*gradients, strict=True)], rate, count)
            return tf.add_n(losses)

        number = tf.TensorSpec((), tf.float32)
        self._step = tf.function(step, autograph=False, input_signature=[[_PART] * PARTS, number, number])

    def _loss(self, vectors: tf.Tensor, part: Part) -> tf.Tensor:
        recipe = self._recipe
        topic_of = tf.constant(self._examples.topic_of)
        logits = recipe.scale * tf.matmul(vectors, tf.math.l2_normalize(self._heads["intent"], 1), transpose_b=True)
        log_shares = tf.nn.log_softmax(logits)
        intent_loss = _smoothed(log_shares, part.intents, recipe.smoothing)
        belongs = tf.one_hot(topic_of, len(self._examples.topic_names))
        topic_shares = tf.math.log(tf.matmul(tf.exp(log_shares), belongs) + 1e-9)
        topic_loss = _smoothed(topic_shares, tf.gather(topic_of, part.intents), recipe.smoothing)
        return (
            intent_loss
            + recipe.topic_share * topic_loss
            + recipe.asker_share * self._where_known(vectors, "asker", part.askers)
            + recipe.urgency_share * self._where_known(vectors, "urgency", part.urgencies)
        )

    def _where_known(self, vectors: tf.Tensor, head: str, labels: tf.Tensor) -> tf.Tensor:
        """Mean cross-entropy over the examples whose label is not -1."""
        known = tf.cast(labels >= 0, tf.float32)
        logits = self._recipe.scale * tf.matmul(vectors, self._heads[head], transpose_b=True)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(labels, 0), logits)
        return tf.reduce_sum(loss * known) / tf.maximum(tf.reduce_sum(known), 1.0)


def drawn(chance: NDArray[np.float64], count: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Systematic sampling: each of n items is drawn as often as expected, rounded up or down.

    Args:
        chance: the probability of each item, shape (n,); they sum to 1.
        count: the number of draws.
        generator: decides the order and the rounding.

    Returns:
        (count,) indices.
    """
    order = generator.permutation(len(chance))
    edges = np.cumsum(chance[order]) * count
    points = np.arange(count) + generator.uniform()
    return np.asarray(order[np.minimum(np.searchsorted(edges, points), len(order) - 1)])


def _smoothed(log_shares: tf.Tensor, labels: tf.Tensor, smoothing: float) -> tf.Tensor:
    """Mean cross-entropy with smoothed labels, of log probabilities (n, c) and labels (n,)."""
    right = tf.reduce_sum(log_shares * tf.one_hot(labels, tf.shape(log_shares)[1]), axis=1)
    return -tf.reduce_mean((1.0 - smoothing) * right + smoothing * tf.reduce_mean(log_shares, axis=1))
