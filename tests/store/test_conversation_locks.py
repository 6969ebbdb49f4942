"""A conversation's lock admits one message at a time, across processes, without polling."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.settings import ROOT
from bot.store.conversation_locks import NAME, WAITING, ConversationLocks, exclusion_of

#: Holds a lock in a separate process until it is killed.
HOLD = """
import asyncio, sys
from sqlalchemy.engine import make_url
from bot.store.conversation_locks import ConversationLocks, exclusion_of
async def hold():
    async with ConversationLocks(exclusion=exclusion_of(make_url(sys.argv[1]))).lock("a"):
        print("held", flush=True)
        await asyncio.Event().wait()
asyncio.run(hold())
"""
#: Seconds within which anything expected must happen, even on a slow machine.
SOON = 60


def locks_of(url: str) -> ConversationLocks:
    """One process's locks, with its own handle on the lock file or its own connections."""
    return ConversationLocks(exclusion=exclusion_of(make_url(url)))


@pytest.fixture
def one(bare_url: str) -> Iterator[ConversationLocks]:
    locks = locks_of(bare_url)
    yield locks
    locks.close()


@pytest.fixture
def other(bare_url: str) -> Iterator[ConversationLocks]:
    locks = locks_of(bare_url)
    yield locks
    locks.close()


class Messages:
    """Messages that each hold a conversation's lock until released, and the order in which they acquired it."""

    def __init__(self) -> None:
        self.order: "list[str]" = []
        self._came = asyncio.Condition()

    async def answer(self, locks: ConversationLocks, name: str, go: "asyncio.Event | None" = None) -> None:
        async with locks.lock("a"):
            async with self._came:
                self.order.append(name)
                self._came.notify_all()
            if go is not None:
                await go.wait()

    async def until(self, number: int) -> None:
        async with self._came:
            await asyncio.wait_for(self._came.wait_for(lambda: len(self.order) >= number), SOON)


async def settled(task: "asyncio.Task[None]") -> None:
    """Give a message a moment to go ahead wrongly, and check that it is still waiting."""
    done, _ = await asyncio.wait({task}, timeout=0.2)
    assert not done


async def one_waits_for_another(
    one: ConversationLocks, other: ConversationLocks
) -> "tuple[Messages, asyncio.Task[None], asyncio.Task[None], asyncio.Event]":
    """Have one message hold the lock until the event is set, while a message in another process waits for it."""
    messages, go = Messages(), asyncio.Event()
    first = asyncio.create_task(messages.answer(one, "first", go))
    await messages.until(1)
    second = asyncio.create_task(messages.answer(other, "second"))
    await settled(second)
    return messages, first, second, go


async def test_a_message_in_another_process_waits_for_the_one_being_answered(
    one: ConversationLocks, other: ConversationLocks
) -> None:
    messages, first, second, go = await one_waits_for_another(one, other)
    go.set()
    await asyncio.wait_for(asyncio.gather(first, second), SOON)
    assert messages.order == ["first", "second"]


async def test_messages_in_one_process_are_answered_in_order_of_arrival(one: ConversationLocks) -> None:
    messages, names = Messages(), [str(number) for number in range(10)]
    await asyncio.wait_for(asyncio.gather(*(messages.answer(one, name) for name in names)), SOON)
    assert messages.order == names


async def test_a_waiting_message_is_not_overtaken_by_a_later_one(
    one: ConversationLocks, other: ConversationLocks
) -> None:
    messages, first, second, go = await one_waits_for_another(one, other)
    third = asyncio.create_task(messages.answer(one, "third"))
    go.set()
    await asyncio.wait_for(asyncio.gather(first, second, third), SOON)
    assert messages.order == ["first", "second", "third"]


async def test_another_conversation_does_not_wait(one: ConversationLocks, other: ConversationLocks) -> None:
    async with AsyncExitStack() as held:
        for number in range(8):
            await held.enter_async_context(one.lock(f"of one, {number}"))
        async with other.lock("another"):
            pass


async def test_more_conversations_than_can_hold_a_lock_at_once_take_turns(one: ConversationLocks) -> None:
    answered = []

    async def answer(name: str) -> None:
        async with one.lock(name):
            await asyncio.sleep(0)
            answered.append(name)

    names = [str(number) for number in range(4 * WAITING)]
    await asyncio.wait_for(asyncio.gather(*map(answer, names)), SOON)
    assert sorted(answered) == sorted(names)


async def test_a_message_that_gives_up_waiting_leaves_no_lock_behind(
    one: ConversationLocks, other: ConversationLocks
) -> None:
    messages, first, second, go = await one_waits_for_another(one, other)
    second.cancel()
    go.set()
    await asyncio.wait_for(first, SOON)
    await asyncio.wait_for(messages.answer(one, "third"), SOON)
    assert messages.order == ["first", "third"]


async def test_an_answer_that_fails_releases_the_lock(one: ConversationLocks, other: ConversationLocks) -> None:
    with pytest.raises(RuntimeError):
        async with one.lock("a"):
            raise RuntimeError
    await asyncio.wait_for(Messages().answer(other, "next"), SOON)


async def test_a_killed_process_releases_its_lock(one: ConversationLocks, bare_url: str) -> None:
    command = [sys.executable, "-c", HOLD, bare_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        messages = Messages()
        waiting = asyncio.create_task(messages.answer(one, "next"))
        await settled(waiting)
        holder.send_signal(signal.SIGKILL)
        await asyncio.wait_for(waiting, SOON)
    assert messages.order == ["next"]


async def test_nothing_about_a_conversation_stays_in_memory_or_in_the_lock_file(tmp_path: Path) -> None:
    locks = locks_of(f"sqlite:///{tmp_path}/a.db")
    async with locks.lock("a"):
        pass
    assert (locks._ours, (tmp_path / NAME).read_bytes()) == ({}, b"")
    locks.close()


async def test_a_database_in_memory_needs_no_lock_file() -> None:
    await asyncio.wait_for(Messages().answer(locks_of("sqlite://"), "first"), SOON)
