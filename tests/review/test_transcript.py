"""What the page of a conversation shows, and what staff do with it."""

import asyncio
import hashlib
import json
import re
from typing import Any, Dict, Optional

import pytest
from staffed import Console, Member, turn

from bot.review.pages.handling import MOST_NOTE
from bot.review.pages.transcript import pieces
from bot.store import staff, transcripts
from bot.store.schema import audit, flags, notes, reviews
from bot.store.staff import named

CALM = "ask_grooming"


def calm(text: str = "what is grooming", **values: Any) -> Dict[str, Any]:
    """A turn that nobody needs to be looked after for."""
    return turn(text, CALM, **{"urgency": "none", **values})


def review(console: Console, number: int) -> Any:
    return next(row for row in console.rows(reviews) if row.number == number)


async def act(
    member: Member, number: int, what: str, version: Optional[int] = None, query: str = "", **form: str
) -> Any:
    """Send one of the page's forms, of the present version unless another is given."""
    present = review(member.console, number).version
    sent = {"version": str(present if version is None else version), **form}
    return await member.post(f"/conversations/{number}/{what}{query}", sent)


def details(console: Console, action: str) -> Any:
    """What the audit log says of each time that something was done."""
    return [json.loads(row.detail) for row in console.rows(audit) if row.action == action]


# What is shown


async def test_html_in_a_text_is_shown_as_text(console: Console) -> None:
    number = console.keep("one", [calm("<script>alert(1)</script> <b>hi</b>")])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;hi&lt;/b&gt;" in page
    assert "<script>alert" not in page


async def test_what_was_taken_out_is_marked_by_its_kind(console: Console) -> None:
    number = console.keep("one", [calm("it is <name>", removed=["name"])])
    assert '<span class="kind">name</span>' in (await console.member().get(f"/conversations/{number}")).text


def test_what_somebody_put_in_angle_brackets_themselves_is_text() -> None:
    assert pieces("<name> and <link>", ["link"]) == [("<name> and ", False), ("link", True)]


async def test_the_intent_is_shown_with_its_meaning_its_confidence_and_the_runner_up(console: Console) -> None:
    said = calm(confidence=0.83, runner_up="suspect_grooming", runner_up_confidence=0.12)
    page = (await console.member().get(f"/conversations/{console.keep('one', [said])}")).text
    for shown in ("ask_grooming", "Wants to know what grooming is", "83%", "suspect_grooming", "12%"):
        assert shown in page


async def test_what_was_not_understood_is_shown_as_such(console: Console) -> None:
    number = console.keep("one", [calm("asdf", confidence=0.2)])
    console.keep("one", [turn("asdf qwer", "nlu_fallback", runner_up=None, runner_up_confidence=None)])
    assert "It did not understand" in (await console.member().get(f"/conversations/{number}")).text


async def test_services_are_shown_by_name_with_the_rule_that_chose_them(console: Console) -> None:
    number = console.keep("one", [calm(replies=[{"kind": "service", "id": "childline", "rule": "rule_seven"}])])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert "Childline" in page
    assert "rule_seven" in page


@pytest.mark.parametrize(
    "reply",
    [
        {"kind": "guidance", "title": "Shown here", "topic": "sextortion"},
        {"kind": "text", "text": "Shown here"},
        {"kind": "comparison", "id": "park", "question": "Shown here"},
        {"kind": "choices", "prompt": "Shown here"},
        {"kind": "of another version", "text": "Shown here"},
        {"kind": "service", "id": "Shown here", "rule": "gone"},
    ],
)
async def test_each_kind_of_answer_is_shown(console: Console, reply: "dict[str, str]") -> None:
    number = console.keep("one", [calm(replies=[reply])])
    assert "Shown here" in (await console.member().get(f"/conversations/{number}")).text


async def test_the_opening_of_the_chat_is_no_message_to_correct(console: Console) -> None:
    number = console.keep("one", [turn("", "start_conversation"), calm()])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert re.findall(r'"/corrections/new\?number=\d+&amp;turn=(\d+)"', page) == ["2"]


