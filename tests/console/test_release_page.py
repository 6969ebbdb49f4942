"""Release samples: who draws and who judges them. No reader sees another's judgements."""

import re
from typing import Any

import pytest
from console_client import Console, Member
from conversing import calm

from bot.store.release import QUESTIONS
from bot.store.schema import conversations, release_items, release_readings, releases

YES = dict.fromkeys(QUESTIONS, "yes")


def add(console: Console, number: int) -> None:
    """Store `number` conversations that are over."""
    for place in range(number):
        console.keep(f"c{place}", [calm()])
    console.database.write_now(lambda c: c.execute(conversations.update().values(is_closed=1)))


async def draw(console: Console, number: int = 1) -> Member:
    """Draw a sample of `number` conversations as a lead."""
    add(console, number)
    lee = console.member("lee", "lead")
    assert (await lee.post("/release", {"size": "10"})).status_code == 303
    return lee


async def read(member: Member) -> str:
    """Open the next conversation to judge."""
    page = (await member.get("/release")).text
    return (await member.get(re.findall(r'href="(/conversations/\d+)">Read the next', page)[0])).text


async def judge(member: Member, **answers: str) -> Any:
    """Judge the next conversation, answering yes to every question that is not in `answers`."""
    page = await read(member)
    (path,) = re.findall(r'action="(/release/\d+/judge)"', page)
    asked = set(re.findall(r'name="(\w+)" value="yes"', page))
    return await member.post(path, {name: answer for name, answer in {**YES, **answers}.items() if name in asked})


async def test_a_lead_can_draw_a_sample(console: Console) -> None:
    lee = await draw(console, 12)
    assert "10 conversations, drawn by lee. 0 read by two readers, 0 decided." in (await lee.get("/release")).text
    assert ("lee", "draw_release", "release_sample") in console.audited()


@pytest.mark.parametrize("size", ["", "9", "101", "-10", "ten", "9" * 30])
async def test_a_size_out_of_range_is_explained(console: Console, size: str) -> None:
    add(console, 12)
    answer = await console.member("lee", "lead").post("/release", {"size": size})
    assert (answer.status_code, "Draw from 10 to 100" in answer.text, console.rows(releases)) == (422, True, [])


async def test_drawing_from_no_conversations_is_explained(console: Console) -> None:
    answer = await console.member("lee", "lead").post("/release", {"size": "10"})
    assert (answer.status_code, "There is nothing to draw from" in answer.text) == (422, True)


async def test_reviewers_can_judge_but_not_draw(console: Console) -> None:
    rae = console.member()
    assert (await rae.post("/release", {"size": "10"})).status_code == 403
    assert "Draw a sample" not in (await rae.get("/release")).text


async def test_administrators_cannot_see_release_samples(console: Console) -> None:
    assert (await console.member("ada", "administrator").get("/release")).status_code == 403


async def test_a_reader_cannot_see_another_readers_judgement(console: Console) -> None:
    await draw(console)
    before = await read(console.member("roy"))
    await judge(console.member(), right_topic="no", harmless="no")
    assert await read(console.member("roy")) == before


async def test_a_judgement_is_logged_without_its_answers(console: Console) -> None:
    await draw(console)
    await judge(console.member(), right_topic="no")
    assert console.details("judge") == [{}]


async def test_no_result_is_shown_before_two_readers_have_finished(console: Console) -> None:
    lee = await draw(console, 2)
    for name in ("rae", "roy", "rae"):
        await judge(console.member(name), right_topic="no")
    assert "Agreement" not in (await lee.get("/release")).text
    await judge(console.member("roy"))
    assert "Agreement" in (await lee.get("/release")).text


async def test_the_result_is_shown_once_two_readers_agree(console: Console) -> None:
    lee = await draw(console)
    for name in ("rae", "roy"):
        await judge(console.member(name), right_topic="no")
    cells = re.findall(r'<td class="number">(.*?)</td>', (await lee.get("/release")).text)
    assert cells == ["0 of 1", "all alike", *["1 of 1", "all alike"] * 3]


async def test_a_third_reader_decides_only_where_two_disagree(console: Console) -> None:
    lee = await draw(console)
    await judge(console.member(), right_service="no")
    await judge(console.member("roy"))
    page = await read(lee)
    assert re.findall(r'name="(\w+)" value="yes"', page) == ["right_service"]
    await judge(lee)
    assert "1 decided" in (await lee.get("/release")).text


async def test_a_reader_who_has_judged_is_not_asked_again(console: Console) -> None:
    await draw(console)
    rae = console.member()
    await judge(rae)
    assert "There is nothing for you to judge" in (await rae.get("/release")).text
    (item,) = console.rows(release_items)
    assert (await rae.post(f"/release/{item.id}/judge", YES)).status_code == 409


@pytest.mark.parametrize("answers", [{}, {"right_topic": "yes"}, {**YES, "harmless": "perhaps"}])
async def test_every_question_needs_an_answer(console: Console, answers: "dict[str, str]") -> None:
    await draw(console)
    (item,) = console.rows(release_items)
    answer = await console.member().post(f"/release/{item.id}/judge", answers)
    assert (answer.status_code, console.rows(release_readings)) == (422, [])


@pytest.mark.parametrize("item_id", [0, 99])
async def test_a_conversation_outside_the_sample_cannot_be_judged(console: Console, item_id: int) -> None:
    await draw(console)
    assert (await console.member().post(f"/release/{item_id}/judge", YES)).status_code == 409


async def test_a_conversation_outside_the_sample_has_no_questions(console: Console) -> None:
    number = console.keep("other", [calm()])
    assert "Release sample" not in (await console.member().get(f"/conversations/{number}")).text.split("<main")[1]
