"""The monthly report: which month it shows, what it compares, and how it hides small numbers."""

import re
from datetime import date
from typing import Any, Optional

import pytest
from console_client import Console, turn

from bot.console.date_ranges import month_before, month_of
from bot.store.days import counted_day

DAY = 86_400


def this_month(console: Console) -> str:
    return f"{counted_day(console.now):%Y-%m}"


def keep(console: Console, number: int, prefix: str = "c", at: Optional[int] = None, **values: Any) -> None:
    """Store `number` conversations of one message each."""
    for place in range(number):
        console.keep(f"{prefix}{place}", [turn("hello there", **{"intent": "ask_grooming", **values})], at=at)


async def page_of(console: Console, month: str = "") -> str:
    answer = await console.member().get(f"/figures/month?month={month or this_month(console)}")
    assert answer.status_code == 200
    return answer.text


def row(page: str, label: str) -> Optional[str]:
    found = re.search(rf'<th scope="row">{re.escape(label)}</th><td class="number">(.*?)</td>', page)
    return found[1] if found else None


async def test_the_last_complete_month_is_shown_first(console: Console) -> None:
    last = month_before(counted_day(console.now))
    page = (await console.member().get("/figures/month")).text
    assert f"<h1>Streetwise in {last.first:%B %Y}</h1>" in page


async def test_a_month_that_is_not_over_says_so(console: Console) -> None:
    assert "This month is not over yet." in await page_of(console)


async def test_topics_are_counted_by_name(console: Console) -> None:
    keep(console, 7)
    assert row(await page_of(console), "What grooming is and its warning signs") == "7"


async def test_conversations_are_compared_with_the_month_before(console: Console) -> None:
    keep(console, 8)
    before = month_before(counted_day(console.now))
    keep(console, 6, "d", at=before.begins_at + DAY)
    page = await page_of(console)
    assert re.search(rf'<dt>Conversations</dt><dd>8</dd><dd class="hint">{before.first:%B}: 6</dd>', page)


async def test_a_number_below_five_is_not_shown(console: Console) -> None:
    keep(console, 30)
    keep(console, 4, "d", intent="ask_bullying")
    keep(console, 3, "e", intent="ask_law_images")
    assert row(await page_of(console), "Cyberbullying, fake accounts and rumours") == "fewer than 5"


async def test_a_month_with_four_conversations_shows_only_that_there_were_few(console: Console) -> None:
    keep(console, 4)
    page = await page_of(console)
    assert "Fewer than 5 conversations" in page
    assert "<svg" not in page


async def test_a_month_without_conversations_says_so(console: Console) -> None:
    assert "Nobody wrote in" in await page_of(console)


@pytest.mark.parametrize("month", ["october", "2026-13", "0001-01", "2026-1", "2026-10-01", "99999-01"])
async def test_an_invalid_month_is_explained(console: Console, month: str) -> None:
    answer = await console.member().get(f"/figures/month?month={month}")
    assert answer.status_code == 422
    assert "This is not a month." in answer.text


async def test_a_month_that_has_not_begun_is_refused(console: Console) -> None:
    answer = await console.member().get("/figures/month?month=9999-12")
    assert answer.status_code == 422
    assert "That month has not begun." in answer.text


async def test_there_is_no_link_to_a_month_that_has_not_begun(console: Console) -> None:
    assert 'rel="next"' not in await page_of(console)


@pytest.mark.parametrize(
    ("day", "last"), [("2026-02-10", "2026-02-28"), ("2028-02-01", "2028-02-29"), ("2026-12-31", "2026-12-31")]
)
def test_a_month_ends_with_its_last_day(day: str, last: str) -> None:
    assert month_of(date.fromisoformat(day)).last == date.fromisoformat(last)
