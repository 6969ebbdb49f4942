"""Reviewing a conversation: state, assignment, flags and notes, and two reviewers at once."""

import asyncio
import re
from typing import Any

import pytest
import sqlalchemy as sa
from console_client import Console
from conversing import act, calm, decide

from bot.console.pages.review import MAX_NOTE
from bot.store.schema import audit, flags, notes

# States


@pytest.mark.parametrize("state", ["new", "in_review"])
async def test_a_state_can_be_set_and_is_logged(console: Console, state: str) -> None:
    number = console.keep("one", [calm()])
    await act(console.member(), number, "state", state=state)
    assert (console.review(number).state, console.review(number).is_open) == (state, 1)
    assert console.details("state") == [{"state": state}]


async def test_a_calm_conversation_can_be_reviewed_in_one_step(console: Console) -> None:
    number = console.keep("one", [calm()])
    await decide(console.member(), number, "review")
    assert (console.review(number).state, console.review(number).is_open) == ("reviewed", 0)
    assert console.details("review") == [{}]


async def test_starting_a_review_assigns_a_conversation_that_nobody_holds(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "state", state="in_review")
    assert "Assigned to: you" in (await rae.get(f"/conversations/{number}")).text


async def test_marking_a_conversation_as_reviewed_assigns_it(console: Console) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    await act(console.member(), number, "take")
    await decide(lee, number, "review")
    assert console.review(number).staff_id == console.account("lee").id


async def test_a_reviewed_conversation_that_continues_is_reopened(console: Console) -> None:
    number = console.keep("one", [calm()])
    await decide(console.member(), number, "review")
    console.keep("one", [calm("one thing more")])
    assert (console.review(number).state, console.review(number).is_open) == ("new", 1)


@pytest.mark.parametrize("state", ["", "reviewed", "escalated", "unconfirmed", "done", "x" * 4000, "<b>"])
async def test_a_state_that_cannot_be_set_changes_nothing(console: Console, state: str) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, "state", state=state)).status_code == 422
    assert console.review(number).state == "new"


# Two reviewers at once


async def test_a_change_to_an_older_version_is_refused_with_what_changed(console: Console) -> None:
    number = console.keep("one", [calm()])
    rae, roy = console.member(), console.member("roy")
    page = (await rae.get(f"/conversations/{number}")).text
    saw = dict(re.findall(r'name="(version|saw_\w+)" value="([^"]*)"', page))
    await decide(roy, number, "outcome", outcome="escalated:police")
    answer = await rae.post(f"/conversations/{number}/review", saw)
    assert answer.status_code == 409
    assert "State: New → <b>Escalated</b>" in answer.text
    assert "Assigned to: none → <b>roy</b>" in answer.text
    assert "Last decision: none → <b>Escalated: the police</b>" in answer.text
    assert console.review(number).state == "escalated"


async def test_if_two_press_at_the_same_moment_one_is_refused(console: Console) -> None:
    number = console.keep("one", [calm()])
    rae, roy = console.member(), console.member("roy")
    both = await asyncio.gather(act(rae, number, "take"), act(roy, number, "take"))
    assert sorted(answer.status_code for answer in both) == [303, 409]


async def test_the_page_that_reports_a_conflict_can_make_the_change_after_all(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    refused = await act(rae, number, "state", version=0, state="in_review")
    fresh = re.findall(r'name="version" value="(\d+)"', refused.text)
    assert (await act(rae, number, "state", version=int(fresh[0]), state="in_review")).status_code == 303


async def test_the_page_that_reports_a_conflict_still_shows_the_transcript(console: Console) -> None:
    number = console.keep("one", [calm("words of a person")])
    assert "words of a person" in (await act(console.member(), number, "take", version=0)).text
    assert console.details("view") == [{"folded": False}]


async def test_the_page_that_reports_a_conflict_keeps_a_folded_transcript_folded(console: Console) -> None:
    number = console.keep("one", [calm("words of a person", urgency="active_harm")])
    assert "words of a person" not in (await act(console.member(), number, "take", version=0)).text
    assert console.details("view") == [{"folded": True}]


async def test_a_message_that_arrives_meanwhile_is_a_conflict_too(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    version = console.review(number).version
    console.keep("one", [calm("one thing more")])
    answer = await act(rae, number, "review", version=version)
    assert (answer.status_code, console.review(number).state) == (409, "new")


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "²", "9" * 30, "9" * 4000])
async def test_a_form_without_a_valid_version_changes_nothing(console: Console, version: str) -> None:
    number = console.keep("one", [calm()])
    form = {"version": version, "state": "in_review"}
    assert (await console.member().post(f"/conversations/{number}/state", form)).status_code == 409
    assert console.review(number).state == "new"


