"""The encoder's compiled blocks and their gradients match the plain formulas."""

from typing import Callable, List, Tuple

import numpy as np
import pytest
import tensorflow as tf

from training.encoder import blocks

DRAW = np.random.default_rng(7)
N, T, D, HEADS = 3, 4, 6, 2

Formula = Callable[..., tf.Tensor]


def some(*shape: int) -> tf.Tensor:
    return tf.constant(DRAW.normal(size=shape), tf.float32)


def mask(*shape: int) -> tf.Tensor:
    return tf.constant(DRAW.choice([0.0, 1 / 0.9], size=shape), tf.float32)


def norm(hidden: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    mean, variance = tf.nn.moments(hidden, axes=[-1], keepdims=True)
    return (hidden - mean) / tf.sqrt(variance + blocks.EPSILON) * weight + bias


#: Maps names to a block, its plain formula, its inputs, and the number of inputs that have gradients.
CASES = {
    "added": (
        blocks.added,
        lambda hidden, block, bias, drop: hidden + (block + bias) * drop,
        [some(N, T, D), some(N, T, D), some(D), mask(N, T, D)],
        3,
    ),
    "normed": (blocks.normed, norm, [some(N, T, D), some(D), some(D)], 3),
    "gelu": (blocks.gelu, lambda block, bias: tf.nn.gelu(block + bias), [some(N, T, D), some(D)], 2),
    "heads": (
        blocks.heads,
        lambda block, bias: tf.transpose(block + bias, (0, 2, 1, 3)),
        [some(N, T, HEADS, D // HEADS), some(HEADS, D // HEADS)],
        2,
    ),
    "attention weights": (
        blocks.attention_weights,
        lambda scores, bias, drop: tf.nn.softmax(scores + bias) * drop,
        [some(N, HEADS, T, T), tf.constant([[[[0.0, 0.0, -1e9, 0.0]]]] * N), mask(N, HEADS, T, T)],
        1,
    ),
}


def gradients(function: Formula, inputs: List[tf.Tensor], wanted: int) -> Tuple[tf.Tensor, ...]:
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = function(*inputs)
        # Each number has a different weight, so that no two gradients are equal by chance.
        outer = tf.reshape(tf.linspace(0.5, 1.5, tf.size(output)), tf.shape(output))
        total = tf.reduce_sum(output * outer)
    return tuple(tape.gradient(total, inputs[:wanted]))


@pytest.mark.parametrize("name", CASES)
def test_a_block_matches_its_formula(name: str) -> None:
    piece, formula, inputs, _ = CASES[name]
    np.testing.assert_allclose(piece(*inputs), formula(*inputs), atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_of_a_block_matches_its_formula(name: str) -> None:
    piece, formula, inputs, wanted = CASES[name]
    for written, found in zip(gradients(piece, inputs, wanted), gradients(formula, inputs, wanted), strict=True):
        np.testing.assert_allclose(written, found, atol=1e-4)


def test_half_precision_input_gives_half_precision_output() -> None:
    block = tf.cast(some(N, T, D), tf.bfloat16)
    assert blocks.gelu(block, some(D)).dtype == tf.bfloat16
