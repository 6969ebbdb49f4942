"""Looking after staff: folded transcripts, the daily count, suggested breaks, and the load page for leads."""

import re
from typing import Any

import pytest
from console_client import Console, turn

from bot.store.schema import audit, exposures

HARM = turn("words of a person", "disclose_sextortion", urgency="active_harm")
DANGER = turn("words of a person", "disclose_suicidal", urgency="immediate_danger")
CALM = turn("what is grooming", "ask_grooming", urgency="none")
DAY = 24 * 60 * 60


async def open_some(console: Console, member: Any, count: int, name: str = "hard") -> int:
    """Open `count` distressing transcripts, and return the number of another one that is still folded."""
    for place in range(count):
        await member.post(f"/conversations/{console.keep(f'{name}{place}', [HARM])}/open")
    return console.keep(f"{name} next", [HARM])


def row_of(page: str, name: str) -> "list[str]":
    """The numbers in a member's row on the load page."""
    row = re.search(rf'<th scope="row">{name}</th>.*?</tr>', page, re.DOTALL)
    assert row is not None
    return re.findall(r'<td class="number">(\d+)</td>', row.group())


# Folded transcripts


@pytest.mark.parametrize("said", [HARM, DANGER], ids=["harm", "danger"])
async def test_a_folded_page_contains_no_words_of_the_writer(console: Console, said: Any) -> None:
    page = (await console.member().get(f"/conversations/{console.keep('one', [said])}")).text
    assert "Open the transcript" in page
    assert "words of a person" not in page


async def test_a_folded_page_shows_the_kind_and_length_of_the_conversation(console: Console) -> None:
    page = (await console.member().get(f"/conversations/{console.keep('one', [HARM, HARM])}")).text
    for shown in ("threatened or blackmailed over images", "Harm has happened or is happening", "2 messages"):
        assert shown in page


async def test_a_folded_page_contains_no_words_of_notes_but_says_that_there_are_some(console: Console) -> None:
    number, rae = console.keep("one", [HARM]), console.member()
    await rae.post(f"/conversations/{number}/note", {"text": "a hard sentence"})
    page = (await rae.get(f"/conversations/{number}")).text
    assert ("a hard sentence" in page, "1 note, shown once" in page) == (False, True)


async def test_a_calm_transcript_is_not_folded(console: Console) -> None:
    page = (await console.member().get(f"/conversations/{console.keep('one', [CALM])}")).text
    assert "what is grooming" in page


async def test_an_opened_transcript_stays_open_for_the_rest_of_the_day(console: Console) -> None:
    number, rae = console.keep("one", [HARM]), console.member()
    answer = await rae.post(f"/conversations/{number}/open?topic=sextortion")
    assert answer.headers["location"] == f"/conversations/{number}?topic=sextortion"
    for _ in range(2):
        assert "words of a person" in (await rae.get(f"/conversations/{number}")).text


async def test_an_opened_transcript_is_folded_again_the_next_day(console: Console) -> None:
    number = console.keep("one", [HARM])
    await console.member().post(f"/conversations/{number}/open")
    console.clock.now += DAY
    assert "words of a person" not in (await console.member().get(f"/conversations/{number}")).text


async def test_a_transcript_that_somebody_opened_is_still_folded_for_others(console: Console) -> None:
    number = console.keep("one", [HARM])
    await console.member().post(f"/conversations/{number}/open")
    assert "words of a person" not in (await console.member("roy").get(f"/conversations/{number}")).text


async def test_the_audit_log_distinguishes_folded_and_open_views(console: Console) -> None:
    number, rae = console.keep("one", [HARM]), console.member()
    await rae.get(f"/conversations/{number}")
    await rae.post(f"/conversations/{number}/open")
    await rae.get(f"/conversations/{number}")
    told = [(row.action, row.detail) for row in console.rows(audit)]
    assert told == [("view", '{"folded": true}'), ("open", "{}"), ("view", '{"folded": false}')]


# The count


async def test_opening_counts_once_per_person_conversation_and_day(console: Console) -> None:
    number, rae = console.keep("one", [HARM]), console.member()
    for _ in range(3):
        await rae.post(f"/conversations/{number}/open")
    assert len(console.rows(exposures)) == 1


async def test_opening_a_calm_transcript_does_not_count(console: Console) -> None:
    await console.member().post(f"/conversations/{console.keep('one', [CALM])}/open")
    assert console.rows(exposures) == []


@pytest.mark.parametrize(("said", "shown"), [(HARM, "notice"), (DANGER, "notice"), (CALM, "hint")])
async def test_every_transcript_says_what_to_do_if_somebody_may_be_in_danger(
    console: Console, said: Any, shown: str
) -> None:
    page = (await console.member().get(f"/conversations/{console.keep('one', [said])}")).text
    assert f'<p class="{shown}">If somebody in this conversation may be in danger now, follow' in page
    assert "Nobody can contact or identify the person from here." in page


