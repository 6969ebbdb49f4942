"""Sending requests in a closed loop, with a fixed number always in flight."""

import asyncio
import os

import pytest

from evaluation.load.connection import Answer
from evaluation.processes import Cores
from evaluation.speed.closed_loop import WRITERS, Load, measure, total
from evaluation.speed.serving import is_refused

LOAD = Load(answered=90, refused=10, seconds=2.0, server=1.0, clients=0.4, machine=2.4)
CORES = Cores((0, 1), (0, 1))


def test_the_cost_of_an_answered_request_includes_refusals() -> None:
    assert LOAD.cost == pytest.approx(1000 / 90)


def test_processor_shares_are_relative_to_two_cores() -> None:
    assert LOAD.shares == pytest.approx((0.25, 0.1, 0.25))


def test_the_projected_rate_of_two_cores_leaves_out_the_clients() -> None:
    assert LOAD.projected == pytest.approx(180.0)


def test_rounds_are_added_up() -> None:
    assert total([LOAD, LOAD]).rate == LOAD.rate
    assert total([LOAD, LOAD]).answered == 180


def test_an_unexpected_status_stops_the_measurement() -> None:
    assert not is_refused(answered(200))
    assert is_refused(answered(503))
    with pytest.raises(RuntimeError, match="429: slow down"):
        is_refused(answered(429))


def answered(status: int) -> Answer:
    return Answer(status, {}, b"slow down", 0.1)


def test_each_writer_waits_for_its_answer_before_writing_again() -> None:
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
