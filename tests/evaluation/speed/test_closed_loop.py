"""Sending requests so that a fixed number of them is always on its way."""

import asyncio
import os

import pytest

from evaluation.load.connection import Answer
from evaluation.processes import Cores
from evaluation.speed.closed_loop import WRITERS, Load, measure, total
from evaluation.speed.serving import is_refused

LOAD = Load(answered=90, refused=10, seconds=2.0, server=1.0, clients=0.4, machine=2.4)
CORES = Cores((0, 1), (0, 1))


def test_refusing_is_part_of_what_the_answered_requests_cost() -> None:
    assert LOAD.cost == pytest.approx(1000 / 90)


def test_the_shares_are_of_two_cores() -> None:
    assert LOAD.shares == pytest.approx((0.25, 0.1, 0.25))


def test_two_cores_are_projected_to_do_what_they_can_without_the_clients() -> None:
    assert LOAD.projected == pytest.approx(180.0)


def test_rounds_are_added_up() -> None:
    assert total([LOAD, LOAD]).rate == LOAD.rate
    assert total([LOAD, LOAD]).answered == 180


def test_an_answer_that_is_neither_one_nor_a_refusal_stops_the_measurement() -> None:
    assert not is_refused(answered(200))
    assert is_refused(answered(503))
    with pytest.raises(RuntimeError, match="429: slow down"):
        is_refused(answered(429))


def answered(status: int) -> Answer:
    return Answer(status, {}, b"slow down", 0.1)


def test_each_writer_waits_for_its_answer_before_it_writes_again() -> None:
    on_the_way, most = set(), 0

    async def send(writer: int) -> bool:
        nonlocal most
        assert writer not in on_the_way
        on_the_way.add(writer)
        most = max(most, len(on_the_way))
        await asyncio.sleep(0)
        on_the_way.remove(writer)
        return writer == 0

    load = asyncio.run(measure(os.getpid(), CORES, send, 0.02))
    assert most == WRITERS
    assert load.answered > load.refused > 0
