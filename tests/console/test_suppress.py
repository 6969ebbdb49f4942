"""Small numbers are hidden, and cannot be worked out from the rest."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.suppress import FEW, ONLY_FEW, WHOLE, WITHHELD, Table, is_few, share, suppress, suppress_parts

#: Counts that are often small or equal, as on a site that few people use.
TABLES = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.one_of(st.integers(0, 12), st.integers(0, 10_000)), max_size=12
)


def shown(table: Table) -> "dict[str, int | None]":
    return {row.value: row.number for row in table.rows}


def hidden(table: Table) -> "list[str]":
    return [row.value for row in table.rows if row.number is None]


def test_numbers_of_five_and_more_are_shown_unchanged() -> None:
    assert shown(suppress({"a": 5, "b": 120})) == {"a": 5, "b": 120}


def test_zero_is_shown_as_zero() -> None:
    assert shown(suppress({"a": 0, "b": 9}))["a"] == 0


def test_two_different_small_numbers_hide_each_other() -> None:
    table = suppress({"a": 4, "b": 30, "c": 2})
    assert (shown(table), table.hidden) == ({"a": None, "b": 30, "c": None}, ONLY_FEW)


def test_a_single_small_number_is_hidden_with_the_next_smallest() -> None:
    table = suppress({"a": 4, "b": 30, "c": 60})
    assert (shown(table), table.hidden) == ({"a": None, "b": None, "c": 60}, WITHHELD)


def test_equal_small_numbers_are_hidden_with_the_next_smallest() -> None:
    assert hidden(suppress({"a": 1, "b": 1, "c": 30, "d": 60})) == ["a", "b", "c"]


def test_all_equally_next_smallest_numbers_are_hidden() -> None:
    assert hidden(suppress({"a": 4, "b": 30, "c": 30, "d": 60})) == ["a", "b", "c"]


@pytest.mark.parametrize("numbers", [{"a": 3}, {"a": 4, "b": 56}, {"a": 2, "b": 2, "c": 2}, {"a": 1, "b": 4}])
def test_a_table_too_uniform_to_hide_a_number_is_hidden_completely(numbers: "dict[str, int]") -> None:
    assert suppress(numbers) == Table((), WHOLE)


def test_an_empty_table_hides_nothing() -> None:
    assert suppress({}) == Table((), "")


@given(TABLES)
def test_no_small_number_is_ever_shown(numbers: "dict[str, int]") -> None:
    assert not [row for row in suppress(numbers).rows if row.number is not None and is_few(row.number)]


@given(TABLES)
def test_a_single_number_is_never_hidden_alone(numbers: "dict[str, int]") -> None:
    assert len(hidden(suppress(numbers))) != 1


@given(TABLES)
def test_swapping_two_hidden_numbers_makes_no_visible_difference(numbers: "dict[str, int]") -> None:
    table = suppress(numbers)
    for one in hidden(table):
        for other in hidden(table):
            assert suppress({**numbers, one: numbers[other], other: numbers[one]}) == table


@given(TABLES)
def test_hidden_numbers_are_not_all_equal(numbers: "dict[str, int]") -> None:
    found = hidden(suppress(numbers))
    assert not found or len({numbers[value] for value in found}) > 1


@given(TABLES)
def test_shown_numbers_are_larger_than_hidden_ones(numbers: "dict[str, int]") -> None:
    table = suppress(numbers)
    most = max((numbers[value] for value in hidden(table)), default=0)
    assert all(row.number is None or row.number == 0 or row.number > most for row in table.rows)


@pytest.mark.parametrize(("places", "most"), [(1, 20), (2, 40), (3, 16), (4, 9), (5, 6)])
def test_the_rule_and_the_total_reveal_no_hidden_number(places: int, most: int) -> None:
    # Group all possible tables by what they look like. The total is shown unless it is itself small.
    names = "abcde"[:places]
    alike = defaultdict(list)
    for counted in product(range(most + 1), repeat=places):
        total = sum(counted)
        alike[suppress(dict(zip(names, counted, strict=True))), "few" if is_few(total) else total].append(counted)
    for (table, _), possible in alike.items():
        secret = range(places) if table.hidden == WHOLE else [names.index(value) for value in hidden(table)]
        # Groups with larger totals are incomplete, because they lack tables with numbers beyond this range.
        if sum(possible[0]) <= most:
            assert all(len({counted[place] for counted in possible}) > 1 for place in secret), possible


def test_a_share_is_of_the_whole_table() -> None:
    assert share(suppress({"yes": 25, "no": 75}), "yes") == 0.25


def test_a_share_can_be_of_selected_values() -> None:
    table = suppress({"none": 900, "helped": 30, "not_helped": 10})
    assert share(table, "helped", ("helped", "not_helped")) == 0.75


@pytest.mark.parametrize(("yes", "no"), [(FEW - 1, 60), (60, FEW - 1), (1, 1)])
def test_a_share_is_not_shown_if_it_or_its_complement_is_small(yes: int, no: int) -> None:
    assert share(suppress({"yes": yes, "no": no}), "yes") is None


@pytest.mark.parametrize(("yes", "part"), [(0, 0.0), (60, 1.0)])
def test_shares_of_none_and_all_are_shown(yes: int, part: float) -> None:
    assert share(suppress({"yes": yes, "no": 60 - yes}), "yes") == part


def test_a_share_that_would_reveal_a_hidden_number_is_not_shown() -> None:
    table = suppress({"none": 3, "helped": 10, "not_helped": 20})
    assert share(table, "helped", ("helped", "not_helped")) is None


def test_an_empty_table_has_no_shares() -> None:
    assert share(suppress({"yes": 0, "no": 0}), "yes") is None


@given(TABLES)
def test_a_share_has_no_small_numerator_or_denominator(numbers: "dict[str, int]") -> None:
    table = suppress(numbers)
    for value, number in numbers.items():
        if share(table, value) is not None:
            assert not is_few(number)
            assert not is_few(sum(numbers.values()) - number)


@pytest.mark.parametrize(
    ("parts", "wholes", "expected"),
    [
        ({"a": 9, "b": 20}, {"a": 14, "b": 20}, {"a": 9, "b": 20}),
        ({"a": 9, "b": 20}, {"a": 13, "b": 40}, {}),
        ({"a": 9}, {"a": 9, "b": 3}, {}),
        ({"a": 0}, {"a": 3, "b": 2, "c": 9}, {"a": 0}),
        ({"a": 3, "b": 2, "c": 9}, {"a": 4, "b": 4, "c": 30, "d": 3}, {"a": None, "b": None, "c": 9}),
        ({"a": 9}, {}, {}),
    ],
    ids=[
        "large enough rests hide nothing",
        "a small rest hides all parts",
        "so does a hidden whole",
        "none of a hidden whole may be shown",
        "small parts are hidden as always",
        "a whole that is missing counts as hidden",
    ],
)
def test_parts_next_to_their_wholes(
    parts: "dict[str, int]", wholes: "dict[str, int]", expected: "dict[str, int | None]"
) -> None:
    assert shown(suppress_parts(parts, suppress(wholes))) == expected
