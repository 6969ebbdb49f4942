"""The first stage: learns to give messages similar vectors if and only if they have the same intent.

The loss is the cross-entropy of the intent, of the topic (the sum over its intents) and, where labelled, of the asker
and the urgency. The heads are discarded afterwards: a linear classifier learns from the vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Dict, List

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.content.models import URGENCIES
from bot.nlu.encoder import MAX_PIECES
from training.encoder import tuning
from training.encoder.bert import DIMENSION, Bert, Floats
from training.encoder.tuning import Rows, Task, cross_entropy, padded, pieces_of
from training.examples import Examples

#: Number of examples per intent whose mean vector initialises the intent's head.
EXAMPLES_PER_MEAN = 100
#: Number of those examples to encode at once.
TOGETHER = 32


@dataclass(frozen=True, kw_only=True)
class Recipe(tuning.Recipe):
    """Training parameters of this stage."""

    # Maximum number of examples per epoch: as many as fit into 45 minutes on two cores.
    drawn: int
    topic_share: float = 0.5
    asker_share: float = 0.2
    urgency_share: float = 0.2
    # Classes are drawn in proportion to their size raised to this power: 1 keeps their shares, 0 makes them equal.
    balance: float = 0.5


RECIPE = Recipe(
    epochs=4,
    drawn=60_000,
    batch=64,
    parts=2,
    rate=2e-4,
    layer_decay=0.9,
    head_factor=5.0,
    augment=1.0,
    average=0.99,
)


class Singles(Task):
    """The task of the first stage."""

    def __init__(self, examples: Examples, means: Floats, recipe: Recipe) -> None:
        """Build the heads. The intent head starts from `means` (see `intent_means`)."""
        self._recipe = recipe
        self.texts = examples.texts
        self.labels = (examples.intents, examples.askers, examples.urgencies)
        self.drawn = min(len(examples.texts), recipe.drawn)
        counts = np.bincount(examples.intents, minlength=len(examples.intent_names))
        chance = counts[examples.intents] ** (recipe.balance - 1.0)
        self._chance = chance / chance.sum()
        self._topic_of = tf.constant(examples.topic_of)
        self._topics = len(examples.topic_names)
        self._intent = tf.Variable(means, name="intent")
        self._asker = tf.Variable(tf.zeros((len(examples.asker_names), DIMENSION)), name="asker")
        self._urgency = tf.Variable(tf.zeros((len(URGENCIES), DIMENSION)), name="urgency")
        self.heads = (self._intent, self._asker, self._urgency)

    def rows(self, draw: np.random.Generator) -> Rows:
        """Draw rare intents more often than they occur; see the base class."""
        return drawn(self._chance, self.drawn, draw)

    def loss(self, vectors: tf.Tensor, labels: Sequence[tf.Tensor]) -> tf.Tensor:
        """See the base class."""
        recipe, (intents, askers, urgencies) = self._recipe, labels
        log_shares = tf.nn.log_softmax(self._logits(vectors, tf.math.l2_normalize(self._intent, 1)))
        intent_loss = _smoothed(log_shares, intents, recipe.smoothing)
        belongs = tf.one_hot(self._topic_of, self._topics)
        topic_shares = tf.math.log(tf.matmul(tf.exp(log_shares), belongs) + 1e-9)
        topic_loss = _smoothed(topic_shares, tf.gather(self._topic_of, intents), recipe.smoothing)
        return (
            intent_loss
            + recipe.topic_share * topic_loss
            + recipe.asker_share * cross_entropy(self._logits(vectors, self._asker), askers)
            + recipe.urgency_share * cross_entropy(self._logits(vectors, self._urgency), urgencies)
        )

    def _logits(self, vectors: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
        return self._recipe.scale * tf.matmul(vectors, head, transpose_b=True)


def intent_means(bert: Bert, tokenizer: Tokenizer, examples: Examples) -> Floats:
    """The mean vector of each intent, minus their common part, at unit length: (number of intents, 384)."""
    rows = _some_of_each(examples)
    means = np.zeros((len(examples.intent_names), DIMENSION), np.float32)
    np.add.at(means, examples.intents[rows], _vectors(bert, tokenizer, [examples.texts[row] for row in rows]))
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    # The part common to all means does not distinguish intents.
    means -= means.mean(axis=0)
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9))


def _some_of_each(examples: Examples) -> List[int]:
    """Indices of the first `EXAMPLES_PER_MEAN` examples of each intent."""
    counts: Dict[int, int] = {}
    rows = []
    for row, intent in enumerate(examples.intents):
        counts[intent] = counts.get(intent, 0) + 1
        if counts[intent] <= EXAMPLES_PER_MEAN:
            rows.append(row)
    return rows


def _vectors(bert: Bert, tokenizer: Tokenizer, texts: List[str]) -> Floats:
    """Unit vectors from the current weights, (len(texts), 384)."""
    numbers = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None), tf.float32)
    encode = tf.function(bert.vectors, input_signature=numbers)
    pieces = pieces_of(texts, tokenizer, MAX_PIECES)
    order = np.argsort([len(one) for one in pieces], kind="stable")
    result = np.empty((len(texts), DIMENSION), np.float32)
    for rows in np.array_split(order, -(-len(order) // TOGETHER)):
        result[rows] = encode(*padded([pieces[row] for row in rows])).numpy()
    return result


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
