"""Tunes the encoder on labelled texts. Both stages use this module, each with its own `Task`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.augment import augment
from training.encoder.adam import Adam
from training.encoder.bert import Bert, Floats, Weights, layer_of
from training.examples import Numbers

#: Lengths are padded to a multiple of this, because XLA compiles once for each length.
PADDED_TO = 4
#: Called after each step with the steps done, the total number of steps and the loss.
Report = Callable[[int, int, float], None]
Rows = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Training parameters. Each stage adds its own, and sets the values that produce the delivered encoder."""

    epochs: int
    batch: int
    # Number of parts that each batch is split into. TensorFlow computes them in parallel.
    parts: int
    rate: float
    # The learning rate of a layer, as a fraction of the rate of the layer above it.
    layer_decay: float
    # The factor for the learning rate of the heads. They are new, so they may learn faster than pretrained weights.
    head_factor: float
    # The strength of augmentation, from 0 to 1.
    augment: float
    # The delivered weights are a running mean over about 1 / (1 - average) steps.
    average: float
    weight_decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.1
    smoothing: float = 0.1
    # Cosines are multiplied by this before the softmax.
    scale: float = 16.0
    # Maximum number of word pieces read in training; all but two in a thousand examples have fewer.
    pieces: int = 128
    seed: int = 7

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step: it rises linearly, then falls linearly to zero."""
        warm = self.warm_up * steps
        return self.rate * (step / warm if step < warm else (steps - step) / (steps - warm))


class Task(ABC):
    """A stage's task: n labelled texts, heads that read their vectors, and a loss."""

    texts: Sequence[str]
    labels: Sequence[NDArray[np.generic]]
    """Arrays of n rows."""
    heads: Sequence[tf.Variable]
    drawn: int
    """The number of texts that an epoch reads."""

    @abstractmethod
    def rows(self, draw: np.random.Generator) -> Rows:
        """The texts that an epoch reads, as (drawn,) indices."""

    @abstractmethod
    def loss(self, vectors: tf.Tensor, labels: Sequence[tf.Tensor]) -> tf.Tensor:
        """The loss for unit vectors (m, 384) and the rows of `labels` that belong to them."""


class Part(NamedTuple):
    """Part of a batch, as arrays or as tensors: m texts of t word pieces."""

    ids: Numbers
    """(m, t)"""
    mask: Floats
    """(m, t), 1 where there is a word piece."""
    labels: List[NDArray[np.generic]]
    """As in `Task`, (m, ...) each."""