@pytest.mark.parametrize("what", ["take", "give-back", "assign", "flag", "unflag", "review", "confirm", "undo"])
async def test_every_change_except_a_note_needs_the_current_version(console: Console, what: str) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    lee_id = str(console.account("lee").id)
    answer = await act(lee, number, what, version=0, flag="technical", staff=lee_id)
    assert answer.status_code == 409
    assert console.audited() == [("lee", "view", str(number))]


@pytest.mark.parametrize(
    ("what", "form"),
    [("take", {}), ("flag", {"flag": "technical"}), ("note", {"text": "seen"}), ("state", {"state": "new"})],
)
async def test_every_change_makes_a_new_version(console: Console, what: str, form: "dict[str, str]") -> None:
    number = console.keep("one", [calm()])
    before = console.review(number).version
    await act(console.member(), number, what, **form)
    assert console.review(number).version == before + 1


# Assignment


async def test_a_reviewer_can_take_a_conversation_and_give_it_back(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "take")
    taken = console.review(number).staff_id
    await act(rae, number, "give-back")
    assert (taken is not None, console.review(number).staff_id) == (True, None)
    assert (console.details("take"), console.details("give_back")) == ([{"staff": "rae"}], [{"staff": ""}])


async def test_the_page_says_who_is_reviewing_before_somebody_else_takes_over(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "state", state="in_review")
    page = (await console.member().get(f"/conversations/{number}")).text
    assert "roy is reviewing it" in page
    assert "Take it over from roy" in page


async def test_a_reviewer_cannot_give_back_somebody_elses_conversation(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "take")
    assert (await act(console.member(), number, "give-back")).status_code == 403
    assert console.review(number).staff_id is not None


async def test_a_reviewer_cannot_assign_a_conversation_to_others(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    other = str(console.add_staff("roy", "reviewer"))
    assert (await act(rae, number, "assign", staff=other)).status_code == 403
    assert console.review(number).staff_id is None


async def test_a_lead_can_assign_a_conversation_to_anybody_who_may_read(console: Console) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    other = console.add_staff("roy", "reviewer")
    await act(lee, number, "assign", staff=str(other))
    assert console.review(number).staff_id == other
    assert console.details("assign") == [{"staff": "roy"}]


@pytest.mark.parametrize("chosen", ["", "0", "999", "x", "9" * 30])
async def test_a_conversation_cannot_be_assigned_to_an_unknown_account(console: Console, chosen: str) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    assert (await act(lee, number, "assign", staff=chosen)).status_code == 422


async def test_a_conversation_cannot_be_assigned_to_staff_who_may_not_read_or_have_left(console: Console) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    administrator, gone = console.add_staff("ann", "administrator"), console.add_staff("roy", "reviewer")
    console.change_account("roy", disabled_at=console.now)
    for chosen in (administrator, gone):
        assert (await act(lee, number, "assign", staff=str(chosen))).status_code == 422


# Flags


async def test_a_flag_stays_when_the_conversation_continues(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "flag", flag="content_gap")
    console.keep("one", [calm("one thing more")])
    assert [row.flag for row in console.rows(flags)] == ["content_gap"]
    assert console.details("flag") == [{"flag": "content_gap"}]


async def test_a_flag_set_twice_keeps_the_name_of_the_first_person_to_set_it(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "flag", flag="technical")
    await act(console.member(), number, "flag", flag="technical")
    roy = console.account("roy")
    assert [row.staff_id for row in console.rows(flags)] == [roy.id]


@pytest.mark.parametrize("what", ["flag", "unflag"])
@pytest.mark.parametrize("flag", ["", "mine", "x" * 4000, "<b>"])
async def test_an_unknown_flag_changes_nothing(console: Console, what: str, flag: str) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, what, flag=flag)).status_code == 422
    assert (console.rows(flags), console.details(what)) == ([], [])


