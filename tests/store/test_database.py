"""Transactions and locks in the console's database access, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.store import audit, staff, workload
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.schema import AdvisoryLock


@pytest.fixture
def processes(url: str) -> "Iterator[list[Database]]":
    """The same database, opened four times, as it would be by four processes."""
    opened = [Database(open_engine(url)) for _ in range(4)]
    yield opened
    for one in opened:
        one.close()


def at_once(processes: "list[Database]", work) -> None:
    def do(process: Database) -> None:
        for _ in range(15):
            process.write_now(work)

    with ThreadPoolExecutor(len(processes)) as threads:
        list(threads.map(do, processes))


def test_a_value_does_not_change_between_reading_and_writing_it(processes: "list[Database]") -> None:
    at_once(processes, lambda c: workload.set_limit(c, workload.limit(c) + 1))
    assert processes[0].read_now(workload.limit) == workload.LIMIT + 60


def test_several_processes_write_one_chain_in_the_audit_log(processes: "list[Database]") -> None:
    at_once(processes, lambda c: audit.append(c, 0, "rae", "search"))
    assert processes[0].read_now(audit.verify)[0:3:2] == (60, None)


def test_no_account_is_found_for_an_impossible_name(processes: "list[Database]") -> None:
    assert processes[0].read_now(lambda c: staff.named(c, "rae\0")) is None


def test_sqlite_sorts_in_memory_without_temporary_files(tmp_path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA temp_store")).scalar() == 2
    engine.dispose()


def test_each_advisory_lock_has_its_own_number() -> None:
    numbers = [lock.value for lock in AdvisoryLock.__members__.values()]
    assert len(set(numbers)) == len(numbers)
