"""Estimates about unread conversations, based on a sample."""

from typing import Dict, Optional

import pytest
from scipy.stats import binom

from bot.console.estimates import Estimate, Sample, kappa, upper_bound, what_was_missed


@pytest.mark.parametrize(
    ("found", "read", "upper"),
    # The upper ends of exact two-sided intervals: Newcombe, Statistics in Medicine 17 (1998), table I, method 5.
    [(81, 263, 0.3676), (15, 148, 0.1617), (0, 20, 0.1684), (1, 29, 0.1776)],
)
def test_the_bound_matches_published_values(found: int, read: int, upper: float) -> None:
    assert upper_bound(found, read, 0.975) == pytest.approx(upper, abs=5e-5)


@pytest.mark.parametrize("read", [1, 20, 84, 3000])
def test_the_bound_has_a_closed_form_if_nothing_is_found(read: int) -> None:
    assert upper_bound(0, read) == pytest.approx(1 - 0.05 ** (1 / read))


@pytest.mark.parametrize(("found", "read"), [(0, 5), (3, 40), (39, 40), (7, 1000)])
def test_at_the_bound_the_chance_of_finding_so_few_is_one_in_twenty(found: int, read: int) -> None:
    assert binom.cdf(found, read, upper_bound(found, read)) == pytest.approx(0.05)


def test_the_bound_is_one_if_all_are_found() -> None:
    assert upper_bound(7, 7) == 1


def test_the_monthly_number_follows_from_the_share() -> None:
    # 3.5 % of 600, the number per 30 days if there are 1,200 in 60.
    assert what_was_missed({"no": 84}, 1200, 60).danger == Estimate(0, pytest.approx(0.035, abs=1e-4), 22)


def test_a_number_below_five_is_hidden_and_the_bound_does_not_depend_on_it() -> None:
    one, four = (what_was_missed({"no": 90 - found, "danger": found}, 1200, 60).danger for found in (1, 4))
    assert one == four == Estimate(None, upper_bound(4, 90), four.monthly if four else 0)


@pytest.mark.parametrize(
    ("answers", "read", "is_shown"),
    [
        ({}, 0, False),
        ({"no": 4}, None, False),
        ({"no": 5}, 5, True),
        ({"no": 2, "danger": 6}, 8, False),
        ({"no": 2, "danger": 6, "harm": 1}, 9, True),
        ({"danger": 6}, 6, True),
    ],
    ids=[
        "nothing was read",
        "too few were read",
        "enough were read",
        "the rest would reveal how few had nothing",
        "a hidden number hides the rest",
        "none had nothing, which is no small number",
    ],
)
def test_what_can_be_shown(answers: Dict[str, int], read: Optional[int], is_shown: bool) -> None:
    sample = what_was_missed(answers, 100, 30)
    assert (sample.read, sample.danger is not None) == (read, is_shown)


def test_there_is_no_estimate_if_nothing_was_read() -> None:
    assert what_was_missed({}, 100, 30) == Sample(0)


def pairs(both: int, first: int, second: int, neither: int) -> "list[tuple[bool, bool]]":
    """Two readers' answers in pairs, given how often both, only the first, only the second or neither said yes."""
    return [(True, True)] * both + [(True, False)] * first + [(False, True)] * second + [(False, False)] * neither


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        # Well-known textbook examples. The second and third have the same agreement, 60 of 100.
        (pairs(20, 5, 10, 15), 0.4),
        (pairs(45, 15, 25, 15), 0.1304),
        (pairs(25, 35, 5, 35), 0.2593),
        (pairs(10, 0, 0, 10), 1.0),
        (pairs(5, 5, 5, 5), 0.0),
        (pairs(0, 10, 10, 0), -1.0),
    ],
)
def test_kappa_matches_textbook_examples(answers: "list[tuple[bool, bool]]", expected: float) -> None:
    assert kappa(answers) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("answers", [[], pairs(9, 0, 0, 0), pairs(0, 0, 0, 9)])
def test_there_is_no_kappa_if_both_readers_always_give_the_same_answer(answers: "list[tuple[bool, bool]]") -> None:
    assert kappa(answers) is None
