"""Workers on one machine share their supervisor's counts. If it does not answer, each worker counts on its own."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from bot import control
from bot.control import Channel, SupervisedCounts, answer
from bot.rate_limit import Counts, LocalCounts, Rule, Tries

RULE = Rule("messages", 40)


class Supervised:
    """A supervisor's counts, and workers that use them, all in this process."""

    def __init__(self) -> None:
        self._counts = LocalCounts()
        self._tasks: "list[asyncio.Task[None]]" = []

    async def worker(self) -> SupervisedCounts:
        ours, its = socket.socketpair()
        supervisor, worker = await Channel.open(ours), await Channel.open(its)
        counts = SupervisedCounts(worker)
        self._tasks += [
            asyncio.create_task(self._supervise(supervisor)),
            asyncio.create_task(self._settle(worker, counts)),
        ]
        return counts

    async def _supervise(self, channel: Channel) -> None:
        while (asked := await channel.receive()) is not None:
            found = await answer(self._counts, asked["call"], asked["arguments"])
            channel.send({"answer": asked["ask"], "found": found})

    async def _settle(self, channel: Channel, counts: SupervisedCounts) -> None:
        while (message := await channel.receive()) is not None:
            counts.settle(message["answer"], message["found"])

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()


@pytest.fixture
async def supervised() -> AsyncIterator[Supervised]:
    running = Supervised()
    yield running
    running.stop()


@pytest.fixture
async def workers(supervised: Supervised) -> "list[Counts]":
    return [await supervised.worker(), await supervised.worker()]


async def test_two_workers_together_allow_as_many_uses_as_one(workers: "list[Counts]") -> None:
    waits = [await workers[turn % 2].wait(RULE, "a") for turn in range(90)]
    assert len([wait for wait in waits if wait == 0]) == 40


async def test_a_worker_is_told_how_long_to_wait(workers: "list[Counts]") -> None:
    rule = Rule("short", 1, 30)
    await workers[0].wait(rule, "a")
    assert 0 < await workers[1].wait(rule, "a") <= 30


async def test_a_forgiven_use_no_longer_counts(workers: "list[Counts]") -> None:
    rule = Rule("forgiven", 1)
    await workers[0].wait(rule, "a")
    await workers[1].forgive(rule, "a")
    assert await workers[0].wait(rule, "a") == 0


async def test_a_form_can_be_used_only_once_across_workers(workers: "list[Counts]") -> None:
    assert [await workers[0].use("forms", "x"), await workers[1].use("forms", "x")] == [True, False]


async def test_failed_sign_ins_under_a_name_are_counted_across_workers(workers: "list[Counts]") -> None:
    await workers[0].fail("names", "alex", 1000)
    await workers[1].fail("names", "alex", 1005)
    assert await workers[0].tries("names", "alex") == Tries(2, 1005)


async def test_a_key_can_be_anything_that_people_type(workers: "list[Counts]") -> None:
    assert [await workers[0].use("forms", key) for key in ("\n", "\ud800", "ü" * 4000)] == [True] * 3


async def test_a_worker_whose_supervisor_does_not_answer_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0.01)
    ours, its = socket.socketpair()
    counts = SupervisedCounts(await Channel.open(its))
    assert [await counts.use("forms", "x"), await counts.use("forms", "x")] == [True, False]
    ours.close()


async def test_a_worker_learns_that_its_supervisor_has_ended() -> None:
    ours, its = socket.socketpair()
    channel = await Channel.open(its)
    ours.close()
    assert await asyncio.wait_for(channel.receive(), 10) is None
