"""Readiness fails soon after a part does, recovers when it does, and never waits for a part that hangs."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from clock import Clock
from databases import new_database
from sqlalchemy.exc import DatabaseError, OperationalError

from bot.readiness import KEPT, Check, NotReadyError, Readiness, takes_writes
from bot.store.engine import open_engine


class Part:
    """A part that works until it is broken, and counts how often it was checked."""

    def __init__(self) -> None:
        self.is_broken, self.checks = False, 0

    def __call__(self) -> None:
        self.checks += 1
        if self.is_broken:
            raise OSError("secret words")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture
def part() -> Part:
    return Part()


@pytest.fixture
def writes(tmp_path: Path) -> "Iterator[Check]":
    engine = open_engine(new_database(tmp_path))
    yield takes_writes(engine)
    engine.dispose()


async def test_it_is_ready_if_every_part_works(part: Part) -> None:
    assert await Readiness({"part": part}).failed() == frozenset()


async def test_a_broken_part_is_named(part: Part) -> None:
    part.is_broken = True
    assert await Readiness({"part": part, "other": Part()}).failed() == {"part"}


async def test_the_answer_is_cached_for_a_second(part: Part) -> None:
    clock = Clock()
    readiness = Readiness({"part": part}, clock)
    for _ in range(10):
        await readiness.failed()
        clock.now += KEPT / 20
    assert part.checks == 1


async def test_parts_are_checked_again_after_a_second(part: Part) -> None:
    clock = Clock()
    readiness = Readiness({"part": part}, clock)
    await readiness.failed()
    part.is_broken, clock.now = True, clock.now + KEPT
    assert await readiness.failed() == {"part"}


async def test_a_part_that_hangs_is_not_waited_for() -> None:
    may_go_on, started = threading.Event(), time.monotonic()
    assert await Readiness({"part": lambda: may_go_on.wait(30) and None}).failed() == {"part"}
    may_go_on.set()
    assert time.monotonic() - started < 5


async def test_the_log_names_only_the_part_and_the_kind_of_error(part: Part, caplog: pytest.LogCaptureFixture) -> None:
    part.is_broken = True
    await Readiness({"part": part}).failed()
    assert caplog.messages == ["Not ready: the part does not work (OSError)."]


def test_a_writable_database_is_ready(writes: Check) -> None:
    writes()


def test_a_locked_database_is_not_ready_within_a_second(writes: Check, tmp_path: Path) -> None:
    started = time.monotonic()
    with locked(tmp_path / "a.db"), pytest.raises(OperationalError):
        writes()
    assert time.monotonic() - started < 2


def test_a_database_that_is_unlocked_again_is_ready(writes: Check, tmp_path: Path) -> None:
    test_a_locked_database_is_not_ready_within_a_second(writes, tmp_path)
    writes()


def test_a_full_disk_is_not_ready(writes: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_bavail=10, f_frsize=4096))
    with pytest.raises(NotReadyError, match="full"):
        writes()


def test_a_read_only_database_is_not_ready(tmp_path: Path) -> None:
    engine = open_engine(new_database(tmp_path))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(OperationalError, match="readonly"):
        takes_writes(engine)()
    engine.dispose()


def test_a_database_that_a_query_found_damaged_is_not_ready(tmp_path: Path) -> None:
    engine = open_engine(new_database(tmp_path))
    takes_writes(engine)()
    with engine.connect() as connection:
        page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'pause'").scalar_one()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        with (tmp_path / "a.db").open("r+b") as file:
            file.seek(4096 * (page - 1))
            file.write(b"\xff" * 4096)
        with pytest.raises(DatabaseError, match="malformed"):
            connection.exec_driver_sql("SELECT * FROM pause").all()
    with pytest.raises(NotReadyError, match="damaged"):
        takes_writes(engine)()
    engine.dispose()