async def test_a_topic_and_a_reading_that_content_describes_no_more_are_named(console: Console) -> None:
    number = console.keep("one", [calm()])
    gone = {"topic": "an_old_topic", "asker": "somebody_else", "language": "xx"}
    console.database.write_now(lambda c: c.execute(reviews.update().values(**gone)))
    answer = await console.member().get(f"/conversations/{number}")
    assert (answer.status_code, "an_old_topic" in answer.text) == (200, True)


# What is not there


@pytest.mark.parametrize("number", ["0", "-1", "7", "9223372036854775807", "9223372036854775808", "9" * 400])
async def test_a_conversation_that_is_not_there_is_not_found(console: Console, number: str) -> None:
    answer = await console.member().get(f"/conversations/{number}")
    assert (answer.status_code, "Nothing is here" in answer.text) == (404, True)


@pytest.mark.parametrize("number", ["x", "1.5", "1e3", "%00", "1'--"])
async def test_what_is_no_number_is_not_found(console: Console, number: str) -> None:
    console.keep("one", [calm()])
    assert (await console.member().get(f"/conversations/{number}")).status_code == 404


@pytest.mark.parametrize("what", ["open", "state", "take", "give-back", "flag", "unflag", "note"])
async def test_nothing_can_be_done_with_a_conversation_that_is_not_there(console: Console, what: str) -> None:
    rae = console.member()
    for number in (7, 2**63):
        form = {"version": "1", "state": "reviewed", "flag": "urgent", "text": "a note"}
        assert (await rae.post(f"/conversations/{number}/{what}", form)).status_code == 404
    assert console.audited() == []


async def test_an_erased_conversation_cannot_be_seen(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "note", text="looked at it")
    await console.store.erase(hashlib.sha256(b"one").hexdigest())
    assert (await rae.get(f"/conversations/{number}")).status_code == 404
    assert console.rows(notes) == []


async def test_a_filter_that_there_is_not_is_explained(console: Console) -> None:
    number = console.keep("one", [calm()])
    assert (await console.member().get(f"/conversations/{number}?topic=nonsense")).status_code == 422


# Who looked


async def test_each_look_is_written_down(console: Console) -> None:
    number = console.keep("one", [calm()])
    await console.member().get(f"/conversations/{number}")
    assert console.audited() == [("rae", "view", str(number))]


async def test_a_look_at_what_is_not_there_is_not_written_down(console: Console) -> None:
    await console.member().get("/conversations/7")
    assert console.audited() == []


async def test_an_administrator_reads_no_conversation(console: Console) -> None:
    number = console.keep("one", [calm("words of a person")])
    answer = await console.member("ann", "administrator").get(f"/conversations/{number}")
    assert (answer.status_code, "words of a person" in answer.text) == (403, False)


# Through the queue


async def test_previous_and_next_are_those_of_the_same_queue(console: Console) -> None:
    for name, intent in (("a", CALM), ("b", "thank"), ("c", CALM), ("d", CALM)):
        console.keep(name, [turn("x", intent, urgency="none")])
    page = (await console.member().get("/conversations/3?topic=grooming_signs")).text
    assert re.search(r'href="/conversations/4\?topic=grooming_signs" rel="prev" accesskey="p"', page)
    assert re.search(r'href="/conversations/1\?topic=grooming_signs" rel="next" accesskey="n"', page)
    assert 'href="/queue?topic=grooming_signs"' in page


async def test_reviewed_leads_to_the_next_of_the_queue(console: Console) -> None:
    for name in "abc":
        console.keep(name, [calm()])
    answer = await act(console.member(), 2, "state", query="?topic=grooming_signs", state="reviewed")
    assert answer.headers["location"] == "/conversations/1?done=reviewed&topic=grooming_signs"


