"""The tuned encoder's file, which stores the weights at a quarter of their size."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tokenizers import Tokenizer

from bot.nlu.encoder import SentenceEncoder
from bot.weights import ENCODER, tokenizer_path
from training.encoder.bert import DIMENSION, WORDS, Bert, Weights
from training.encoder.export import export, quantise, rounded_words

TEXTS = ["hi", "a man I don't know asks my daughter for a photograph", "is roblox safe for my 9 year old", "😀" * 40]
MEGABYTES = 25


@pytest.mark.parametrize("layers", [1, 3])
def test_the_file_gives_nearly_the_same_vectors_as_its_weights(
    layers: int, tmp_path: Path, random_weights: Callable[[int], Weights]
) -> None:
    weights = random_weights(layers)
    export(weights, tmp_path / "encoder.onnx")
    written = SentenceEncoder(tmp_path / "encoder.onnx", tokenizer_path()).encode(TEXTS)
    pieces = Tokenizer.from_file(str(tokenizer_path()))
    pieces.no_padding()
    bert = Bert(weights)
    for text, vector in zip(TEXTS, written, strict=True):
        ids = np.array([pieces.encode(text).ids], np.int32)
        meant = bert.vectors(tf.constant(ids), tf.ones(ids.shape)).numpy()[0]
        assert float(vector @ meant) > 0.99


def test_the_file_is_small_enough_for_the_repository() -> None:
    assert ENCODER.stat().st_size < MEGABYTES * 1_000_000


@pytest.mark.parametrize("most", [127, 7], ids=["eight bits", "four bits"])
@pytest.mark.parametrize("axis", [0, 1])
def test_whole_numbers_and_their_scales_give_back_the_values(axis: int, most: int) -> None:
    values = np.random.default_rng(7).normal(size=(5, 9)).astype(np.float32)
    numbers, scales = quantise(values, axis, most)
    np.testing.assert_allclose(numbers * scales, values, atol=float(scales.max()) / 2 + 1e-6)


def test_a_row_of_zeros_stays_zero() -> None:
    numbers, scales = quantise(np.zeros((2, 3), dtype=np.float32), 1)
    assert (numbers * scales == 0).all()


def test_rounding_words_again_changes_nothing() -> None:
    words = np.random.default_rng(7).normal(size=(50, DIMENSION)).astype(np.float32)
    once = rounded_words({WORDS: words})
    np.testing.assert_allclose(rounded_words(once)[WORDS], once[WORDS], rtol=1e-6)