# Suggested breaks


async def test_no_break_is_suggested_below_the_limit(console: Console) -> None:
    rae = console.member()
    number = await open_some(console, rae, 14)
    assert "break" not in (await rae.get(f"/conversations/{number}")).text


async def test_at_the_limit_the_next_folded_page_suggests_a_break_and_another_queue(console: Console) -> None:
    rae = console.member()
    number = await open_some(console, rae, 15)
    page = (await rae.get(f"/conversations/{number}")).text
    assert "You have opened 15" in page
    assert re.findall(r'"/queue\?[^"]*need=(\w+)"', page) == ["easy"]


@pytest.mark.parametrize("said", [HARM, DANGER], ids=["harm", "danger"])
async def test_at_the_limit_opening_another_one_needs_confirming_and_is_never_refused(
    console: Console, said: Any
) -> None:
    rae = console.member()
    await open_some(console, rae, 15)
    number = console.keep("one more", [said])
    again = await rae.post(f"/conversations/{number}/open")
    page = (await rae.get(again.headers["location"])).text
    assert ("words of a person" in page, "Open it all the same" in page) == (False, True)
    await rae.post(f"/conversations/{number}/open", {"over_limit": "yes"})
    assert "words of a person" in (await rae.get(f"/conversations/{number}")).text


async def test_going_over_the_limit_is_logged(console: Console) -> None:
    rae = console.member()
    number = await open_some(console, rae, 15)
    for _ in range(2):
        await rae.post(f"/conversations/{number}/open", {"over_limit": "yes"})
    # Opening it again on the same day does not count as going over the limit.
    assert console.details("open") == [*[{}] * 15, {"over_limit": True}, {}]


async def test_nothing_needs_confirming_below_the_limit(console: Console) -> None:
    number, rae = console.keep("one", [HARM]), console.member()
    await rae.post(f"/conversations/{number}/open", {"over_limit": "yes"})
    assert console.details("open") == [{}]


async def test_at_the_limit_the_page_names_colleagues_who_have_room_and_may_read(console: Console) -> None:
    rae, roy = console.member(), console.member("roy")
    await console.member("lee", "lead").post("/load/limit", {"limit": "1"})
    for name, role in (("kit", "reviewer"), ("ann", "administrator"), ("gone", "reviewer")):
        console.add_staff(name, role)
    console.change_account("gone", disabled_at=console.now)
    await open_some(console, roy, 1, "roy")
    number = await open_some(console, rae, 1)
    assert "who has room today: <b>kit, lee</b>." in (await rae.get(f"/conversations/{number}")).text


async def test_the_page_says_to_tell_a_lead_if_nobody_has_room(console: Console) -> None:
    rae = console.member()
    number = await open_some(console, rae, 15)
    assert "Tell a lead" in (await rae.get(f"/conversations/{number}")).text


# Several in a row


async def queued(console: Console) -> "tuple[Any, int, int]":
    """Rae after three distressing transcripts in a row, and the next two conversations: one distressing, one calm."""
    calm = console.keep("calm", [CALM])
    hard = console.keep("hard", [HARM])
    rae = console.member()
    for place in range(3):
        await rae.post(f"/conversations/{console.keep(f'row{place}', [HARM])}/open")
    return rae, hard, calm


def next_on(page: str) -> "tuple[str, ...]":
    """Return the address of the Next link, and the next conversation in the queue if it is a different one."""
    onward = re.search(r'href="/conversations/(\d+)" rel="next"', page)
    passed_over = re.search(r'href="/conversations/(\d+)">The next one in the queue', page)
    return tuple(found[1] for found in (onward, passed_over) if found)


async def test_after_three_in_a_row_next_leads_to_a_calmer_one_and_links_to_the_one_skipped(console: Console) -> None:
    rae, hard, calm = await queued(console)
    first = console.review(hard).number + 1
    assert next_on((await rae.get(f"/conversations/{first}")).text) == (str(calm), str(hard))


async def test_after_three_in_a_row_reviewed_leads_to_a_calmer_one(console: Console) -> None:
    rae, hard, calm = await queued(console)
    first = hard + 1
    await rae.get(f"/conversations/{first}")
    answer = await rae.post(f"/conversations/{first}/review", {"version": str(console.review(first).version)})
    assert answer.headers["location"] == f"/conversations/{calm}?done=decided"


async def test_after_a_calm_one_next_follows_the_queue_again(console: Console) -> None:
    rae, hard, calm = await queued(console)
    await rae.get(f"/conversations/{calm}")
    assert next_on((await rae.get(f"/conversations/{hard + 1}")).text) == (str(hard),)


