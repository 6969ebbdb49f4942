"""Decisions about a conversation: reading it first, outcomes, the second person, undoing, and the leads' count."""

import asyncio
import hashlib
import re
from typing import Any

import pytest
from console_client import Console, Member
from conversing import DANGER, act, calm, decide, read

from bot.console.labels import LABELS
from bot.console.pages.review import MAX_DECISION_NOTE
from bot.console.pages.transcript import TURNS
from bot.store.decisions import OUTCOMES
from bot.store.schema import audit, decisions, openings

REVIEW, RECORD = "Mark as reviewed, go to next", "Record what was done, go to next"
AGREE = "I have read it and agree, go to next"
MISREAD = {"outcome": "not_escalated:misread"}


async def recorded(console: Console, name: str = "one", **form: str) -> "tuple[int, Member]":
    """A conversation about danger with an outcome recorded by rae, and rae."""
    number, rae = console.keep(name, [DANGER]), console.member()
    assert (await decide(rae, number, "outcome", **{**MISREAD, **form})).status_code == 303
    return number, rae


def state(console: Console, number: int) -> str:
    return str(console.review(number).state)


# Read first


@pytest.mark.parametrize(
    ("what", "form"),
    [("review", {}), ("outcome", MISREAD), ("confirm", {}), ("disagree", {"note": "it is danger"})],
)
async def test_nobody_can_decide_about_a_folded_transcript(console: Console, what: str, form: "dict[str, str]") -> None:
    number = console.keep("one", [DANGER])
    answer = await act(console.member(), number, what, **form)
    assert (answer.status_code, state(console, number), console.rows(decisions)) == (409, "new", [])
    assert "Open the transcript first" in answer.text
    assert f'action="/conversations/{number}/open"' in answer.text


async def test_nobody_can_mark_a_conversation_as_reviewed_without_viewing_it(console: Console) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, "review")).status_code == 409
    assert state(console, number) == "new"


async def test_the_buttons_appear_only_once_the_transcript_is_open(console: Console) -> None:
    number, rae = console.keep("one", [DANGER]), console.member()
    folded = (await rae.get(f"/conversations/{number}")).text
    assert (RECORD in folded, "Open the transcript</a> first" in folded) == (False, True)
    assert RECORD in (await read(rae, number)).text


async def test_a_transcript_opened_by_a_colleague_does_not_count(console: Console) -> None:
    number = console.keep("one", [DANGER])
    await read(console.member("roy"), number)
    assert (await act(console.member(), number, "outcome", **MISREAD)).status_code == 409


