"""The linear classifiers: what they learn, how sure they are, and what is kept of them."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.classifier import Calibrated, Reader
from bot.nlu.held_out import is_held_out

RANDOM = np.random.default_rng(7)
SIDES = {"left": np.array([1.0, 0.0, 0.0]), "right": np.array([0.0, 1.0, 0.0]), "up": np.array([0.0, 0.0, 1.0])}


def examples(noise: float) -> "tuple[np.ndarray, list[str]]":
    labels = [name for name in SIDES for _ in range(200)]
    vectors = np.stack([SIDES[label] for label in labels]) + RANDOM.normal(0, noise, (600, 3))
    return vectors.astype(np.float32), labels


@pytest.fixture(scope="module")
def reader() -> Reader:
    vectors, labels = examples(0.2)
    urgencies = ["none" if label == "left" else "" for label in labels]
    urgencies[-1] = "concern"
    texts = [f"text {number}" for number in range(len(labels))]
    return Reader.learn(vectors, texts, {"intent": labels, "asker": labels, "urgency": urgencies}, strength=10.0)


@pytest.mark.parametrize("side", SIDES)
def test_it_tells_classes_apart(reader: Reader, side: str) -> None:
    assert reader.intent.best(SIDES[side].astype(np.float32))[0] == side


def test_probabilities_sum_to_one(reader: Reader) -> None:
    assert reader.intent.probabilities(np.zeros(3, dtype=np.float32)).sum() == pytest.approx(1.0)


def test_a_label_that_nobody_gave_is_not_learned(reader: Reader) -> None:
    assert reader.urgency.classes == ["concern", "none"]


def test_two_classes_work_as_well_as_many(reader: Reader) -> None:
    assert reader.urgency.best(SIDES["left"].astype(np.float32))[0] == "none"


def test_it_is_less_sure_where_held_out_examples_surprise_it() -> None:
    vectors, labels = examples(0.05)
    held_out = np.arange(len(labels)) % 10 == 0
    honest = Calibrated.learn(vectors, labels, held_out, strength=10.0)
    turned = ["up" if hidden and RANDOM.random() < 0.5 else labels[row] for row, hidden in enumerate(held_out)]
    warned = Calibrated.learn(vectors, turned, held_out, strength=10.0)
    assert warned.temperature > honest.temperature


def test_what_was_saved_reads_the_same(reader: Reader, tmp_path: Path) -> None:
    reader.save(tmp_path)
    again = Reader.load(tmp_path)
    vector = RANDOM.normal(size=3).astype(np.float32)
    for kind in Reader._fields:
        np.testing.assert_array_equal(
            getattr(reader, kind).probabilities(vector), getattr(again, kind).probabilities(vector)
        )


def test_one_example_in_twenty_is_held_out_from_the_encoder() -> None:
    share = np.mean([is_held_out(f"example {number}") for number in range(4000)])
    assert 0.035 < share < 0.065
