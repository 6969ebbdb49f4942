"""Operations between an encoder's matrix products. Each, like its gradient, is compiled into one pass over memory.

TensorFlow reads and writes whole tensors for each addition, scaling and dropout, which took two thirds of a step. XLA
(https://openxla.org/xla) fuses them into one loop; it compiles once for each shape. The gradients are written by hand,
because TensorFlow's gradients store and reload values that are cheap to recompute. Gradients of weights and biases are
sums over all rows, which XLA computes slowly, so they use a matrix product instead.
"""

from collections.abc import Callable
from typing import Tuple

import tensorflow as tf

EPSILON = 1e-12
ROOT_HALF = 0.5**0.5
#: 1 / sqrt(2 pi), the normal density at zero.
DENSITY = 0.3989422804014327

Gradient = Callable[[tf.Tensor], Tuple[tf.Tensor, ...]]


def _compiled(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    compiled: Callable[..., tf.Tensor] = tf.function(function, jit_compile=True, autograph=False)
    return compiled


def _summed(values: tf.Tensor) -> tf.Tensor:
    """The sum over all axes but the last, in float32."""
    rows = tf.reshape(values, (-1, values.shape[-1]))
    return tf.cast(tf.matmul(tf.ones((1, tf.shape(rows)[0]), rows.dtype), rows)[0], tf.float32)


@tf.custom_gradient
def added(hidden: tf.Tensor, block: tf.Tensor, bias: tf.Tensor, drop: tf.Tensor) -> Tuple[tf.Tensor, Gradient]:
    """`hidden + (block + bias) * drop`: the output of a block plus its input.

    Args:
        hidden: (n, t, d) float32.
        block: (n, t, d), a matrix product in float32 or bfloat16.
        bias: (d,) float32.
        drop: (n, t, d) float32, a dropout mask.
    """

    def gradient(outer: tf.Tensor) -> Tuple[tf.Tensor, ...]:
        inner = _times(outer, drop, block)
        return outer, inner, _summed(inner), None

    return _add(hidden, block, bias, drop), gradient


@_compiled
def _add(hidden: tf.Tensor, block: tf.Tensor, bias: tf.Tensor, drop: tf.Tensor) -> tf.Tensor:
    return hidden + (tf.cast(block, tf.float32) + bias) * drop


@_compiled
def _times(outer: tf.Tensor, drop: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    return tf.cast(outer * drop, like.dtype)


@tf.custom_gradient
def normed(hidden: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> Tuple[tf.Tensor, Gradient]:
    """Layer normalisation over the last axis (Ba et al. 2016, https://arxiv.org/abs/1607.06450).

    Args:
        hidden: (n, t, d) float32.
        weight: (d,) float32.
        bias: (d,) float32.
    """

    def gradient(outer: tf.Tensor) -> Tuple[tf.Tensor, ...]:
        inner, weighed = _norm_gradient(outer, hidden, weight)
        return inner, _summed(weighed), _summed(outer)

    return _norm(hidden, weight, bias), gradient


def _standard(hidden: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    centred = hidden - tf.reduce_mean(hidden, axis=-1, keepdims=True)
    scale = tf.math.rsqrt(tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True) + EPSILON)
    return centred * scale, scale


@_compiled
def _norm(hidden: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    return _standard(hidden)[0] * weight + bias


@_compiled
def _norm_gradient(outer: tf.Tensor, hidden: tf.Tensor, weight: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    standard, scale = _standard(hidden)
    weighed = outer * standard
    inner = outer * weight
    along = tf.reduce_mean(weighed * weight, axis=-1, keepdims=True)
    return scale * (inner - tf.reduce_mean(inner, axis=-1, keepdims=True) - standard * along), weighed


@tf.custom_gradient
def gelu(block: tf.Tensor, bias: tf.Tensor) -> Tuple[tf.Tensor, Gradient]:
    """`x * P(X <= x)` of `x = block + bias` (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).

    Args:
        block: (n, t, d), a matrix product in float32 or bfloat16; the result has the same type.
        bias: (d,) float32.
    """

    def gradient(outer: tf.Tensor) -> Tuple[tf.Tensor, ...]:
        inner = _gelu_gradient(outer, block, bias)
        return inner, _summed(inner)

    return _gelu(block, bias), gradient


@_compiled
def _gelu(block: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    x = tf.cast(block, tf.float32) + bias
    return tf.cast(0.5 * x * (1.0 + tf.math.erf(x * ROOT_HALF)), block.dtype)


@_compiled
def _gelu_gradient(outer: tf.Tensor, block: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    x = tf.cast(block, tf.float32) + bias
    slope = 0.5 * (1.0 + tf.math.erf(x * ROOT_HALF)) + x * DENSITY * tf.exp(-0.5 * tf.square(x))
    return tf.cast(tf.cast(outer, tf.float32) * slope, block.dtype)


@tf.custom_gradient
def heads(block: tf.Tensor, bias: tf.Tensor) -> Tuple[tf.Tensor, Gradient]:
    """`block + bias`, with the last axis split among the attention heads.

    Args:
        block: (n, t, h, d / h), a matrix product in float32 or bfloat16.
        bias: (h, d / h) float32.

    Returns:
        (n, h, t, d / h) float32.
    """

    def gradient(outer: tf.Tensor) -> Tuple[tf.Tensor, ...]:
        inner = _together(outer, block)
        rows = tf.reshape(inner, (-1, bias.shape[0] * bias.shape[1]))
        return inner, tf.reshape(_summed(rows), bias.shape)

    return _apart(block, bias), gradient


@_compiled
def _apart(block: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    return tf.transpose(tf.cast(block, tf.float32) + bias, (0, 2, 1, 3))


@_compiled
def _together(outer: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.transpose(outer, (0, 2, 1, 3)), like.dtype)


@tf.custom_gradient
def attention_weights(scores: tf.Tensor, bias: tf.Tensor, drop: tf.Tensor) -> Tuple[tf.Tensor, Gradient]:
    """`softmax(scores + bias) * drop`: how much each word attends to each other word.

    Args:
        scores: (n, h, t, t) float32.
        bias: (n, 1, 1, t) float32, a large negative number for padding; it gets no gradient.
        drop: (n, h, t, t) float32, a dropout mask.
    """
    soft = tf.nn.softmax(scores + bias)

    def gradient(outer: tf.Tensor) -> Tuple[tf.Tensor, ...]:
        return _attention_gradient(outer, soft, drop), None, None

    return soft * drop, gradient


@_compiled
def _attention_gradient(outer: tf.Tensor, soft: tf.Tensor, drop: tf.Tensor) -> tf.Tensor:
    inner = outer * drop
    return soft * (inner - tf.reduce_sum(inner * soft, axis=-1, keepdims=True))
