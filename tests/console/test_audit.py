"""The audit log page: who may read it and what it shows. Viewing it is logged too."""

import json
import re

import httpx
import pytest
from console_client import Console, Member
from tampering import tamper

from bot.console.pages.audit import ROWS
from bot.store import audit
from bot.store.schema import audit as table

NOON = 1_800_000_000 // 86_400 * 86_400 + 43_200


@pytest.fixture
def lee(console: Console) -> Member:
    return console.member("lee", "lead")


def note(console: Console, name: str, action: str, subject: str = "", at: int = NOON, **detail: object) -> None:
    console.database.write_now(lambda c: audit.append(c, at, name, action, subject, detail))


def numbers(answer: httpx.Response) -> "list[int]":
    return [int(number) for number in re.findall(r'<td class="number">(\d+)</td>', answer.text)]


async def test_rows_are_shown_newest_first_beginning_with_this_view(console: Console, lee: Member) -> None:
    note(console, "rae", "search")
    assert numbers(await lee.get("/audit")) == [2, 1]


async def test_viewing_the_log_is_logged_with_the_filters(console: Console, lee: Member) -> None:
    await lee.get("/audit?day=2027-01-15&person=lee")
    row = console.rows(table)[-1]
    assert (row.staff, row.action, json.loads(row.detail)) == (
        "lee",
        "view_audit",
        {"day": "2027-01-15", "person": "lee"},
    )


async def test_there_are_no_gaps_between_pages(console: Console, lee: Member) -> None:
    for number in range(ROWS + 10):
        note(console, "rae", "search", str(number))
    first = await lee.get("/audit?person=&action=search&day=")
    second = await lee.get(f"/audit?action=search&before={numbers(first)[-1]}")
    assert f"before={numbers(first)[-1]}" in first.text
    assert numbers(first) + numbers(second) == list(range(ROWS + 10, 0, -1))
    assert "Show older rows" not in second.text


async def test_rows_are_filtered_by_person(console: Console, lee: Member) -> None:
    console.add_staff("rae", "reviewer")
    for name in ("rae", "lee", "rae"):
        note(console, name, "search")
    assert numbers(await lee.get("/audit?person=rae")) == [3, 1]


async def test_rows_without_a_member_of_staff_can_be_filtered(console: Console, lee: Member) -> None:
    note(console, "", "sign_in_failed")
    note(console, "rae", "search")
    assert numbers(await lee.get("/audit?person=-")) == [1]


async def test_rows_are_filtered_by_action(console: Console, lee: Member) -> None:
    for action in ("search", "export", "search"):
        note(console, "rae", action)
    assert numbers(await lee.get("/audit?action=export")) == [2]


async def test_rows_are_filtered_by_day_in_london_time(console: Console, lee: Member) -> None:
    # In London, 1 July 2026 begins at 23:00 UTC on the day before.
    begins = 1_782_860_400
    for at in (begins - 1, begins, begins + 86_399, begins + 86_400):
        note(console, "rae", "search", at=at)
    assert numbers(await lee.get("/audit?day=2026-07-01")) == [3, 2]


@pytest.mark.parametrize(
    "query",
    [
        "person=nobody",
        "action=dance",
        "day=2027-02-30",
        "day=yesterday",
        "day=9999-12-31",
        "before=x",
        "before=-1",
        "before=%C2%B2",
        "before=99999999999999999999",
        "topic=grooming",
        "person=" + "a" * 3000,
        "person=%3Cb%3Ezanzibar",
    ],
)
async def test_an_invalid_filter_is_refused_with_the_allowed_values(console: Console, lee: Member, query: str) -> None:
    answer = await lee.get(f"/audit?{query}")
    assert (answer.status_code, "no such filter" in answer.text, "<b>zanzibar" in answer.text) == (422, True, False)


@pytest.mark.parametrize("day", ["0001-01-02", "2199-01-01"])
async def test_a_day_without_rows_shows_nothing(console: Console, lee: Member, day: str) -> None:
    assert "No row fits these filters" in (await lee.get(f"/audit?day={day}")).text


async def test_html_in_a_row_is_shown_as_text(console: Console, lee: Member) -> None:
    note(console, "rae", "search", "<i>subject</i>", topic="<i>detail</i>")
    page = (await lee.get("/audit")).text
    assert "&lt;i&gt;subject" in page
    assert "&lt;i&gt;detail" in page
    assert "<i>" not in page


async def test_an_intact_log_is_reported_as_intact_with_its_last_hash(console: Console, lee: Member) -> None:
    note(console, "rae", "search")
    last = console.rows(table)[-1].hash
    assert (await lee.post("/audit/verify")).headers["location"] == "/audit?done=verified"
    page = (await lee.get("/audit?done=verified")).text
    assert "Rows checked: 1." in page
    assert last in page


async def test_a_changed_row_is_reported(console: Console, lee: Member) -> None:
    for _ in range(3):
        note(console, "rae", "search")
    tamper(console.database, "UPDATE audit SET staff = 'eve' WHERE number = 2")
    await lee.post("/audit/verify")
    assert "Row 2 does not fit" in (await lee.get("/audit?done=verified")).text


async def test_a_link_cannot_claim_that_the_log_was_verified(console: Console, lee: Member) -> None:
    page = (await lee.get("/audit?done=verified")).text
    assert "Nobody has checked it here yet" in page


async def test_verifying_is_logged_with_its_result(console: Console, lee: Member) -> None:
    await lee.post("/audit/verify")
    row = console.rows(table)[-1]
    assert (row.staff, row.action, json.loads(row.detail)["rows"]) == ("lee", "verify_audit", 0)
