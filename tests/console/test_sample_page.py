"""The question that reviewers answer about a randomly sampled conversation."""

import re

import pytest
from console_client import Console, Member
from conversing import calm, decide


def drawn(console: Console, name: str = "one") -> int:
    """Store a randomly sampled conversation and return its number."""
    number = console.keep(name, [calm()])
    console.change_review(number, is_sampled=True)
    return number


async def answer(member: Member, number: int, missed: str, seen: str = "") -> "tuple[int, str]":
    answered = await member.post(f"/conversations/{number}/missed", {"missed": missed, "seen": seen})
    return answered.status_code, answered.text


async def test_the_queue_shows_the_sample_as_the_reason(console: Console) -> None:
    drawn(console)
    page = (await console.member().get("/queue?need=sample")).text
    assert '<span class="tag">Random sample</span>' in page


async def test_sampled_conversations_come_before_the_rest(console: Console) -> None:
    numbers = [drawn(console), console.keep("rest", [calm()], at=console.now + 900)]
    console.clock.now += 1800
    page = (await console.member().get("/queue")).text
    assert [int(found) for found in re.findall(r'href="/conversations/(\d+)', page)] == numbers


async def test_only_the_reader_of_a_sampled_conversation_is_asked(console: Console) -> None:
    numbers = [drawn(console), console.keep("rest", [calm()])]
    pages = [(await console.member().get(f"/conversations/{number}")).text for number in numbers]
    assert ["Was anything missed here?" in page for page in pages] == [True, False]


@pytest.mark.parametrize("missed", ["no", "harm", "danger"])
async def test_the_answer_is_stored_and_shown(console: Console, missed: str) -> None:
    number, rae = drawn(console), console.member()
    await answer(rae, number, missed)
    page = (await rae.get(f"/conversations/{number}")).text
    assert re.findall(r'name="missed" value="(\w+)" required checked', page) == [missed]


async def test_the_answer_is_in_the_audit_log(console: Console) -> None:
    number = drawn(console)
    await answer(console.member(), number, "harm")
    assert console.details("missed") == [{"missed": "harm"}]


@pytest.mark.parametrize("missed", ["", "perhaps", "<b>"])
async def test_an_unknown_answer_is_explained_and_changes_nothing(console: Console, missed: str) -> None:
    number = drawn(console)
    status, page = await answer(console.member(), number, missed)
    assert (status, "Choose an answer" in page, console.review(number).missed) == (422, True, "")


async def test_an_answer_from_somebody_who_has_not_seen_the_first_is_refused(console: Console) -> None:
    number = drawn(console)
    await answer(console.member(), number, "danger")
    status, _ = await answer(console.member("roy"), number, "no")
    assert (status, console.review(number).missed) == (409, "danger")


async def test_a_sampled_conversation_cannot_be_reviewed_before_the_answer(console: Console) -> None:
    number = drawn(console)
    refused = await decide(console.member(), number, "review")
    assert (refused.status_code, console.review(number).state) == (422, "new")
    assert "Answer that question first" in refused.text


async def test_a_sampled_conversation_can_be_reviewed_after_the_answer(console: Console) -> None:
    number, rae = drawn(console), console.member()
    await answer(rae, number, "no")
    await decide(rae, number, "review")
    assert console.review(number).state == "reviewed"


async def test_administrators_cannot_answer(console: Console) -> None:
    number = drawn(console)
    assert (await answer(console.member("ada", "administrator"), number, "no"))[0] == 403
