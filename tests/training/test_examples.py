"""Tuning reads every example outside the calibration split, with the labels of its block."""

from pathlib import Path

import pytest

from bot.content.models import URGENCIES
from bot.nlu.linear import in_calibration_split
from training.examples import Examples, read_examples

NLU = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hi there [Essex](place)
    - hello
- intent: disclose_suicidal
  metadata: {asker: young_person, urgency: immediate_danger}
  examples: |
    - i cant do this any more
"""


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    (tmp_path / "some.yml").write_text(NLU, encoding="utf-8")
    return read_examples(tmp_path)


def test_examples_are_plain_texts(examples: Examples) -> None:
    assert "hi there Essex" in examples.texts


def test_a_label_that_a_block_lacks_is_minus_one(examples: Examples) -> None:
    greeting = examples.texts.index("hello")
    assert (examples.askers[greeting], examples.urgencies[greeting]) == (-1, -1)


def test_a_label_is_its_index_among_the_names(examples: Examples) -> None:
    crisis = examples.texts.index("i cant do this any more")
    assert examples.asker_names[examples.askers[crisis]] == "young_person"
    assert URGENCIES[examples.urgencies[crisis]] == "immediate_danger"


def test_each_intent_has_its_topic(examples: Examples) -> None:
    topics = dict(zip(examples.intent_names, (examples.topic_names[i] for i in examples.topic_of), strict=True))
    assert topics == {"greet": "small_talk", "disclose_suicidal": "crisis"}


@pytest.mark.slow
def test_no_example_of_the_calibration_split_is_read() -> None:
    assert not [text for text in read_examples().texts if in_calibration_split(text)]
