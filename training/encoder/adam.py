"""The optimiser, with a learning rate for each variable."""

from typing import List

import tensorflow as tf


class Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101).

    Unlike Keras's version, it has a learning rate for each variable.
    """

    def __init__(self, variables: List[tf.Variable], factors: List[float], decays: List[float]) -> None:
        """Start with running means of zero.

        Args:
            variables: the variables to train.
            factors: the factor for each variable's learning rate.
            decays: the weight decay of each variable.
        """
        self._variables = variables
        self._factors = factors
        self._decays = decays
        self._first = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]
        self._second = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]

    def apply(self, gradients: List[tf.Tensor], rate: tf.Tensor, count: tf.Tensor) -> None:
        """Apply one update, with the gradients clipped to a joint norm of 1; `count` starts at 1."""
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        bias = tf.sqrt(1.0 - 0.999**count) / (1.0 - 0.9**count)
        for variable, gradient, first, second, factor, decay in zip(
            self._variables, gradients, self._first, self._second, self._factors, self._decays, strict=True
        ):
            first.assign(0.9 * first + 0.1 * gradient)
            second.assign(0.999 * second + 0.001 * tf.square(gradient))
            change = bias * first / (tf.sqrt(second) + 1e-8) + decay * variable
            variable.assign_sub(rate * factor * change)
