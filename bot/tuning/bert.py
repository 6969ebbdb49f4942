"""BERT as a function of its weights, in TensorFlow, for training on the CPU.

The architecture is that of Devlin et al. 2018, https://arxiv.org/abs/1810.04805, in the size of e5-small: twelve heads,
384 dimensions, as many layers as the weights have.
"""

from pathlib import Path
from typing import Dict, Iterable, List

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

HEADS = 12
DIMENSION = 384
EPSILON = 1e-12

WORDS = "embeddings.word_embeddings.weight"
POSITIONS = "embeddings.position_embeddings.weight"
TYPES = "embeddings.token_type_embeddings.weight"

Floats = NDArray[np.float32]
Weights = Dict[str, Floats]


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor multiplies bfloat16 matrices itself, which makes training 2.6 times as fast."""
    return cpuinfo.exists() and "avx512_bf16" in cpuinfo.read_text()


def layer_of(name: str) -> int:
    """The depth of a weight: 0 for the embeddings, from 1 on for the layers."""
    return int(name.split(".")[2]) + 1 if name.startswith("encoder.layer.") else 0


def layers_of(weights: Iterable[str]) -> int:
    """How many layers the weights of these names make."""
    return max(layer_of(name) for name in weights)


class Bert:
    """The encoder with weights that can be trained; names and shapes are those of the file."""

    def __init__(self, weights: Weights, half: bool = False) -> None:
        """Take the weights over.

        Word embeddings stay as they are: they were rounded for the file, and a word that our examples lack stays near
        the words it was near before.

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
        """A copy of all weights as they are now."""
        return {name: variable.numpy() for name, variable in self.variables.items()}

    def vectors(self, ids: tf.Tensor, mask: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """Means over the word pieces, scaled to unit length.

        Args:
            ids: (n, t) int32.
            mask: (n, t) float32, 1 where there is a word piece.
            dropout: share of activations left out, in the embeddings, attention and after each block.

        Returns:
            (n, 384), as `SentenceEncoder.encode` gives them.
        """
        states = self.states(ids, mask, dropout)
        total = tf.reduce_sum(states * mask[:, :, None], axis=1)
        return tf.math.l2_normalize(total, axis=1, epsilon=1e-12)

    def states(self, ids: tf.Tensor, mask: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """The last hidden states, (n, t, 384); see `vectors`."""
        value = self.variables
        hidden = tf.gather(value[WORDS], ids) + value[TYPES][0] + value[POSITIONS][: tf.shape(ids)[1]][None]
        hidden = _drop(self._norm(hidden, "embeddings.LayerNorm"), dropout)
        # A large negative score takes padding out of the attention.
        bias = (1.0 - mask[:, None, None, :]) * -1e9
        for number in range(self.layers):
            hidden = self._layer(hidden, bias, f"encoder.layer.{number}", dropout)
        return hidden

    def _layer(self, hidden: tf.Tensor, bias: tf.Tensor, name: str, dropout: float) -> tf.Tensor:
        attended = self._dense(self._attention(hidden, bias, name, dropout), f"{name}.attention.output.dense")
        hidden = self._norm(hidden + _drop(attended, dropout), f"{name}.attention.output.LayerNorm")
        inner = tf.nn.gelu(self._dense(hidden, f"{name}.intermediate.dense"), approximate=False)
        outer = self._dense(inner, f"{name}.output.dense")
        return self._norm(hidden + _drop(outer, dropout), f"{name}.output.LayerNorm")

    def _attention(self, hidden: tf.Tensor, bias: tf.Tensor, name: str, dropout: float) -> tf.Tensor:
        shape = tf.shape(hidden)
        count, length = shape[0], shape[1]

        def heads(part: str) -> tf.Tensor:
            flat = self._dense(hidden, f"{name}.attention.self.{part}")
            return tf.transpose(tf.reshape(flat, (count, length, HEADS, DIMENSION // HEADS)), (0, 2, 1, 3))

        scores = tf.matmul(heads("query"), heads("key"), transpose_b=True) / (DIMENSION // HEADS) ** 0.5
        shares = _drop(tf.nn.softmax(scores + bias), dropout)
        mixed = tf.transpose(tf.matmul(shares, heads("value")), (0, 2, 1, 3))
        return tf.reshape(mixed, (count, length, DIMENSION))

    def _dense(self, hidden: tf.Tensor, name: str) -> tf.Tensor:
        kernel = self.variables[f"{name}.weight"]
        shape = tf.shape(hidden)
        # One matrix product of rank two is faster on the CPU than a batch of them.
        flat = tf.cast(tf.reshape(hidden, (-1, kernel.shape[1])), self._product)
        flat = tf.matmul(flat, tf.cast(kernel, self._product), transpose_b=True)
        flat = tf.nn.bias_add(tf.cast(flat, tf.float32), self.variables[f"{name}.bias"])
        return tf.reshape(flat, (shape[0], shape[1], kernel.shape[0]))

    def _norm(self, hidden: tf.Tensor, name: str) -> tf.Tensor:
        centred = hidden - tf.reduce_mean(hidden, axis=-1, keepdims=True)
        scale = tf.math.rsqrt(tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True) + EPSILON)
        return centred * scale * self.variables[f"{name}.weight"] + self.variables[f"{name}.bias"]


def _drop(values: tf.Tensor, rate: float) -> tf.Tensor:
    return tf.nn.dropout(values, rate) if rate > 0.0 else values
