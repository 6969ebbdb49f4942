"""Random encoder weights with the shapes of the real ones."""

from collections.abc import Callable

import numpy as np
import pytest

from training.encoder.bert import DIMENSION, POSITIONS, TYPES, WORDS, Weights
from training.encoder.export import rounded_words

VOCABULARY = 30522


def _weights(layers: int) -> Weights:
    draw = np.random.default_rng(7)

    def some(*shape: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return draw.normal(scale=0.1, size=shape).astype(np.float32)

    weights = {WORDS: some(VOCABULARY, DIMENSION), POSITIONS: some(512, DIMENSION), TYPES: some(2, DIMENSION)}
    shapes = {"attention.self.query": (DIMENSION, DIMENSION), "attention.self.key": (DIMENSION, DIMENSION)}
    shapes |= {"attention.self.value": (DIMENSION, DIMENSION), "attention.output.dense": (DIMENSION, DIMENSION)}
    shapes |= {"intermediate.dense": (4 * DIMENSION, DIMENSION), "output.dense": (DIMENSION, 4 * DIMENSION)}
    norms = ["embeddings.LayerNorm"]
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        for name, shape in shapes.items():
            weights |= {f"{layer}.{name}.weight": some(*shape), f"{layer}.{name}.bias": some(shape[0])}
    for norm in norms:
        weights |= {f"{norm}.weight": 1 + some(DIMENSION), f"{norm}.bias": some(DIMENSION)}
    return rounded_words(weights)


@pytest.fixture(scope="session")
def random_weights() -> Callable[[int], Weights]:
    """Return a function that makes weights for a given number of layers, always the same ones."""
    return _weights
