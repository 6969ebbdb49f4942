"""The order in which messages are answered, and which ones are refused; see bot/chat/admission.py."""

import asyncio
from typing import List, Sequence, Tuple

import pytest

from bot.chat.admission import CALM, MOST, PACE, REMEMBERED, TOGETHER, USUAL, BusyError, Gate, Line, Ticket


def order(line: Line, joining: Sequence[Tuple[str, bool]]) -> List[str]:
    """Add messages to an idle line, and return their keys in the order they are answered."""
    for key, is_danger in joining:
        assert line.join(key, 0.0, is_danger).ticket is not None
    answered = []
    while (ticket := line.start_next(0.0)) is not None:
        answered.append(ticket.key)
        line.finish(ticket, 0.01)
    return answered


def calm(keys: str) -> "list[tuple[str, bool]]":
    return [(key, False) for key in keys]


@pytest.mark.parametrize(
    ("joining", "answered"),
    [
        (calm("abc"), "abc"),
        (calm("aab"), "aba"),
        (calm("aaaabc"), "abcaaa"),
        (calm("aaaabbc"), "abcabaa"),
        ([("a", False), ("b", True)], "ba"),
        ([("a", False), ("b", True), ("b", True), ("c", True)], "bcba"),
    ],
)
def test_conversations_take_turns_and_danger_comes_first(joining: "list[tuple[str, bool]]", answered: str) -> None:
    assert "".join(order(Line(width=1), joining)) == answered


def test_a_conversation_within_the_pace_does_not_lose_its_place() -> None:
    line = Line(width=1)
    line.join("a", 0.0)
    line.join("a", PACE)
    line.join("b", PACE)
    assert order(line, []) == ["a", "a", "b"]


def test_messages_sent_long_ago_do_not_cost_a_conversation_its_place() -> None:
    line = Line(width=1)
    order(line, calm("aaaa"))
    line.join("a", 100.0)
    line.join("b", 100.0)
    assert order(line, []) == ["a", "b"]


def test_no_more_messages_than_the_width_are_answered_at_once() -> None:
    line = Line(width=2)
    for key in "abc":
        line.join(key, 0.0)
    assert [line.start_next(0) is not None for _ in range(3)] == [True, True, False]


def test_a_conversation_is_answered_one_message_at_a_time() -> None:
    line = Line(width=2)
    for key in "aab":
        line.join(key, 0.0)
    started = [line.start_next(0), line.start_next(0)]
    assert [ticket.key for ticket in started if ticket] == ["a", "b"]


def full(calm: float = CALM.foreseen, danger: float = 4.0, **joining: int) -> Line:
    """Return a line with one message being answered and others waiting. `joining` is the number waiting, by key."""
    line = Line(1, calm, danger)
    line.join("first", 0.0)
    line.start_next(0)
    for key, number in joining.items():
        for _ in range(number):
            assert line.join(key, 0.0).ticket is not None
    return line


def test_a_message_that_would_wait_longer_than_the_deadline_is_refused() -> None:
    room = round(CALM.foreseen / USUAL)
    line = full()
    joined = [line.join(f"person {number}", 0.0).ticket is not None for number in range(room + 5)]
    assert joined.count(True) == room - 1


def test_a_free_place_is_used_even_if_the_chat_is_slow() -> None:
    line = Line(width=2, calm=0.0)
    assert [line.join(key, 0.0).ticket is not None for key in "abc"] == [True, True, False]


def test_a_flood_makes_room_for_other_conversations() -> None:
    line = full(calm=5 * USUAL, flood=4)
    joined = line.join("somebody else", 0.0)
    assert joined.ticket is not None
    assert [ticket.key for ticket in joined.displaced] == ["flood"]


def test_a_flood_is_refused_before_other_conversations() -> None:
    line = full(calm=5 * USUAL, flood=2, b=1, c=1)
    assert line.join("flood", 0.0) == (None, [])


def test_danger_may_wait_when_other_messages_are_refused() -> None:
    line = full(calm=0.0)
    assert line.join("a", 0.0).ticket is None
    assert line.join("b", 0.0, is_danger=True).ticket is not None


