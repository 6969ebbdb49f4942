"""Accounts that change between a request's access check and its action."""

import asyncio
import hashlib
from typing import Any, Callable

import httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from console_client import PASSWORD, Console, turn
from conversing import DANGER, act, calm, read

from bot.console.accounts import disable
from bot.store import sign_in, staff
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.exports import WINDOW
from bot.store.schema import decisions, flags, notes, openings, reviews
from bot.store.sign_in import TRIES

Work = Callable[[sa.engine.Connection], object]


def meanwhile(console: Console, when: str, work: Work) -> None:
    """Run `work` on another connection just before the console's first statement that begins with `when`."""
    beside = Database(open_engine(console.url))
    left = [work]

    def act(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if left and statement.startswith(when):
            beside.write_now(left.pop())
            beside.close()

    sa.event.listen(console.database._engine, "before_cursor_execute", act)


def account(connection: sa.engine.Connection, name: str) -> Any:
    return staff.named(connection, name)


async def test_a_note_is_not_saved_if_its_author_is_disabled_meanwhile(console: Console) -> None:
    number, rae = console.keep("a", [calm()]), console.member()
    meanwhile(console, "BEGIN IMMEDIATE", lambda c: disable(c, account(c, "rae"), console.now))
    answer = await rae.post(f"/conversations/{number}/note", {"text": "he asked twice"})
    assert (answer.status_code, console.rows(notes), console.audited()) == (401, [], [])


async def test_a_lead_who_is_demoted_meanwhile_cannot_decide(console: Console) -> None:
    lee = console.member("lee", "lead")

    def demote(connection: sa.engine.Connection) -> None:
        # The session stays open, so only the role can prevent the decision.
        staff.change(connection, account(connection, "lee").id, role="reviewer")

    meanwhile(console, "BEGIN IMMEDIATE", demote)
    answer = await lee.post("/load/limit", {"limit": "7"})
    assert (answer.status_code, console.audited()) == (403, [])


async def test_a_transcript_is_not_shown_to_staff_signed_out_meanwhile(console: Console) -> None:
    number, rae = console.keep("a", [calm("is zanzibar far")]), console.member()
    meanwhile(console, "BEGIN IMMEDIATE", lambda c: staff.revoke(c, account(c, "rae").id, console.now))
    answer = await rae.get(f"/conversations/{number}")
    assert (answer.status_code, "zanzibar" in answer.text, console.audited()) == (401, False, [])


async def test_a_password_reset_meanwhile_is_not_overwritten(console: Console) -> None:
    rae = console.member()

    def reset(connection: sa.engine.Connection) -> None:
        staff.change(connection, account(connection, "rae").id, password="another")
        staff.revoke(connection, account(connection, "rae").id, console.now)

    meanwhile(console, "BEGIN IMMEDIATE", reset)
    new = "violin under gravel"
    await rae.post("/account/password", {"password": PASSWORD, "new": new, "again": new})
    assert console.database.read_now(lambda c: account(c, "rae")).password == "another"


async def test_an_export_ends_when_its_account_is_disabled(console: Console) -> None:
    number = console.keep("a", [turn("is zanzibar far")])
    console.keep("b", [turn("is it near")])
    console.database.write_now(
        lambda c: c.execute(reviews.update().where(reviews.c.number == number).values(number=2 * WINDOW))
    )
    lee = console.member("lee", "lead")
    meanwhile(console, "SELECT review_turn", lambda c: disable(c, account(c, "lee"), console.now))
    with pytest.raises(httpx.HTTPError):
        await lee.get("/export/transcripts")


@pytest.mark.slow
async def test_a_lockout_during_a_password_check_hides_its_result(
    console: Console,
) -> None:
    rae = console.member()
    account = console.database.read_now(lambda c: staff.named(c, "rae"))
    # Verifying takes a second, and other attempts fail in the meantime.
    slowly = PasswordHasher(time_cost=60).hash(PASSWORD)
    console.database.write_now(lambda c: staff.change(c, account.id, password=slowly))
    asked = asyncio.create_task(rae.post("/account/second-step/offer", {"password": PASSWORD}))
    for _ in range(20):
        await console.database.read(lambda c: None)
    for _ in range(TRIES):
        console.database.write_now(lambda c: sign_in.fail(c, account, console.now))
    assert (await asked).status_code == 429


async def test_an_erasure_during_changes_leaves_nothing_of_a_conversation(console: Console) -> None:
    number, other = console.keep("one", [DANGER]), console.keep("two", [DANGER])
    staff_now = [console.member(name, role) for name, role in _AT_ONCE]
    for member in staff_now:
        await read(member, number)
    version, lee = console.review(number).version, console.account("lee").id
    rae, roy, first, second = staff_now
    escalated = {"outcome": "escalated:lead"}
    *answers, _ = await asyncio.gather(
        act(rae, number, "outcome", version=version, **escalated),
        roy.post(f"/conversations/{number}/note", {"text": "he asked twice"}),
        act(first, number, "flag", version=version, flag="technical"),
        act(second, number, "assign", version=version, staff=str(lee)),
        console.store.erase(hashlib.sha256(b"one").hexdigest()),
    )
    # Each request either finished before the erasure or was refused with a page that says why.
    assert {answer.status_code for answer in answers} <= {303, 404, 409}
    left = [row.number for table in (decisions, flags, notes, openings, reviews) for row in console.rows(table)]
    assert left == [other]


_AT_ONCE = (("rae", "reviewer"), ("roy", "reviewer"), ("lee", "lead"), ("liz", "lead"))
