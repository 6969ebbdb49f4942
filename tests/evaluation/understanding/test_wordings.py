"""A message in ten wordings, written independently of the code, gets the same services each time."""

from pathlib import Path

import pytest

from evaluation.understanding.chat import Chat
from evaluation.understanding.wordings import Consistency, measure, read_wordings

#: We measured 93 % and 89 %. On a processor that rounds differently, a few of the 400 wordings may get other results.
IN_SIGHT, ALL_OF_THEM = 0.91, 0.87


@pytest.fixture(scope="module")
def same(model_path: Path) -> Consistency:
    return measure(read_wordings(), Chat.load(model_path).ask)


def test_there_are_forty_messages_in_ten_wordings() -> None:
    assert [len(set(one)) for one in read_wordings()] == [10] * 40


def test_the_same_services_are_visible_whatever_the_wording(same: Consistency) -> None:
    assert same.visible >= IN_SIGHT


def test_the_same_services_are_offered_whatever_the_wording(same: Consistency) -> None:
    assert same.all_of_them >= ALL_OF_THEM


def test_shares_count_the_services_that_most_wordings_get() -> None:
    replies = {"a": ["x"], "b": ["x"], "c": ["x", "y"]}
    asked = measure(
        [["a", "b", "c"]],
        lambda text: [{"kind": "service", "id": name, "folded": name == "y"} for name in replies[text]],
    )
    assert asked == Consistency(1.0, 2 / 3)
