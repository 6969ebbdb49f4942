"""BERT as a function of its weights, in TensorFlow, for training on the CPU.

The architecture follows Devlin et al. 2018, https://arxiv.org/abs/1810.04805, at the size of e5-small: twelve heads,
384 dimensions. The weights determine the number of layers.
"""

from pathlib import Path
from typing import Dict, Iterable, List, Tuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.encoder.blocks import added, attention_weights, gelu, heads, normed

HEADS = 12
DIMENSION = 384
#: Number of offsets at which a dropout mask may start.
PLACES = 1 << 17

WORDS = "embeddings.word_embeddings.weight"
POSITIONS = "embeddings.position_embeddings.weight"
TYPES = "embeddings.token_type_embeddings.weight"

Floats = NDArray[np.float32]
Weights = Dict[str, Floats]


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 matrices natively, four times as fast as float32."""
    return cpuinfo.exists() and "avx512_bf16" in cpuinfo.read_text()


def layer_of(name: str) -> int:
    """The depth of a weight: 0 for the embeddings, 1 for the first layer."""
    return int(name.split(".")[2]) + 1 if name.startswith("encoder.layer.") else 0


def layers_of(weights: Iterable[str]) -> int:
    """The number of layers among the weights with these names."""
    return max(layer_of(name) for name in weights)


class Bert:
    """The encoder with trainable weights, which have the same names and shapes as in the file."""

    def __init__(self, weights: Weights, half: bool = False) -> None:
        """Create a variable for each weight.

        Word embeddings are not trained: they have been rounded for the file, and words missing from our examples must
        stay close to the same words as before.

        Args:
            weights: tensors by name.
            half: multiply by the weights in bfloat16; sums, norms and the weights themselves stay in float32.
        """
        self._product = tf.bfloat16 if half else tf.float32
        self.variables: Dict[str, tf.Variable] = {
            name: tf.Variable(value, name=name.replace(".", "_"), trainable=name != WORDS)
            for name, value in weights.items()
        }
        self.layers = layers_of(weights)

    def trainable(self) -> List[str]:
        """Names of the weights that training may change."""
        return [name for name, variable in self.variables.items() if variable.trainable]

    def weights(self) -> Weights:
        """A copy of the current weights."""
        return {name: variable.numpy() for name, variable in self.variables.items()}

    def vectors(self, ids: tf.Tensor, mask: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """The mean over the word pieces of each text, scaled to unit length.

        Args:
            ids: (n, t) int32.
            mask: (n, t) float32, 1 where there is a word piece.
            dropout: share of activations dropped, in the embeddings, in the attention and after each block.

        Returns:
            (n, 384), as `SentenceEncoder.encode` returns them.
        """
        states = self.states(ids, mask, dropout)
        total = tf.reduce_sum(states * mask[:, :, None], axis=1)
        return tf.math.l2_normalize(total, axis=1, epsilon=1e-12)

    def states(self, ids: tf.Tensor, mask: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """The last hidden states, (n, t, 384); see `vectors`."""
        value = self.variables
        count, length = tf.shape(ids)[0], tf.shape(ids)[1]
        hidden = tf.gather(value[WORDS], ids) + value[TYPES][0] + value[POSITIONS][:length][None]
        drops = _Drops(dropout, count * length * tf.maximum(DIMENSION, HEADS * length))
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        hidden *= drops.next(tf.shape(hidden))
        # A large negative score removes padding from the attention.
        bias = (1.0 - mask[:, None, None, :]) * -1e9
        for number in range(self.layers):
            hidden = self._layer(hidden, bias, f"encoder.layer.{number}", drops)
        return hidden

    def _layer(self, hidden: tf.Tensor, bias: tf.Tensor, name: str, drops: "_Drops") -> tf.Tensor:
        attended = self._dense(self._attention(hidden, bias, name, drops), f"{name}.attention.output.dense")
        hidden = self._norm(
            added(hidden, *attended, drops.next(tf.shape(hidden))), f"{name}.attention.output.LayerNorm"
        )
        inner = gelu(*self._dense(hidden, f"{name}.intermediate.dense"))
        outer = self._dense(inner, f"{name}.output.dense")
        return self._norm(added(hidden, *outer, drops.next(tf.shape(hidden))), f"{name}.output.LayerNorm")

    def _attention(self, hidden: tf.Tensor, bias: tf.Tensor, name: str, drops: "_Drops") -> tf.Tensor:
        read = tf.cast(hidden, self._product)
        query, key, value = (self._heads(read, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        scores = tf.matmul(query / (DIMENSION // HEADS) ** 0.5, key, transpose_b=True)
        mixed = tf.matmul(attention_weights(scores, bias, drops.next(tf.shape(scores))), value)
        return tf.reshape(tf.transpose(mixed, (0, 2, 1, 3)), tf.shape(hidden))

    def _heads(self, hidden: tf.Tensor, name: str) -> tf.Tensor:
        block, bias = self._dense(hidden, name)
        shape = tf.shape(block)
        parts = (HEADS, DIMENSION // HEADS)
        return heads(tf.reshape(block, (shape[0], shape[1], *parts)), tf.reshape(bias, parts))

    def _dense(self, hidden: tf.Tensor, name: str) -> Tuple[tf.Tensor, tf.Tensor]:
        """The product with the weights, and the bias that has yet to be added."""
        kernel = self.variables[f"{name}.weight"]
        shape = tf.shape(hidden)
        # On a CPU, one product of two-dimensional matrices is faster than a batched product.
        flat = tf.cast(tf.reshape(hidden, (-1, kernel.shape[1])), self._product)
        flat = tf.matmul(flat, tf.cast(kernel, self._product), transpose_b=True)
        return tf.reshape(flat, (shape[0], shape[1], kernel.shape[0])), self._value(f"{name}.bias")

    def _norm(self, hidden: tf.Tensor, name: str) -> tf.Tensor:
        return normed(hidden, self._value(f"{name}.weight"), self._value(f"{name}.bias"))

    def _value(self, name: str) -> tf.Tensor:
        return tf.convert_to_tensor(self.variables[name])


class _Drops:
    """Dropout masks, cut from one random sequence at different offsets, because drawing numbers is slow."""

    def __init__(self, rate: float, most: tf.Tensor) -> None:
        """Draw enough numbers for masks of up to `most` elements."""
        self._run = tf.nn.dropout(tf.ones((most + PLACES,)), rate)

    def next(self, shape: tf.Tensor) -> tf.Tensor:
        """A mask of this shape."""
        start = tf.random.uniform((), 0, PLACES, tf.int32)
        return tf.reshape(self._run[start : start + tf.reduce_prod(shape)], shape)