def test_the_slower_the_chat_the_fewer_messages_are_answered_at_once() -> None:
    line = Line(width=8)
    line.seconds = TOGETHER / 3
    for key in "abcdefgh":
        line.join(key, 0.0, is_danger=True)
    assert sum(line.start_next(0) is not None for _ in range(8)) == 3


def test_danger_displaces_another_message() -> None:
    line = full(calm=5 * USUAL, b=1, c=1, d=1, e=1)
    joined = line.join("somebody in danger", 0.0, is_danger=True)
    assert joined.ticket is not None
    assert [ticket.key for ticket in joined.displaced] == ["e"]


def test_the_line_for_danger_is_bounded_too() -> None:
    line = full(danger=3 * USUAL)
    outcomes = [line.join(f"person {number}", 0.0, is_danger=True).ticket is not None for number in range(5)]
    assert outcomes == [True, True, False, False, False]


def test_the_seconds_per_message_follow_the_time_between_answers() -> None:
    line, now = Line(width=2), 0.0
    for number in range(200):
        line.join(f"person {number}", 0.0)
        ticket = line.start_next(now)
        assert ticket is not None
        now += 0.1
        line.finish(ticket, now)
    assert line.seconds == pytest.approx(0.1, rel=0.01)


def test_a_pause_does_not_count_towards_the_seconds_per_message() -> None:
    line = Line(width=1)
    assert order(line, calm("a")) == ["a"]
    before = line.seconds
    line.join("b", 0.0)
    ticket = line.start_next(1000.0)
    assert ticket is not None
    line.finish(ticket, 1000.01)
    assert line.seconds < before


def test_one_message_that_hangs_does_not_close_the_chat() -> None:
    line = Line(width=1)
    line.join("a", 0.0)
    ticket = line.start_next(0)
    assert ticket is not None
    line.finish(ticket, 3600)
    assert line.seconds < 0.1 * MOST + USUAL


def test_idle_conversations_are_forgotten() -> None:
    line = Line(width=1)
    for number in range(3 * REMEMBERED):
        line.join(f"person {number}", float(number))
        order(line, [])
    assert len(line._next) <= REMEMBERED


async def hold(gate: Gate, key: str, done: "asyncio.Event", log: "list[str]", is_danger: bool = False) -> None:
    async with gate.turn(key, lambda: is_danger):
        log.append(key)
        await done.wait()


async def test_a_request_waits_until_a_place_is_free() -> None:
    gate, done, log = Gate(Line(width=1)), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(gate, key, done, log)) for key in "ab"]
    await asyncio.sleep(0)
    assert log == ["a"]
    done.set()
    await asyncio.gather(*tasks)
    assert log == ["a", "b"]


async def test_a_request_that_has_waited_too_long_is_refused() -> None:
    gate, done = Gate(Line(width=1), calm=0.01), asyncio.Event()
    first = asyncio.create_task(hold(gate, "a", done, []))
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await hold(gate, "b", done, [])
    done.set()
    await first


async def test_a_refusal_says_whether_the_message_indicated_danger() -> None:
    gate, done = Gate(Line(width=1, danger=0.0)), asyncio.Event()
    first = asyncio.create_task(hold(gate, "a", done, []))
    await asyncio.sleep(0)
    with pytest.raises(BusyError) as refused:
        await hold(gate, "b", done, [], is_danger=True)
    assert refused.value.is_danger
    done.set()
    await first


async def test_a_cancelled_request_frees_its_place() -> None:
    gate, done, log = Gate(Line(width=1)), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(gate, key, done, log)) for key in "abc"]
    await asyncio.sleep(0)
    for task in tasks[:2]:
        task.cancel()
    done.set()
    await tasks[2]
    assert log == ["a", "c"]


async def test_a_place_given_to_a_request_that_was_just_cancelled_is_freed() -> None:
    gate, done, log = Gate(Line(width=1)), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(gate, key, done, log)) for key in "abc"]
    await asyncio.sleep(0)
    done.set()
    await tasks[0]
    tasks[1].cancel()
    await tasks[2]
    assert "c" in log


def test_tickets_are_compared_by_identity() -> None:
    assert Ticket("a", 0, 1, False) != Ticket("a", 0, 1, False)