async def test_after_an_hour_next_follows_the_queue_again(console: Console) -> None:
    _, hard, _ = await queued(console)
    console.clock.now += 60 * 60
    assert next_on((await console.member().get(f"/conversations/{hard + 1}")).text) == (str(hard),)


async def test_next_follows_the_queue_if_it_has_nothing_calm(console: Console) -> None:
    rae, hard, _ = await queued(console)
    page = (await rae.get(f"/conversations/{hard + 1}?need=disclosure")).text
    assert f'href="/conversations/{hard}?need=disclosure" rel="next"' in page


async def test_the_count_starts_again_the_next_day(console: Console) -> None:
    number = await open_some(console, console.member(), 15)
    console.clock.now += DAY
    assert "You have opened" not in (await console.member().get(f"/conversations/{number}")).text


async def test_a_limit_set_by_a_lead_applies(console: Console) -> None:
    rae, lee = console.member(), console.member("lee", "lead")
    await lee.post("/load/limit", {"limit": "2"})
    number = await open_some(console, rae, 2)
    assert "You have opened 2" in (await rae.get(f"/conversations/{number}")).text


async def test_every_folded_page_says_where_staff_can_find_help(console: Console) -> None:
    assert "line manager" in (await console.member().get(f"/conversations/{console.keep('one', [HARM])}")).text


# The load page


async def test_the_load_shows_how_many_each_person_opened_today_and_this_week(console: Console) -> None:
    await open_some(console, console.member(), 3, "before")
    console.clock.now += 6 * DAY
    await open_some(console, console.member(), 2, "now")
    page = (await console.member("lee", "lead").get("/load")).text
    assert row_of(page, "rae")[:2] == ["2", "5"]


async def test_the_load_leaves_out_transcripts_opened_a_week_ago(console: Console) -> None:
    await open_some(console, console.member(), 3)
    console.clock.now += 7 * DAY
    page = (await console.member("lee", "lead").get("/load")).text
    assert row_of(page, "rae")[:2] == ["0", "0"]


async def test_the_load_shows_the_week_before_and_the_days_at_the_limit(console: Console) -> None:
    lee = console.member("lee", "lead")
    await lee.post("/load/limit", {"limit": "2"})
    await open_some(console, console.member(), 2, "before")
    console.clock.now += 7 * DAY
    await open_some(console, console.member(), 2, "full")
    console.clock.now += DAY
    await open_some(console, console.member(), 1, "today")
    page = (await console.member("lee", "lead").get("/load")).text
    assert row_of(page, "rae")[:4] == ["1", "3", "2", "1"]


async def test_the_load_shows_how_many_each_person_reviewed_and_still_has(console: Console) -> None:
    rae, lee = console.member(), console.member("lee", "lead")
    for place in range(3):
        number = console.keep(f"calm{place}", [CALM])
        await rae.post(f"/conversations/{number}/take", {"version": "1"})
    await rae.get(f"/conversations/{number}")
    await rae.post(f"/conversations/{number}/review", {"version": "2"})
    assert row_of((await lee.get("/load")).text, "rae")[-2:] == ["1", "2"]


async def test_the_load_is_sorted_by_name_rather_than_number(console: Console) -> None:
    await open_some(console, console.member("zoe"), 3)
    console.member("abe")
    page = (await console.member("lee", "lead").get("/load")).text
    assert re.findall(r'<th scope="row">(\w+)</th>', page) == ["abe", "lee", "zoe"]


async def test_staff_who_may_not_read_have_no_load(console: Console) -> None:
    console.add_staff("ann", "administrator")
    assert "ann" not in (await console.member("lee", "lead").get("/load")).text


async def test_the_limit_can_be_set_and_is_shown_and_logged(console: Console) -> None:
    lee = console.member("lee", "lead")
    answer = await lee.post("/load/limit", {"limit": " 30 "})
    assert 'value="30"' in (await lee.get(answer.headers["location"])).text
    assert console.audited() == [("lee", "limit", "distress_limit")]


@pytest.mark.parametrize("limit", ["1", "200"])
async def test_the_limit_can_be_from_1_to_200(console: Console, limit: str) -> None:
    assert (await console.member("lee", "lead").post("/load/limit", {"limit": limit})).status_code == 303


@pytest.mark.parametrize("limit", ["", "0", "201", "-1", "1.5", "x", "²", "9" * 4000, "<b>"])
async def test_an_invalid_limit_is_explained_next_to_the_typed_value(console: Console, limit: str) -> None:
    answer = await console.member("lee", "lead").post("/load/limit", {"limit": limit})
    form = answer.text.split("Distressing transcripts a day")[1]
    assert (answer.status_code, "from 1 to 200" in answer.text, "<b>" in form) == (422, True, False)
    assert console.audited() == []