async def test_the_last_of_the_queue_leads_back_to_it(console: Console) -> None:
    number = console.keep("one", [calm()])
    answer = await act(console.member(), number, "state", state="reviewed")
    assert answer.headers["location"] == "/queue?done=reviewed"
    assert "That was the last" in (await console.member().get("/queue?done=reviewed")).text


async def test_the_last_flag_of_the_queue_of_a_flag_can_be_taken_off(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "flag", flag="urgent")
    answer = await act(rae, number, "unflag", query="?flag=urgent", flag="urgent")
    for page in (answer.headers["location"], "/queue?flag=urgent"):
        assert (await rae.get(page)).status_code == 200


# States


@pytest.mark.parametrize(("state", "is_open"), [("new", 1), ("in_review", 1), ("escalated", 1), ("reviewed", 0)])
async def test_a_state_is_set_and_written_down(console: Console, state: str, is_open: int) -> None:
    number = console.keep("one", [calm()])
    await act(console.member(), number, "state", state=state)
    assert (review(console, number).state, review(console, number).is_open) == (state, is_open)
    assert details(console, "state") == [{"state": state}]


async def test_who_begins_to_review_what_nobody_has_takes_it(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "state", state="in_review")
    assert "Who has it: you" in (await rae.get(f"/conversations/{number}")).text


async def test_who_reviewed_it_has_it(console: Console) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    await act(console.member(), number, "take")
    await act(lee, number, "state", state="reviewed")
    assert review(console, number).staff_id == console.database.read_now(lambda c: named(c, "lee")).id


async def test_a_reviewed_conversation_that_goes_on_is_open_again(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member(), number, "state", state="reviewed")
    console.keep("one", [calm("one thing more")])
    assert (review(console, number).state, review(console, number).is_open) == ("new", 1)


@pytest.mark.parametrize("state", ["", "done", "x" * 4000, "<b>"])
async def test_a_state_that_there_is_not_changes_nothing(console: Console, state: str) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, "state", state=state)).status_code == 422
    assert review(console, number).state == "new"


# Two at once


async def test_who_changes_an_older_version_is_told_what_changed_and_changes_nothing(console: Console) -> None:
    number = console.keep("one", [calm()])
    rae, roy = console.member(), console.member("roy")
    page = (await rae.get(f"/conversations/{number}")).text
    saw = dict(re.findall(r'name="(version|saw_\w+)" value="([^"]*)"', page))
    await act(roy, number, "state", state="escalated")
    await act(roy, number, "take")
    answer = await rae.post(f"/conversations/{number}/state", {**saw, "state": "reviewed"})
    assert answer.status_code == 409
    assert "State: New → <b>Escalated</b>" in answer.text
    assert "Who has it: none → <b>roy</b>" in answer.text
    assert review(console, number).state == "escalated"


async def test_of_two_who_press_at_the_same_moment_one_is_told(console: Console) -> None:
    number = console.keep("one", [calm()])
    rae, roy = console.member(), console.member("roy")
    both = await asyncio.gather(act(rae, number, "take"), act(roy, number, "take"))
    assert sorted(answer.status_code for answer in both) == [303, 409]


async def test_the_page_that_tells_of_a_change_can_make_it_after_all(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    refused = await act(rae, number, "state", version=0, state="escalated")
    fresh = re.findall(r'name="version" value="(\d+)"', refused.text)
    assert (await act(rae, number, "state", version=int(fresh[0]), state="escalated")).status_code == 303


async def test_the_page_that_tells_of_a_change_shows_no_words_of_the_conversation(console: Console) -> None:
    number = console.keep("one", [calm("words of a person")])
    assert "words of a person" not in (await act(console.member(), number, "take", version=0)).text


async def test_a_message_that_came_meanwhile_is_a_change_too(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    version = review(console, number).version
    console.keep("one", [calm("one thing more")])
    assert (await act(rae, number, "state", version=version, state="reviewed")).status_code == 409


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "²", "9" * 30, "9" * 4000])
async def test_a_form_without_a_version_changes_nothing(console: Console, version: str) -> None:
    number = console.keep("one", [calm()])
    form = {"version": version, "state": "reviewed"}
    assert (await console.member().post(f"/conversations/{number}/state", form)).status_code == 409
    assert review(console, number).state == "new"