class Tuner:
    """One training run. The caller sets TensorFlow's seed and number of threads."""

    def __init__(self, bert: Bert, tokenizer: Tokenizer, task: Task, recipe: Recipe) -> None:
        """Build the step that trains `bert` and the heads of `task`."""
        self._bert, self._tokenizer, self._task, self._recipe = bert, tokenizer, task, recipe
        self._random, self._draw = Random(recipe.seed), np.random.default_rng(recipe.seed)
        self._steps = recipe.epochs * (task.drawn // recipe.batch)
        self._mean: Dict[str, tf.Variable] = {
            name: tf.Variable(bert.variables[name], trainable=False) for name in bert.trainable()
        }
        self._step = self._build()

    def run(self, report: Report) -> Weights:
        """Train, and return all the weights, with running means for those that were trained."""
        step = 0
        for _ in range(self._recipe.epochs):
            for parts in self._batches():
                loss = self._step(parts, self._recipe.rate_at(step, self._steps), step + 1.0)
                step += 1
                report(step, self._steps, float(loss))
        return self._bert.weights() | {name: mean.numpy() for name, mean in self._mean.items()}

    def _batches(self) -> Iterator[List[Part]]:
        """Yield the batches of an epoch: texts are drawn, augmented, and grouped by length to minimise padding.

        An incomplete last batch is dropped.
        """
        size, rows = self._recipe.batch, self._task.rows(self._draw)
        texts = [augment(self._task.texts[row], self._random, self._recipe.augment) for row in rows]
        pieces = pieces_of(texts, self._tokenizer, self._recipe.pieces)
        # The noise varies the batches between epochs.
        lengths = np.array([len(one) for one in pieces]) * self._draw.uniform(0.9, 1.1, len(pieces))
        order = np.argsort(lengths, kind="stable")
        starts = np.arange(0, len(order) - size + 1, size)
        self._draw.shuffle(starts)
        for start in starts:
            yield [
                Part(*padded([pieces[at] for at in chosen]), [of_all[rows[chosen]] for of_all in self._task.labels])
                for chosen in np.split(order[start : start + size], self._recipe.parts)
            ]

    def _build(self) -> Callable[[List[Part], float, float], tf.Tensor]:
        bert, task, recipe = self._bert, self._task, self._recipe
        names, heads = bert.trainable(), list(task.heads)
        trained = [bert.variables[name] for name in names]
        factors = [recipe.layer_decay ** (bert.layers - layer_of(name)) for name in names]
        decays = [recipe.weight_decay if variable.shape.rank > 1 else 0.0 for variable in trained]
        variables = trained + heads
        optimiser = Adam(variables, factors + [recipe.head_factor] * len(heads), decays + [0.0] * len(heads))

        @tf.function(jit_compile=True, autograph=False)
        def update(gradients: List[tf.Tensor], rate: tf.Tensor, count: tf.Tensor) -> None:
            optimiser.apply(gradients, rate, count)
            keep = tf.minimum(recipe.average, count / (count + 10.0))
            for name in names:
                self._mean[name].assign(keep * self._mean[name] + (1.0 - keep) * bert.variables[name])

        def slope(part: Part) -> Tuple[tf.Tensor, List[tf.Tensor]]:
            with tf.GradientTape() as tape:
                loss = task.loss(bert.vectors(part.ids, part.mask, recipe.dropout), part.labels) / recipe.parts
            return loss, [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]

        def step(parts: List[Part], rate: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
            losses, gradients = zip(*map(slope, parts), strict=True)
            update([tf.add_n(of_one) for of_one in zip(*gradients, strict=True)], rate, count)
            return tf.add_n(losses)

        number = tf.TensorSpec((), tf.float32)
        part = Part(
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None, None), tf.float32),
            [tf.TensorSpec((None, *of_all.shape[1:]), of_all.dtype) for of_all in task.labels],
        )
        compiled: Callable[[List[Part], float, float], tf.Tensor] = tf.function(
            step, autograph=False, input_signature=[[part] * recipe.parts, number, number]
        )
        return compiled


def pieces_of(texts: Sequence[str], tokenizer: Tokenizer, most: int) -> List[List[int]]:
    """The word pieces of each text, at most `most`."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(most)
    return [encoded.ids for encoded in tokenizer.encode_batch(list(texts))]


def padded(pieces: Sequence[Sequence[int]]) -> Tuple[Numbers, Floats]:
    """The word pieces of n texts, and a mask that is 1 for each word piece: both (n, t)."""
    lengths = np.array([len(one) for one in pieces])
    mask = np.arange(-(-lengths.max() // PADDED_TO) * PADDED_TO) < lengths[:, None]
    ids = np.zeros(mask.shape, np.int32)
    ids[mask] = np.concatenate(pieces)
    return ids, mask.astype(np.float32)


def mean_where(losses: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """The mean of `losses` (m,) where `known` (m,) is 1, or zero if it is 0 everywhere."""
    return tf.reduce_sum(losses * known) / tf.maximum(tf.reduce_sum(known), 1.0)


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor, smoothing: float = 0.0) -> tf.Tensor:
    """Mean cross-entropy of logits (m, c) and labels (m,), over the texts whose label is not -1."""
    classes = logits.shape[1]
    right = tf.one_hot(tf.maximum(labels, 0), classes) * (1.0 - smoothing) + smoothing / classes
    return mean_where(tf.nn.softmax_cross_entropy_with_logits(right, logits), tf.cast(labels >= 0, tf.float32))
