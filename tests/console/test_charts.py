"""The layout of bars and columns. All hidden numbers look the same."""

from itertools import pairwise

import pytest

from bot.console.charts import LEFT, LINE, PLOT, STUB, STUB_HEIGHT, TOP, bars, columns, ticks
from bot.console.suppress import FEW, suppress

HOURS = {f"{hour:02}": hour * 10 for hour in range(24)}


def test_the_longest_bar_fills_the_width_and_the_others_are_in_proportion() -> None:
    drawn = bars(suppress({"a": 20, "b": 80}), {})
    assert [(bar.label, bar.width) for bar in drawn.bars] == [("b", 100.0), ("a", 25.0)]


def test_a_bar_without_a_label_shows_its_value() -> None:
    assert [bar.label for bar in bars(suppress({"a": 20, "b": 80}), {"b": "Bullying"}).bars] == ["Bullying", "a"]


def test_bars_keep_their_order_on_request() -> None:
    assert [bar.label for bar in bars(suppress({"a": 20, "b": 80}), {}, in_order=True).bars] == ["a", "b"]


def test_hidden_bars_come_last_in_name_order_and_are_equally_long() -> None:
    drawn = bars(suppress({"d": 4, "c": 1, "a": 20, "b": 3}), {}).bars
    assert [(bar.label, bar.number, bar.width) for bar in drawn[1:]] == [(name, None, STUB) for name in "bcd"]


def test_a_long_label_is_wrapped_to_fit_a_phone() -> None:
    label = "a young person looks at such images, asks for them, or has harmed someone"
    (bar,) = bars(suppress({"a": 9}), {"a": label}).bars
    assert " ".join(bar.lines) == label
    assert max(map(len, bar.lines)) <= LINE


def test_bars_do_not_overlap() -> None:
    drawn = bars(suppress({"a": 9, "b": 90, "c": 50}), {"b": "long " * 20})
    assert drawn.bars[0].y < drawn.bars[1].y < drawn.bars[2].y < drawn.height


def test_the_highest_column_is_identified_by_its_label() -> None:
    largest = columns(suppress(HOURS), {"23": "23:00"}, {}).largest
    assert largest is not None
    assert (largest.label, largest.number) == ("23:00", 230)


def test_columns_are_side_by_side_within_the_width() -> None:
    drawn = columns(suppress(HOURS), {}, {}).columns
    assert len(drawn) == 24
    assert drawn[0].x >= LEFT
    assert all(one.x + one.width <= other.x for one, other in pairwise(drawn))
    assert drawn[-1].x + drawn[-1].width <= 100


def test_the_height_of_a_column_is_proportional_to_its_number() -> None:
    drawn = columns(suppress({"a": 0, "b": 20, "c": 10}), {}, {}).columns
    assert [column.height for column in drawn] == [0, PLOT, PLOT / 2]
    assert drawn[1].y == TOP


def test_hidden_columns_are_equally_high() -> None:
    drawn = columns(suppress({"a": 1, "b": 4, "c": 90}), {}, {}).columns
    assert [column.height for column in drawn[:2]] == [STUB_HEIGHT, STUB_HEIGHT]


def test_a_label_at_the_edge_is_not_cut_off() -> None:
    marks = columns(suppress(HOURS), {}, {"00": "0:00", "12": "12:00", "23": "23:00"}).marks
    assert [mark.anchor for mark in marks] == ["middle", "middle", "end"]


@pytest.mark.parametrize(
    ("greatest", "expected"),
    [(0, (0,)), (5, (0, 5)), (12, (0, 5, 10, 15)), (31, (0, 20, 40)), (412, (0, 200, 400, 600))],
)
def test_an_axis_has_a_few_round_numbers(greatest: int, expected: "tuple[int, ...]") -> None:
    assert ticks(greatest) == expected


@pytest.mark.parametrize("greatest", [5, 7, 99, 100, 101, 999_999, 123_456_789])
def test_an_axis_reaches_the_greatest_number_and_has_no_small_ticks(greatest: int) -> None:
    assert ticks(greatest)[-1] >= greatest
    assert all(number >= FEW for number in ticks(greatest)[1:])


def test_an_empty_table_can_be_drawn() -> None:
    assert (bars(suppress({}), {}).largest, columns(suppress({}), {}, {}).largest) == (None, None)
