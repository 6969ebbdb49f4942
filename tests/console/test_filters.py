"""Filters in a query: allowed values and round trips."""

from datetime import date

import pytest

from bot.console.filters import as_query, decode_cursor, encode_cursor, parse, parse_fitting
from bot.console.request import RefusalError
from bot.store.queue import Known
from bot.store.queue_filters import Filters, Key

KNOWN = Known(["aaaa1111"], ["technical"], ["lee", "rae"])
TOPICS = ("crisis", "sextortion")
EVERY = {
    "from": "2026-03-01",
    "to": "2026-03-31",
    "need": "danger",
    "topic": "crisis",
    "urgency": "concern",
    "asker": "parent",
    "flag": "technical",
    "state": "all",
    "reviewer": "lee",
    "model": "aaaa1111",
    "language": "other",
    "q": "two words",
}
KEY = Key(1, 5, 1_800_000_000, 42)


def parsed(query: "dict[str, str]") -> Filters:
    return parse(query, KNOWN, TOPICS, "rae")


def refused(query: "dict[str, str]") -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        parsed(query)
    return caught.value


def test_every_filter_survives_a_round_trip() -> None:
    assert as_query(parsed(EVERY)) == EVERY


def test_filters_left_empty_are_not_set() -> None:
    assert parsed(dict.fromkeys(EVERY, " ")) == Filters()


def test_a_day_is_read_as_a_day() -> None:
    assert parsed({"from": "2026-03-01"}).first == date(2026, 3, 1)


def test_me_means_the_member_of_staff_who_is_signed_in() -> None:
    assert parsed({"reviewer": "me"}).reviewer == "rae"


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"from", "to", "q"}))
def test_an_unknown_value_is_refused_with_the_name_of_its_filter(name: str) -> None:
    refusal = refused({name: "nonsense"})
    assert (refusal.name, refusal.values["filter"]) == ("bad_filter", name)


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"from", "to", "q"}))
def test_a_refusal_lists_the_allowed_values(name: str) -> None:
    assert EVERY[name] in str(refused({name: "nonsense"}).values["allowed"])


@pytest.mark.parametrize("day", ["2026-02-30", "1 March", "2026-3-1", "20260301", "2026-03-01T00:00", "٢٠٢٦-٠٣-٠١"])
def test_an_invalid_day_is_refused(day: str) -> None:
    refusal = refused({"to": day})
    assert (refusal.name, refusal.values["filter"]) == ("bad_day", "to")


def test_an_end_before_the_beginning_is_refused() -> None:
    assert refused({"from": "2026-03-02", "to": "2026-03-01"}).name == "days_reversed"


def test_a_single_day_is_accepted() -> None:
    assert parsed({"from": "2026-03-01", "to": "2026-03-01"}).last == date(2026, 3, 1)


def test_an_unknown_filter_is_refused_with_its_name() -> None:
    refusal = refused({"mood": "sad"})
    assert (refusal.name, refusal.values["filter"]) == ("unknown_filter", "mood")


def test_filters_saved_by_another_version_are_kept_if_they_still_exist() -> None:
    saved = {"mood": "sad", "topic": "knitting", "need": "danger", "q": "two words"}
    assert parse_fitting(saved, KNOWN, TOPICS, "rae") == (Filters(need="danger", q="two words"), ["mood", "topic"])


def test_a_search_of_10000_characters_is_refused() -> None:
    assert refused({"q": "a" * 10_000}).name == "long_search"


@pytest.mark.parametrize("query", [{"topic": "x" * 4000}, {"q": "x" * 4000}, {"from": "x" * 4000}])
def test_a_long_refused_value_is_shortened(query: "dict[str, str]") -> None:
    assert len(str(refused(query).values["held"])) < 100


def test_a_place_survives_a_round_trip() -> None:
    assert decode_cursor(encode_cursor(KEY, Filters(topic="crisis")), Filters(topic="crisis")) == KEY


def test_a_missing_place_means_the_beginning() -> None:
    assert decode_cursor("", Filters()) is None


@pytest.mark.parametrize("held", ["1", "AAAA", "ü", "=", "../..", "A" * 30, "x" * 10_000])
def test_a_forged_place_is_refused(held: str) -> None:
    with pytest.raises(RefusalError, match="bad_place"):
        decode_cursor(held, Filters())


def test_a_place_in_a_queue_with_other_filters_is_refused() -> None:
    with pytest.raises(RefusalError, match="bad_place"):
        decode_cursor(encode_cursor(KEY, Filters(topic="crisis")), Filters())