@pytest.mark.parametrize("what", ["take", "give-back", "assign", "flag", "unflag"])
async def test_every_change_but_a_note_needs_the_present_version(console: Console, what: str) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    lee_id = str(console.database.read_now(lambda c: named(c, "lee")).id)
    answer = await act(lee, number, what, version=0, flag="urgent", staff=lee_id)
    assert answer.status_code == 409
    assert console.audited() == []


@pytest.mark.parametrize(
    ("what", "form"),
    [("take", {}), ("flag", {"flag": "urgent"}), ("note", {"text": "seen"}), ("state", {"state": "new"})],
)
async def test_every_change_makes_a_newer_version(console: Console, what: str, form: "dict[str, str]") -> None:
    number = console.keep("one", [calm()])
    before = review(console, number).version
    await act(console.member(), number, what, **form)
    assert review(console, number).version == before + 1


# Who has it


async def test_a_reviewer_takes_a_conversation_and_gives_it_back(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "take")
    taken = review(console, number).staff_id
    await act(rae, number, "give-back")
    assert (taken is not None, review(console, number).staff_id) == (True, None)
    assert (details(console, "take"), details(console, "give_back")) == ([{"staff": "rae"}], [{"staff": ""}])


async def test_whoever_takes_what_somebody_has_in_review_is_told_who_has_it(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "state", state="in_review")
    page = (await console.member().get(f"/conversations/{number}")).text
    assert "roy is reviewing it" in page
    assert "Take it over from roy" in page


async def test_a_reviewer_cannot_give_back_what_somebody_else_has(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "take")
    assert (await act(console.member(), number, "give-back")).status_code == 403
    assert review(console, number).staff_id is not None


async def test_a_reviewer_cannot_give_a_conversation_to_others(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    other = str(console.add_staff("roy", "reviewer"))
    assert (await act(rae, number, "assign", staff=other)).status_code == 403
    assert review(console, number).staff_id is None


async def test_a_lead_gives_a_conversation_to_anybody_who_reads(console: Console) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    other = console.add_staff("roy", "reviewer")
    await act(lee, number, "assign", staff=str(other))
    assert review(console, number).staff_id == other
    assert details(console, "assign") == [{"staff": "roy"}]


@pytest.mark.parametrize("chosen", ["", "0", "999", "x", "9" * 30])
async def test_a_conversation_cannot_be_given_to_nobody_known(console: Console, chosen: str) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    assert (await act(lee, number, "assign", staff=chosen)).status_code == 422


async def test_a_conversation_cannot_be_given_to_who_reads_none_or_has_left(console: Console) -> None:
    number, lee = console.keep("one", [calm()]), console.member("lee", "lead")
    administrator, gone = console.add_staff("ann", "administrator"), console.add_staff("roy", "reviewer")
    console.database.write_now(lambda c: staff.change(c, gone, disabled_at=console.now))
    for chosen in (administrator, gone):
        assert (await act(lee, number, "assign", staff=str(chosen))).status_code == 422


# Flags


async def test_a_flag_is_set_and_stays_when_the_conversation_goes_on(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "flag", flag="content_gap")
    console.keep("one", [calm("one thing more")])
    assert [row.flag for row in console.rows(flags)] == ["content_gap"]
    assert details(console, "flag") == [{"flag": "content_gap"}]


async def test_a_flag_that_is_set_twice_stays_with_who_set_it_first(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "flag", flag="urgent")
    await act(console.member(), number, "flag", flag="urgent")
    roy = console.database.read_now(lambda c: named(c, "roy"))
    assert [row.staff_id for row in console.rows(flags)] == [roy.id]


@pytest.mark.parametrize("what", ["flag", "unflag"])
@pytest.mark.parametrize("flag", ["", "mine", "x" * 4000, "<b>"])
async def test_a_flag_that_there_is_not_changes_nothing(console: Console, what: str, flag: str) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, what, flag=flag)).status_code == 422
    assert (console.rows(flags), console.audited()) == ([], [])


