"""Processor time, memory and cores of processes, as Linux reports them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import List

import pytest

from evaluation.processes import (
    TICKS,
    Cores,
    MachineError,
    anonymous_memory,
    busy_of,
    command_line,
    divide,
    family,
    memory,
    pin,
    processor_seconds,
    seconds_of,
)

#: Starts a child, prints the child's process id, and waits until its own input ends.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.read()
child.communicate(b"\\n")
"""
STAT = """cpu  100 0 0 0 0 0 0 0 0 0
cpu0 10 1 2 500 7 3 4 5 0 0
cpu1 20 0 0 400 0 0 0 0 0 0
intr 12345
"""


@pytest.fixture
def parent_and_child() -> Iterator[List[int]]:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as it:
        assert it.stdout is not None
        yield [it.pid, int(it.stdout.readline())]
        it.communicate()


def test_a_process_is_measured_together_with_its_children(parent_and_child: List[int]) -> None:
    assert family(parent_and_child[0]) == parent_and_child


def test_processor_time_is_user_time_plus_system_time() -> None:
    assert seconds_of(f"7 (a name) with) S 1 7 7 0 -1 0 0 0 0 0 {2 * TICKS} {TICKS} 9 9 20") == 3.0


def test_processor_time_matches_the_processs_own_measurement() -> None:
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    assert processor_seconds([os.getpid()]) == pytest.approx(time.process_time(), abs=0.05)


def test_a_core_is_busy_unless_it_idles_or_waits_for_disks() -> None:
    assert busy_of(STAT, {0}) == pytest.approx(25 / TICKS)
    assert busy_of(STAT, {0, 1}) == pytest.approx(45 / TICKS)


def test_the_share_of_memory_is_at_most_the_resident_memory() -> None:
    held = memory([os.getpid()])
    assert 0 < held.share <= held.resident


def test_anonymous_memory_grows_with_what_a_process_allocates() -> None:
    before = anonymous_memory([os.getpid()])
    filled = b"x" * 50_000_000
    assert anonymous_memory([os.getpid()]) - before == pytest.approx(len(filled) / 2**20, rel=0.2)


def test_pinned_processes_run_only_on_the_given_cores(parent_and_child: List[int]) -> None:
    core = max(os.sched_getaffinity(0))
    pin(parent_and_child, {core})
    assert [os.sched_getaffinity(one) for one in parent_and_child] == [{core}, {core}]


def test_a_command_line_is_split_into_its_arguments(parent_and_child: List[int]) -> None:
    assert command_line(parent_and_child[0])[1:] == ["-c", PARENT]


@pytest.mark.parametrize(
    ("available", "divided", "are_shared"),
    [({0, 1}, Cores((0, 1), (0, 1)), True), ({2, 5, 7, 9}, Cores((2, 5), (7, 9)), False)],
)
def test_clients_have_their_own_cores_if_there_are_enough(
    available: "set[int]", divided: Cores, are_shared: bool
) -> None:
    assert divide(available) == divided
    assert divided.are_shared is are_shared


def test_one_core_is_not_enough() -> None:
    with pytest.raises(MachineError, match="at least two cores"):
        divide({3})
