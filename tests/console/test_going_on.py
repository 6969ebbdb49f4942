"""What staff see of a conversation in progress, which they cannot read until it has been quiet for a while."""

from datetime import datetime, timezone
from typing import Any

import pytest
from console_client import Console, turn
from conversing import act, read

from bot.store.quiet import QUIET_SECONDS
from bot.store.schema import complaints, conversations

WORDS = "a zebra fish was here"
GOING_ON = "This conversation is still going on"


def write(console: Console, name: str = "writer", **values: Any) -> int:
    """Store a message that has just been written."""
    return console.keep(name, [turn(WORDS, **values)], at=console.now)


def in_danger(console: Console) -> int:
    return write(console, "in danger", intent="disclose_suicidal")


def days(console: Console) -> str:
    day = datetime.fromtimestamp(console.now, timezone.utc).date()
    return f"from={day}&to={day}"


async def pages(console: Console, number: int) -> "dict[str, str]":
    """Every page that might show a lead any part of a conversation, by path."""
    lead = console.member("lea", "lead")
    await lead.post(f"/conversations/{number}/open")
    asked = (
        "/queue",
        "/queue?state=all",
        "/queue?q=zebra",
        f"/conversations/{number}",
        f"/corrections/new?number={number}&turn=1",
        f"/corrections/conversations/new?number={number}&turn=1",
        f"/export/transcripts?{days(console)}",
        f"/export/figures?{days(console)}",
        f"/figures?{days(console)}",
        f"/keeping/erase?number={number}",
    )
    return {path: (await lead.get(path)).text for path in asked}


async def test_no_page_shows_a_word_of_a_conversation_that_goes_on(console: Console) -> None:
    number = write(console)
    shown = await pages(console, number)
    assert [path for path, text in shown.items() if "zebra fish" in text.replace("q=zebra", "")] == []


async def test_a_conversation_in_progress_is_in_no_list(console: Console) -> None:
    number = write(console)
    shown = await pages(console, number)
    assert [
        path for path in ("/queue", "/queue?state=all", "/queue?q=zebra") if f"/conversations/{number}" in shown[path]
    ] == []


async def test_its_page_says_when_it_can_be_read(console: Console) -> None:
    page = await console.member().get(f"/conversations/{write(console)}")
    assert (page.status_code, GOING_ON in page.text, "15 minutes after its last message" in page.text) == (
        200,
        True,
        True,
    )


async def test_a_conversation_that_has_been_quiet_can_be_read(console: Console) -> None:
    number = write(console)
    console.clock.now += QUIET_SECONDS - 1
    assert WORDS not in (await console.member().get(f"/conversations/{number}")).text
    console.clock.now += 1
    page = (await console.member().get(f"/conversations/{number}")).text
    assert WORDS in page


async def test_a_message_that_comes_later_makes_it_unreadable_again(console: Console) -> None:
    number = write(console)
    console.clock.now += QUIET_SECONDS
    rae = console.member()
    assert WORDS in (await rae.get(f"/conversations/{number}")).text
    write(console)
    assert WORDS not in (await rae.get(f"/conversations/{number}")).text


async def test_a_conversation_that_was_closed_can_be_read_at_once(console: Console) -> None:
    number = write(console)
    console.database.write_now(lambda c: c.execute(conversations.update().values(is_closed=1)))
    assert WORDS in (await console.member().get(f"/conversations/{number}")).text


async def test_danger_is_listed_at_once_with_its_topic_and_when_it_began(console: Console) -> None:
    number = in_danger(console)
    page = (await console.member().get("/queue")).text
    assert f"/conversations/{number}" in page
    assert "still going on" in page
    assert "began" in page


async def test_the_page_of_a_conversation_in_danger_shows_none_of_its_words(console: Console) -> None:
    number = in_danger(console)
    page = (await read(console.member(), number)).text
    assert GOING_ON in page
    assert "Began" in page
    assert WORDS not in page


@pytest.mark.parametrize("filters", ["q=zebra", "asker=unknown", "language=en", "model=aaaa1111"])
async def test_a_filter_that_would_reveal_something_does_not_match(console: Console, filters: str) -> None:
    number = in_danger(console)
    page = (await console.member().get(f"/queue?{filters}")).text
    assert f"/conversations/{number}" not in page


async def test_viewing_a_conversation_in_progress_is_logged(console: Console) -> None:
    number = write(console)
    await console.member().get(f"/conversations/{number}")
    assert console.details("view") == [{"going_on": True}]


@pytest.mark.parametrize("what", ["state", "review", "outcome", "confirm", "take", "flag"])
async def test_no_form_changes_or_shows_a_conversation_in_progress(console: Console, what: str) -> None:
    number = write(console)
    form = {"state": "in_review", "outcome": "escalated:lead", "flag": "misread"}
    before = console.review(number)
    answer = await act(console.member(), number, what, **form)
    assert WORDS not in answer.text
    assert console.review(number) == before


async def test_a_note_can_still_be_saved(console: Console) -> None:
    number = write(console)
    answer = await act(console.member(), number, "note", text="the school was told")
    assert answer.status_code == 303


async def test_a_refused_form_keeps_its_text(console: Console) -> None:
    number = write(console)
    answer = await act(console.member(), number, "outcome", outcome="escalated:lead", note="told the lead")
    assert answer.status_code == 409
    assert "told the lead" in answer.text


async def test_a_correction_is_refused_but_keeps_its_text(console: Console) -> None:
    number = write(console)
    form = {"number": str(number), "turn": "1", "intent": "ask_grooming", "example": "another way to say it"}
    answer = await console.member().post("/corrections", form)
    assert (answer.status_code, GOING_ON in answer.text) == (409, True)
    assert "another way to say it" in answer.text


async def test_a_conversation_is_counted_in_the_figures_once_it_is_quiet(console: Console) -> None:
    lead = console.member("lea", "lead")
    for number in range(9):
        write(console, f"writer {number}")
    assert "Nobody wrote" in (await lead.get(f"/figures?{days(console)}")).text
    console.clock.now += QUIET_SECONDS
    assert "9 conversations" in (await console.member("lea").get(f"/figures?{days(console)}")).text


async def test_a_report_from_a_conversation_in_progress_is_not_linked_yet(console: Console) -> None:
    number = write(console)
    row = {"at": console.now, "what": "no_help", "conversation_id": console.review(number).conversation_id}
    console.database.write_now(lambda c: c.execute(complaints.insert(), row))
    lead = console.member("lea", "lead")
    assert f"/conversations/{number}" not in (await lead.get("/complaints")).text
    console.clock.now += QUIET_SECONDS
    assert f"/conversations/{number}" in (await console.member("lea").get("/complaints")).text
