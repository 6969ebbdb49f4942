"""A damaged database is refused and left unchanged, rather than served with data missing."""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import new_database

from bot.store.engine import open_engine
from bot.store.integrity import DamagedError, check_files, check_pages
from bot.store.schema import pauses
from bot.store.tombstones import NAME as MARKS

FRAME = 24 + 4096


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A database in a directory where the program has run before."""
    new_database(tmp_path)
    (tmp_path / MARKS).touch()
    return tmp_path / "a.db"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database left by a killed process. Its log holds ten new transactions, then frames of older ones."""
    folder = tmp_path_factory.mktemp("killed")
    with closing(sqlite3.connect(folder / "served.db", isolation_level=None)) as one:
        one.execute("PRAGMA journal_mode=WAL")
        one.execute("CREATE TABLE a (b)")
        for number in range(20):
            one.execute("INSERT INTO a VALUES (?)", (str(number) * 900,))
        one.execute("PRAGMA wal_checkpoint(RESTART)")
        for number in range(10):
            one.execute("INSERT INTO a VALUES (?)", (str(number) * 900,))
        for end in ("", "-wal"):
            shutil.copy(folder / f"served.db{end}", folder / f"a.db{end}")
    return folder


@pytest.fixture
def log(killed: Path, tmp_path: Path) -> Iterator[Path]:
    for end in ("", "-wal"):
        shutil.copy(killed / f"a.db{end}", tmp_path / f"a.db{end}")
    return tmp_path / "a.db-wal"


def scramble(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(random.Random(1).randbytes(length))


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_text("a letter to the council\n" * 500), "is not an SQLite database"),
        (half, "is damaged"),
        (lambda path: scramble(path, 4096 * 3, 4096), "is damaged"),
        (lambda path: scramble(path, 100, 3000), "is damaged"),
    ],
)
def test_a_damaged_database_is_refused_with_its_path_and_advice(
    used: Path, harm: "Callable[[Path], object]", what: str
) -> None:
    harm(used)
    with pytest.raises(DamagedError, match=rf"{used} {what}.*streetwise restore"):
        check_pages(used)


def test_a_refused_database_is_not_changed(used: Path) -> None:
    used.write_bytes(b"")
    with pytest.raises(DamagedError):
        open_engine(f"sqlite:///{used}")
    assert used.read_bytes() == b""


def test_an_intact_database_is_not_refused(used: Path) -> None:
    check_pages(used)


def test_a_new_database_is_accepted_where_the_program_has_not_run_before(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    check_pages(tmp_path / "a.db")


def test_checking_the_pages_does_not_remove_an_unreadable_log(log: Path) -> None:
    scramble(log, 32 + 100, FRAME)
    before = log.read_bytes()
    with pytest.raises(DamagedError, match="write-ahead log"):
        check_pages(log.parent / "a.db")
    assert log.read_bytes() == before


def test_a_damaged_page_is_found_without_merging_the_log(log: Path) -> None:
    path = log.parent / "a.db"
    scramble(path, 4 * 4096, 4096)
    before = path.read_bytes(), log.read_bytes()
    with pytest.raises(DamagedError):
        check_pages(path)
    assert (path.read_bytes(), log.read_bytes()) == before


def test_an_empty_database_with_a_log_is_refused(log: Path) -> None:
    (log.parent / "a.db").write_bytes(b"")
    with pytest.raises(DamagedError, match="is empty"):
        check_files(log.parent / "a.db")


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 32), (32, 8), (32 + 8, 8), (32 + 100, 1), (32 + 3 * FRAME, FRAME), (32, 20 * FRAME)],
    ids=["header", "frame header", "salts", "one byte", "a whole frame", "everything but the header"],
)
def test_a_log_whose_transactions_would_be_lost_is_refused(log: Path, start: int, length: int) -> None:
    scramble(log, start, length)
    with pytest.raises(DamagedError, match="write-ahead log"):
        check_files(log.parent / "a.db")


def test_a_log_left_by_a_killed_process_is_not_refused(log: Path) -> None:
    check_files(log.parent / "a.db")


@pytest.mark.parametrize("cut", [1, 100, FRAME - 24, FRAME])
def test_a_log_with_a_truncated_last_transaction_is_not_refused(log: Path, cut: int) -> None:
    log.write_bytes(log.read_bytes()[:-cut])
    check_files(log.parent / "a.db")


@pytest.mark.parametrize("content", [b"", bytes(32), bytes(FRAME * 3), b"7"])
def test_a_log_without_any_transactions_is_not_refused(log: Path, content: bytes) -> None:
    log.write_bytes(content)
    check_files(log.parent / "a.db")


READS_IT = "import sqlite3, sys; print(len(sqlite3.connect(sys.argv[1]).execute('SELECT * FROM pause').fetchall()))"


def test_other_processes_see_writes_made_after_a_database_was_opened_twice(tmp_path: Path) -> None:
    url = new_database(tmp_path)

    def read_elsewhere() -> str:
        command = [sys.executable, "-c", READS_IT, url.partition("///")[2]]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    first, second = open_engine(url), open_engine(url)
    read_elsewhere()
    with first.begin() as connection:
        connection.execute(pauses.insert(), {"since": 1})
    assert read_elsewhere() == "1"
    first.dispose()
    second.dispose()
