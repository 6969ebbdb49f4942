"""A note being typed when the session ends is never lost, and only as much of it as necessary is kept."""

import hashlib
import re
from html import unescape
from typing import Any

import pytest
from clock import Clock
from console_client import PASSWORD, Console, Member
from conversing import act, calm

from bot.console.drafts import KEPT_SECONDS, MOST, Drafts
from bot.console.request import COOKIE
from bot.redaction.redactor import Redacted
from bot.store.schema import audit, notes
from bot.store.staff import IDLE_SECONDS, LONGEST_SECONDS

NOTE = "missed that he knows her school"


def hidden_fields(page: str) -> "dict[str, str]":
    """Return the hidden fields of the sign-in form."""
    fields = re.findall(r'name="(unsaved_\w+)" value="([^"]*)"', page)
    text = re.search(r'<textarea name="unsaved_text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert text is not None
    return {name: unescape(value) for name, value in [*fields, ("unsaved_text", text[1])]}


async def sign_in_with(console: Console, page: str, **changed: str) -> Any:
    """Sign in as rae with the form on `page`."""
    form = {"name": "rae", "password": PASSWORD, "code": console.code("rae"), **hidden_fields(page), **changed}
    return await Member(console, "", "").post("/sign-in", form)


async def come_back(console: Console, number: int, text: str = NOTE, query: str = "") -> "tuple[Member, str]":
    """Save a note after the session has ended, sign in, and return rae and the address she is redirected to."""
    rae = console.member()
    console.clock.now += IDLE_SECONDS
    page = (await act(rae, number, "note", query=query, text=text)).text
    answer = await sign_in_with(console, page)
    return Member(console, "rae", answer.cookies[COOKIE]), answer.headers["location"]


def box(page: str) -> str:
    """Return the text in the note box."""
    found = re.search(r'<textarea name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return unescape(found[1])


async def test_saving_a_note_after_the_session_ended_leads_to_signing_in_and_back_to_the_text(console: Console) -> None:
    rae, path = await come_back(console, console.keep("one", [calm()]), query="?need=rest")
    page = (await rae.get(path)).text
    assert (path, box(page), "not saved yet" in page) == ("/conversations/1?need=rest#notes", NOTE, True)
    assert console.rows(notes) == []


@pytest.mark.parametrize("token", ["", "A" * 43], ids=["signed out in another window", "unknown session"])
async def test_the_text_is_still_there_however_the_session_ended(console: Console, token: str) -> None:
    console.member()
    answer = await Member(console, "", token).post(f"/conversations/{console.keep('one')}/note", {"text": NOTE})
    assert (answer.status_code, hidden_fields(answer.text)["unsaved_text"]) == (401, NOTE)


async def test_a_wrong_code_does_not_lose_the_text(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    console.clock.now += IDLE_SECONDS
    page = (await act(rae, number, "note", text=NOTE)).text
    refused = (await sign_in_with(console, page, code="000000")).text
    assert hidden_fields(refused) == hidden_fields(page)


async def test_identifiers_are_redacted_and_the_author_is_told(console: Console) -> None:
    link = "https" + "://example.org/somebody"
    rae, path = await come_back(console, console.keep("one", [calm()]), f"look at {link}")
    page = (await rae.get(path)).text
    assert (box(page), link in page, "was taken out" in page) == ("look at <link>", False, True)


async def test_a_saved_draft_is_forgotten(console: Console) -> None:
    number = console.keep("one", [calm()])
    rae, path = await come_back(console, number)
    await act(rae, number, "note", text=NOTE)
    assert box((await rae.get(path)).text) == ""
    assert [row.text for row in console.rows(notes)] == [NOTE]


async def test_a_draft_is_shown_only_to_its_author_and_in_its_conversation(console: Console) -> None:
    number, other = console.keep("one", [calm()]), console.keep("two", [calm()])
    rae, _ = await come_back(console, number)
    assert box((await console.member("roy").get(f"/conversations/{number}")).text) == ""
    assert box((await rae.get(f"/conversations/{other}")).text) == ""


async def test_a_draft_is_neither_in_the_notes_nor_in_the_audit_log(console: Console) -> None:
    await come_back(console, console.keep("one", [calm()]))
    assert NOTE not in str(console.rows(notes)) + str(console.rows(audit))


async def test_a_note_on_a_conversation_erased_meanwhile_is_shown_once(console: Console) -> None:
    rae, path = await come_back(console, console.keep("one", [calm()]))
    await console.store.erase(hashlib.sha256(b"one").hexdigest())
    first, second = [await rae.get(path) for _ in range(2)]
    assert (first.status_code, NOTE in first.text, "has been deleted" in first.text) == (404, True, True)
    assert (second.status_code, NOTE in second.text) == (404, False)


async def test_a_note_saved_after_the_conversation_was_erased_is_shown_too(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await console.store.erase(hashlib.sha256(b"one").hexdigest())
    answer = await rae.post(f"/conversations/{number}/note", {"text": NOTE})
    assert (answer.status_code, NOTE in answer.text, console.rows(notes), console.audited()) == (404, True, [], [])


async def test_the_text_is_still_there_after_setting_up_a_code(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    console.clock.now += IDLE_SECONDS
    page = (await act(rae, number, "note", text=NOTE)).text
    console.change_account("rae", totp_secret=None)
    answer = await sign_in_with(console, page, code="")
    console.change_account("rae", totp_secret=console.secrets["rae"])
    assert answer.headers["location"] == "/account/second-step"
    back = Member(console, "rae", answer.cookies[COOKIE])
    assert box((await back.get(f"/conversations/{number}")).text) == NOTE


@pytest.mark.parametrize("number", ["", "x", "9" * 30, "1/../../staff"])
async def test_a_form_without_a_valid_conversation_leads_to_the_first_page(console: Console, number: str) -> None:
    console.member()
    page = (await Member(console, "", "").post("/conversations/1/note", {"text": NOTE})).text
    assert (await sign_in_with(console, page, unsaved_number=number)).headers["location"] == "/queue"


async def test_a_query_with_line_breaks_adds_no_header(console: Console) -> None:
    console.member()
    page = (await Member(console, "", "").post("/conversations/1/note", {"text": NOTE})).text
    answer = await sign_in_with(console, page, unsaved_query="topic=a\r\nX-Evil: 1")
    assert "x-evil" not in answer.headers


async def test_other_forms_sent_after_the_session_has_ended_change_nothing(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    console.clock.now += IDLE_SECONDS
    answer = await act(rae, number, "review")
    assert (answer.status_code, "You are not signed in" in answer.text) == (401, True)


# Drafts in memory


def test_a_draft_is_forgotten_after_half_an_hour() -> None:
    clock = Clock()
    drafts = Drafts(clock)
    drafts.keep(1, 7, Redacted(NOTE, []))
    clock.now += KEPT_SECONDS - 1
    assert drafts.get(1, 7) is not None
    clock.now += 1
    assert drafts.get(1, 7) is None


def test_the_oldest_drafts_are_forgotten_when_there_are_too_many() -> None:
    drafts = Drafts(Clock())
    for number in range(MOST + 1):
        drafts.keep(1, number, Redacted(NOTE, []))
    assert [drafts.get(1, number) is not None for number in (0, 1, MOST)] == [False, True, True]


# When the session ends


async def test_each_page_says_when_the_session_ends(console: Console) -> None:
    page = (await console.member().get("/account")).text
    ends = re.search(r"signed out at (\d\d:\d\d) unless .* and at (\d\d:\d\d) in any case", page)
    assert ends is not None
    first, last = [int(time[:2]) * 60 + int(time[3:]) for time in ends.groups()]
    assert (last - first) % (24 * 60) == (LONGEST_SECONDS - IDLE_SECONDS) // 60


async def test_each_answer_says_how_long_the_session_lasts(console: Console) -> None:
    rae = console.member()
    console.clock.now += 600
    answer = await rae.get("/account/stay")
    assert answer.headers["session-ends-in"] == f"{IDLE_SECONDS} {LONGEST_SECONDS - 600}"


async def test_an_answer_without_a_session_has_no_such_header(console: Console) -> None:
    console.member()
    assert "session-ends-in" not in (await Member(console, "", "").get("/sign-in")).headers