async def test_only_its_author_or_a_lead_can_remove_a_flag(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "flag", flag="technical")
    refused = await act(console.member(), number, "unflag", flag="technical")
    assert (refused.status_code, "roy" in refused.text, len(console.rows(flags))) == (403, True, 1)
    await act(console.member("lee", "lead"), number, "unflag", flag="technical")
    assert console.rows(flags) == []


# Notes


async def test_a_note_is_redacted_before_it_is_stored_and_its_author_is_told(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    answer = await act(rae, number, "note", text="look at this: https" + "://example.org/somebody")
    assert [row.text for row in console.rows(notes)] == ["look at this: <link>"]
    assert "was taken out" in (await rae.get(answer.headers["location"])).text


async def test_a_note_is_saved_whatever_version_its_page_showed(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(console.member("roy"), number, "take")
    await act(rae, number, "note", version=0, text="the answer fits")
    assert "the answer fits" in (await rae.get(f"/conversations/{number}")).text


async def test_html_in_a_note_is_shown_as_text(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "note", text="<i>odd</i>")
    assert "&lt;i&gt;odd&lt;/i&gt;" in (await rae.get(f"/conversations/{number}")).text


async def test_a_note_that_is_too_long_is_neither_saved_nor_lost(console: Console) -> None:
    number, typed = console.keep("one", [calm()]), "word " * 400 + "end"
    answer = await act(console.member(), number, "note", text=typed)
    assert (answer.status_code, typed in answer.text, console.rows(notes)) == (422, True, [])


async def test_a_note_of_ten_thousand_characters_is_refused_with_an_explanation(console: Console) -> None:
    number = console.keep("one", [calm()])
    answer = await act(console.member(), number, "note", text="x" * 10_000)
    assert (answer.status_code, "too long" in answer.text, console.rows(notes)) == (413, True, [])


async def test_a_line_ending_counts_as_one_character(console: Console) -> None:
    number = console.keep("one", [calm()])
    answer = await act(console.member(), number, "note", text="a\r\n" * (MAX_NOTE // 2 - 1) + "a")
    assert answer.status_code == 303


@pytest.mark.parametrize("text", ["", " \r\n ", "\u200b\u200b"])
async def test_an_empty_note_is_not_saved(console: Console, text: str) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, "note", text=text)).status_code == 422
    assert console.rows(notes) == []


async def test_the_audit_log_contains_no_words_of_a_note_or_a_conversation(console: Console) -> None:
    number, rae = console.keep("one", [calm("words of a person")]), console.member()
    await act(rae, number, "note", text="words of staff")
    await rae.get(f"/conversations/{number}")
    assert "words" not in str(console.rows(audit))


async def test_the_next_conversation_is_looked_up_outside_the_write_transaction(console: Console) -> None:
    other, number = console.keep("one", [calm()]), console.keep("two", [calm()])
    held: "set[int]" = set()
    looked: "list[str]" = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement == "BEGIN IMMEDIATE":
            held.add(id(connection.connection.dbapi_connection))
        elif id(connection.connection.dbapi_connection) in held and "ORDER BY review.last_at" in statement:
            looked.append(statement)

    def let_go(connection: Any) -> None:
        held.discard(id(connection.connection.dbapi_connection))

    engine = console.database._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    sa.event.listen(engine, "commit", let_go)
    answer = await decide(console.member(), number, "review")
    assert (answer.headers["location"].partition("?")[0], looked) == (f"/conversations/{other}", [])


@pytest.mark.parametrize(("what", "status"), [("state", 409), ("note", 422)])
async def test_a_refused_form_that_shows_notes_is_logged_as_a_view(console: Console, what: str, status: int) -> None:
    number = console.keep("a")
    await console.member("lee").post(f"/conversations/{number}/note", {"text": "a note from before"})
    answer = await console.member().post(
        f"/conversations/{number}/{what}", {"state": "in_review", "version": "0", "text": ""}
    )
    assert (answer.status_code, "a note from before" in answer.text) == (status, True)
    row = console.rows(audit)[-1]
    assert (row.staff, row.action, row.subject) == ("rae", "view", str(number))