async def test_a_conversation_that_continued_has_to_be_viewed_again(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await read(rae, number)
    console.keep("one", [calm("one thing more")])
    assert (await act(rae, number, "review")).status_code == 409


async def test_a_transcript_opened_yesterday_has_to_be_opened_again(console: Console) -> None:
    number, rae = console.keep("one", [DANGER]), console.member()
    await read(rae, number)
    console.clock.now += 24 * 60 * 60
    rae = console.member()
    assert (await act(rae, number, "outcome", **MISREAD)).status_code == 409


async def test_the_page_that_announces_a_new_message_shows_it_and_can_decide(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await read(rae, number)
    version = console.review(number).version
    console.keep("one", [calm("one thing more")])
    refused = await act(rae, number, "review", version=version)
    assert (refused.status_code, "one thing more" in refused.text) == (409, True)
    assert (await act(rae, number, "review")).status_code == 303


async def test_a_long_conversation_has_to_be_read_to_its_last_page_in_order(console: Console) -> None:
    number, rae = console.keep("c", [calm("word")] * (2 * TURNS + 1)), console.member()
    for after, has_button in ((0, False), (2 * TURNS, False), (TURNS, False), (2 * TURNS, True)):
        page = (await rae.get(f"/conversations/{number}?after={after}")).text
        assert (REVIEW in page) == has_button


# Outcomes


async def test_danger_cannot_be_closed_without_an_outcome(console: Console) -> None:
    number, rae = console.keep("one", [DANGER]), console.member()
    answer = await decide(rae, number, "review")
    assert (answer.status_code, state(console, number), "Say what was done" in answer.text) == (422, "new", True)
    assert REVIEW not in answer.text


@pytest.mark.parametrize(
    "outcome",
    ["", "escalated", "escalated:", "escalated:mum", "reviewed:lead", "confirmed:", ":lead", "<b>", "x" * 4000],
)
async def test_an_unknown_outcome_changes_nothing(console: Console, outcome: str) -> None:
    number = console.keep("one", [DANGER])
    answer = await decide(console.member(), number, "outcome", outcome=outcome, note="half a sentence")
    assert (answer.status_code, state(console, number)) == (422, "new")
    assert "half a sentence</textarea>" in answer.text


@pytest.mark.parametrize(("kind", "after"), [("escalated", "escalated"), ("not_escalated", "unconfirmed")])
async def test_danger_with_an_outcome_stays_in_the_queue(console: Console, kind: str, after: str) -> None:
    number = console.keep("one", [DANGER])
    code = next(iter(LABELS[kind]))
    await decide(console.member(), number, "outcome", outcome=f"{kind}:{code}")
    assert (state(console, number), console.review(number).is_open) == (after, 1)
    assert console.details("outcome") == [{"outcome": kind, "code": code}]


async def test_the_page_shows_the_outcome_who_recorded_it_and_when(console: Console) -> None:
    number, _ = await recorded(console, outcome="escalated:police", note="rang the control room")
    page = (await read(console.member("lee", "lead"), number)).text
    decided = page[page.index("What was decided") :]
    for shown in ("Escalated: the police", "rang the control room", "rae, "):
        assert shown in decided


async def test_the_note_of_an_outcome_stays_hidden_while_the_transcript_is_folded(console: Console) -> None:
    number, _ = await recorded(console, note="a hard sentence")
    assert "a hard sentence" not in (await console.member("roy").get(f"/conversations/{number}")).text


async def test_the_note_of_an_outcome_is_redacted_and_not_in_the_audit_log(console: Console) -> None:
    await recorded(console, note="see https" + "://example.org/somebody")
    assert [row.note for row in console.rows(decisions)] == ["see <link>"]
    assert "see" not in str([row.detail for row in console.rows(audit)])


@pytest.mark.parametrize("kind", OUTCOMES)
async def test_choosing_other_as_body_or_reason_needs_a_note(console: Console, kind: str) -> None:
    number = console.keep("one", [DANGER])
    answer = await decide(console.member(), number, "outcome", outcome=f"{kind}:other", note=" ")
    assert (answer.status_code, state(console, number)) == (422, "new")
    assert f'value="{kind}:other" selected' in answer.text


async def test_a_note_that_is_too_long_is_not_lost(console: Console) -> None:
    number, typed = console.keep("one", [DANGER]), "word " * (MAX_DECISION_NOTE // 5) + "end"
    answer = await decide(console.member(), number, "outcome", **MISREAD, note=typed)
    assert (answer.status_code, typed in answer.text, state(console, number)) == (422, True, "new")


async def test_a_conversation_without_danger_can_be_escalated_too(console: Console) -> None:
    number = console.keep("one", [calm()])
    await decide(console.member(), number, "outcome", outcome="escalated:lead")
    assert state(console, number) == "escalated"


# A second person


@pytest.mark.parametrize("role", ["reviewer", "lead"])
async def test_anybody_else_who_has_read_it_can_confirm(console: Console, role: str) -> None:
    number, _ = await recorded(console)
    answer = await decide(console.member("sam", role), number, "confirm")
    assert (answer.status_code, state(console, number), console.review(number).is_open) == (303, "reviewed", 0)
    assert console.audited()[-1] == ("sam", "confirm", str(number))


async def test_nobody_can_confirm_their_own_outcome(console: Console) -> None:
    number, rae = await recorded(console)
    answer = await act(rae, number, "confirm")
    assert (answer.status_code, state(console, number)) == (403, "unconfirmed")
    assert AGREE not in answer.text


async def test_nobody_can_close_their_own_outcome_with_another_form(console: Console) -> None:
    number, rae = await recorded(console)
    for what, form in (("review", {}), ("outcome", MISREAD), ("state", {"state": "reviewed"})):
        assert (await act(rae, number, what, **form)).status_code >= 400
    assert state(console, number) == "unconfirmed"


async def test_a_changed_outcome_needs_a_second_person_too(console: Console) -> None:
    number, _ = await recorded(console)
    sam = console.member("sam")
    await decide(sam, number, "disagree", note="it is danger")
    await act(sam, number, "outcome", outcome="escalated:police")
    assert (await act(sam, number, "confirm")).status_code == 403


async def test_a_second_person_who_disagrees_sends_it_back_with_a_note(console: Console) -> None:
    number, rae = await recorded(console)
    await decide(console.member("lee", "lead"), number, "disagree", note="the police should know")
    page = (await read(rae, number)).text
    assert (state(console, number), console.review(number).staff_id) == ("in_review", console.account("rae").id)
    assert "the police should know" in page
    assert RECORD in page


async def test_disagreeing_needs_a_note(console: Console) -> None:
    number, _ = await recorded(console)
    answer = await decide(console.member("lee", "lead"), number, "disagree")
    assert (answer.status_code, state(console, number)) == (422, "unconfirmed")


async def test_nothing_can_be_confirmed_without_an_outcome(console: Console) -> None:
    number = console.keep("one", [DANGER])
    assert (await decide(console.member(), number, "confirm")).status_code == 409


async def test_if_two_leads_confirm_at_once_one_is_refused(console: Console) -> None:
    number, _ = await recorded(console)
    leads = [console.member(name, "lead") for name in ("lee", "liz")]
    for lead in leads:
        await read(lead, number)
    answers = await asyncio.gather(*(act(lead, number, "confirm") for lead in leads))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(console.details("confirm")) == 1


async def test_if_two_record_an_outcome_at_once_the_second_keeps_their_text(console: Console) -> None:
    number, rae, roy = console.keep("one", [DANGER]), console.member(), console.member("roy")
    for member in (rae, roy):
        await read(member, number)
    version = console.review(number).version
    await act(rae, number, "outcome", **MISREAD)
    refused = await act(roy, number, "outcome", version=version, outcome="escalated:police", note="rang them")
    assert (refused.status_code, "rang them" in refused.text) == (409, True)


async def test_a_new_message_reopens_the_review_and_the_outcome_stays_on_record(console: Console) -> None:
    number, _ = await recorded(console)
    console.keep("one", [DANGER])
    page = (await read(console.member("lee", "lead"), number)).text
    assert (state(console, number), AGREE in page, RECORD in page) == ("new", False, True)
    assert "Not escalated: nobody is in danger" in page


async def test_an_erased_conversation_cannot_be_confirmed_and_leaves_no_decisions(console: Console) -> None:
    number, _ = await recorded(console, note="a hard sentence")
    lee = console.member("lee", "lead")
    await read(lee, number)
    await console.store.erase(hashlib.sha256(b"one").hexdigest())
    answer = await lee.post(f"/conversations/{number}/confirm", {"version": "9"})
    assert answer.status_code == 404
    assert (console.rows(decisions), console.rows(openings)) == ([], [])


# Undoing


async def undo_form(member: Member, answer: Any) -> "tuple[str, dict[str, str]]":
    """The path and fields of the undo form on the page that follows a decision."""
    page = (await member.get(answer.headers["location"])).text
    form = re.search(
        r'action="(/conversations/\d+/undo[^"]*)">\s*<input type="hidden" name="version" value="(\d+)"', page
    )
    assert form is not None
    return form[1], {"version": form[2]}


@pytest.mark.parametrize("others", [[], ["two"]], ids=["the last of the queue", "with another behind it"])
async def test_a_review_can_be_undone_from_the_next_page(console: Console, others: "list[str]") -> None:
    for name in others:
        console.keep(name, [calm()])
    number, roy = console.keep("one", [calm()]), console.member("roy")
    await act(roy, number, "state", state="in_review")
    rae = console.member()
    answer = await rae.post(*await undo_form(rae, await decide(rae, number, "review")))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/conversations/{number}?done=undone")
    assert (state(console, number), console.review(number).staff_id) == ("in_review", console.account("roy").id)
    assert console.audited()[-1] == ("rae", "undo", str(number))


async def test_an_undone_outcome_needs_no_second_person_and_stays_on_record(console: Console) -> None:
    number, rae = console.keep("one", [DANGER]), console.member()
    await rae.post(*await undo_form(rae, await decide(rae, number, "outcome", **MISREAD, note="a hard sentence")))
    page = (await rae.get(f"/conversations/{number}")).text
    assert (state(console, number), RECORD in page, "a hard sentence" in page) == ("new", True, True)
    assert "(undone)" in page


async def test_an_outcome_needs_a_second_person_again_when_its_confirmation_is_undone(console: Console) -> None:
    number, _ = await recorded(console)
    sam = console.member("sam")
    await sam.post(*await undo_form(sam, await decide(sam, number, "confirm")))
    assert (state(console, number), AGREE in (await sam.get(f"/conversations/{number}")).text) == ("unconfirmed", True)


async def test_a_decision_cannot_be_undone_after_a_later_change(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    form = await undo_form(rae, await decide(rae, number, "review"))
    await act(console.member("roy"), number, "note", text="seen")
    answer = await rae.post(*form)
    assert (answer.status_code, state(console, number)) == (409, "reviewed")
    assert "/undo" not in (await rae.get("/queue?done=decided")).text


async def test_nobody_can_undo_somebody_elses_decision(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    path, form = await undo_form(rae, await decide(rae, number, "review"))
    assert (await console.member("roy").post(path, form)).status_code == 409
    assert state(console, number) == "reviewed"


async def test_a_decision_can_be_undone_only_once(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    form = await undo_form(rae, await decide(rae, number, "review"))
    answers = [await rae.post(*form) for _ in range(2)]
    assert ([answer.status_code for answer in answers], state(console, number)) == ([303, 409], "new")


async def test_holding_a_key_down_decides_once_and_leads_to_the_same_page(console: Console) -> None:
    other, number, rae = console.keep("two", [DANGER]), console.keep("one", [DANGER]), console.member()
    await read(rae, number)
    version = console.review(number).version
    answers = await asyncio.gather(*(act(rae, number, "outcome", version=version, **MISREAD) for _ in range(4)))
    landed = {(answer.status_code, answer.headers["location"]) for answer in answers}
    assert landed == {(303, f"/conversations/{other}?done=decided")}
    assert (len(console.rows(decisions)), len(console.details("outcome")), state(console, other)) == (1, 1, "new")


# The leads' count


async def test_a_lead_sees_how_many_are_escalated_and_opens_them(console: Console) -> None:
    number, _ = await recorded(console, outcome="escalated:lead")
    console.keep("two", [DANGER])
    lee = console.member("lee", "lead")
    page = (await lee.get("/facts")).text
    assert '<a href="/queue?state=escalated">Escalated <span class="count">1</span></a>' in page
    listed = (await lee.get("/queue?state=escalated")).text
    assert re.findall(r'href="/conversations/(\d+)', listed) == [str(number)]


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
async def test_other_roles_do_not_have_this_menu_entry(console: Console, role: str) -> None:
    page = (await console.member("ann", role).get("/account")).text
    assert "state=escalated" not in page