async def test_only_who_set_a_flag_or_a_lead_takes_it_off(console: Console) -> None:
    number = console.keep("one", [calm()])
    await act(console.member("roy"), number, "flag", flag="urgent")
    refused = await act(console.member(), number, "unflag", flag="urgent")
    assert (refused.status_code, "roy" in refused.text, len(console.rows(flags))) == (403, True, 1)
    await act(console.member("lee", "lead"), number, "unflag", flag="urgent")
    assert console.rows(flags) == []


# Notes


async def test_a_note_is_redacted_before_it_is_kept_and_its_writer_is_told(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    answer = await act(rae, number, "note", text="look at this: https" + "://example.org/somebody")
    assert [row.text for row in console.rows(notes)] == ["look at this: <link>"]
    assert "was taken out" in (await rae.get(answer.headers["location"])).text


async def test_a_note_is_kept_whatever_version_its_page_showed(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(console.member("roy"), number, "take")
    await act(rae, number, "note", version=0, text="the answer fits")
    assert "the answer fits" in (await rae.get(f"/conversations/{number}")).text


async def test_html_in_a_note_is_shown_as_text(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "note", text="<i>odd</i>")
    assert "&lt;i&gt;odd&lt;/i&gt;" in (await rae.get(f"/conversations/{number}")).text


async def test_a_note_that_is_too_long_is_not_kept_and_not_lost(console: Console) -> None:
    number, typed = console.keep("one", [calm()]), "word " * 400 + "end"
    answer = await act(console.member(), number, "note", text=typed)
    assert (answer.status_code, typed in answer.text, console.rows(notes)) == (422, True, [])


async def test_a_note_of_ten_thousand_characters_is_refused_in_plain_words(console: Console) -> None:
    number = console.keep("one", [calm()])
    answer = await act(console.member(), number, "note", text="x" * 10_000)
    assert (answer.status_code, "too long" in answer.text, console.rows(notes)) == (413, True, [])


async def test_the_end_of_a_line_counts_as_one_character(console: Console) -> None:
    number = console.keep("one", [calm()])
    answer = await act(console.member(), number, "note", text="a\r\n" * (MOST_NOTE // 2 - 1) + "a")
    assert answer.status_code == 303


@pytest.mark.parametrize("text", ["", " \r\n ", "\u200b\u200b"])
async def test_a_note_of_nothing_is_not_kept(console: Console, text: str) -> None:
    number = console.keep("one", [calm()])
    assert (await act(console.member(), number, "note", text=text)).status_code == 422
    assert console.rows(notes) == []


async def test_the_audit_log_holds_no_words_of_a_note_or_a_conversation(console: Console) -> None:
    number, rae = console.keep("one", [calm("words of a person")]), console.member()
    await act(rae, number, "note", text="words of staff")
    await rae.get(f"/conversations/{number}")
    assert "words" not in str(console.rows(audit))


# What htmx is sent


async def test_a_refusal_is_sent_so_that_htmx_shows_it_as_a_page(console: Console) -> None:
    answer = await console.member().get("/conversations/7", **{"HX-Request": "true"})
    assert answer.headers["hx-retarget"] == answer.headers["hx-reselect"] == "main"


# The store


def test_a_change_to_a_conversation_that_is_gone_is_stale(console: Console) -> None:
    for change in (
        lambda c: transcripts.set_state(c, 7, 1, "reviewed", 1),
        lambda c: transcripts.assign(c, 7, 1, None),
        lambda c: transcripts.set_flag(c, 7, 1, "urgent", 1, 0),
    ):
        with pytest.raises(transcripts.StaleError):
            console.database.write_now(change)
