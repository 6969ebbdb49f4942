"""The procedure for danger, which leads write and transcripts show."""

import re
from typing import Any

import pytest
from console_client import Console, Member, turn
from conversing import calm

from bot.console.pages.procedure import MAX_LENGTH
from bot.store.schema import audit

# A fictitious number, from a range that Ofcom reserves for that purpose.
NUMBER = "01632 " + "960" + "123"
WORDS = f"Call Jessica Hale, the duty lead: {NUMBER}.\nAfter 6 pm, her deputy."
DANGER = turn("words of a person", "disclose_suicidal", urgency="immediate_danger")
HARM = turn("words of a person", "disclose_sextortion", urgency="active_harm")


@pytest.fixture
def lee(console: Console) -> Member:
    return console.member("lee", "lead")


async def write(lee: Member, text: str, was: "str | None" = None) -> Any:
    """Save a procedure with the current form, or with an outdated one that was based on `was`."""
    held = re.search(r'name="was" value="(\w+)"', (await lee.get("/procedure")).text)
    assert held is not None
    return await lee.post("/procedure", {"text": text, "was": held[1] if was is None else was})


async def test_names_and_numbers_of_staff_are_not_redacted(lee: Member) -> None:
    answer = await write(lee, WORDS)
    page = (await lee.get(answer.headers["location"])).text
    assert (WORDS in page, "Nothing is taken out of it" in page) == (True, True)


@pytest.mark.parametrize("said", [DANGER, HARM], ids=["danger", "harm"])
async def test_the_procedure_is_shown_with_danger_before_the_transcript_is_opened(
    console: Console, lee: Member, said: Any
) -> None:
    await write(lee, WORDS)
    page = (await console.member().get(f"/conversations/{console.keep('one', [said])}")).text
    assert (WORDS in page, "999" in page, "words of a person" in page) == (True, True, False)


async def test_a_calm_transcript_links_to_the_procedure(console: Console, lee: Member) -> None:
    await write(lee, WORDS)
    page = (await console.member().get(f"/conversations/{console.keep('one', [calm()])}")).text
    assert (NUMBER in page, '<a href="/procedure">your safeguarding procedure</a>' in page) == (False, True)


async def test_leads_are_asked_to_write_an_empty_procedure(console: Console, lee: Member) -> None:
    number = console.keep("one", [DANGER])
    pages = [(await member.get(f"/conversations/{number}")).text for member in (lee, console.member())]
    assert ["Write down the procedure" in page for page in pages] == [True, False]


async def test_reviewers_can_read_the_procedure_but_get_no_form(console: Console, lee: Member) -> None:
    await write(lee, WORDS)
    page = (await console.member().get("/procedure")).text
    assert (WORDS in page, "<textarea" in page) == (True, False)


async def test_a_change_is_logged_without_the_words(console: Console, lee: Member) -> None:
    await write(lee, WORDS)
    assert console.audited() == [("lee", "procedure", "")]
    assert "Jessica" not in str(console.rows(audit))


async def test_a_conflicting_change_shows_both_texts_and_overwrites_nothing(console: Console, lee: Member) -> None:
    before = re.search(r'name="was" value="(\w+)"', (await lee.get("/procedure")).text)
    assert before is not None
    await write(console.member("kit", "lead"), "theirs")
    answer = await write(lee, "mine", was=before[1])
    assert (answer.status_code, "theirs" in answer.text, ">mine</textarea>" in answer.text) == (409, True, True)
    assert "mine" not in (await lee.get("/procedure")).text
    assert (await write(lee, "mine")).status_code == 303


async def test_a_procedure_that_is_too_long_is_neither_saved_nor_lost(console: Console, lee: Member) -> None:
    answer = await write(lee, "x" * (MAX_LENGTH + 1))
    assert (answer.status_code, "x" * (MAX_LENGTH + 1) in answer.text, console.audited()) == (422, True, [])


async def test_html_and_control_characters_do_no_harm(lee: Member) -> None:
    await write(lee, "<b>call</b>\x00\r\nat once")
    assert "&lt;b&gt;call&lt;/b&gt;\nat once" in (await lee.get("/procedure")).text


async def test_the_procedure_can_be_emptied(lee: Member) -> None:
    await write(lee, WORDS)
    await write(lee, " ")
    assert "not written down here yet" in (await lee.get("/procedure")).text
