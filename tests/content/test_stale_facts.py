"""Facts that have not been checked recently are listed as stale."""

from datetime import date, timedelta

from bot.content.library import load_library, stale_facts

LIBRARY = load_library()
CHECKED = LIBRARY.services["childline"].checked_on
LIMIT = timedelta(days=LIBRARY.style.fresh_for_days)


def names(today: date) -> "list[str]":
    return [fact.name for fact in stale_facts(LIBRARY, today)]


def test_a_fact_is_fresh_on_the_last_day_of_the_limit() -> None:
    assert "childline" not in names(CHECKED + LIMIT)


def test_a_fact_is_stale_the_day_after() -> None:
    assert "childline" in names(CHECKED + LIMIT + timedelta(days=1))


def test_the_oldest_fact_is_listed_first() -> None:
    days = [fact.days for fact in stale_facts(LIBRARY, CHECKED + 3 * LIMIT)]
    assert days == sorted(days, reverse=True)
