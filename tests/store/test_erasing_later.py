"""A conversation that cannot be erased at once is marked, counts as erased, and is erased later."""

import hashlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from databases import new_database
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from sqlalchemy.exc import OperationalError
from talking import ID, say

from bot.settings import ROOT
from bot.store import review_log
from bot.store.dialogue import DialogueStore, Erasing
from bot.store.engine import open_engine
from bot.store.retention import Retention
from bot.store.tombstones import NAME, SIZE, FullError, Tombstones

DOMAIN = Domain.load(ROOT / "domain.yml")


def ids(count: int) -> "list[str]":
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the database as another program would."""
    with closing(sqlite3.connect(folder / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def opened(folder: Path) -> DialogueStore:
    return DialogueStore(DOMAIN, engine=open_engine(f"sqlite:///{folder}/a.db"))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DialogueStore]:
    new_database(tmp_path)
    one = opened(tmp_path)
    await one.begin(ID)
    await say(one, "he wants pictures")
    yield one
    one.close()


async def words(store: DialogueStore) -> "list[str]":
    return [turn["text"] for turn in await store.run(lambda connection: review_log.turns_of(connection, ID))]


async def is_erased(store: DialogueStore) -> bool:
    status = await store.session_status(ID)
    return status is not None and status.is_erased


async def test_a_conversation_is_erased_at_once_without_a_mark_if_the_database_answers(
    store: DialogueStore, tmp_path: Path
) -> None:
    assert await store.erase_soon(ID, seconds=30) is Erasing.DONE
    assert (await words(store), Tombstones(tmp_path / NAME).marked()) == ([], frozenset())


async def test_erasing_an_unknown_conversation_does_nothing(store: DialogueStore) -> None:
    assert await store.erase_soon(hashlib.sha256(b"b").hexdigest()) is Erasing.UNKNOWN


async def test_erasing_does_not_wait_for_a_locked_database(store: DialogueStore, tmp_path: Path) -> None:
    with locked(tmp_path):
        started = time.monotonic()
        assert await store.erase_soon(ID) is Erasing.MARKED
        assert time.monotonic() - started < 0.5


async def test_a_marked_conversation_counts_as_erased(store: DialogueStore, tmp_path: Path) -> None:
    with locked(tmp_path):
        await store.erase_soon(ID)
        assert await is_erased(store)


async def test_marks_stay_while_the_database_is_locked(store: DialogueStore, tmp_path: Path) -> None:
    with locked(tmp_path):
        await store.erase_soon(ID)
        with pytest.raises(OperationalError):
            await store.erase_marked()
        assert await is_erased(store)


async def test_marked_conversations_are_erased_once_the_database_is_available(
    store: DialogueStore, tmp_path: Path
) -> None:
    with locked(tmp_path):
        await store.erase_soon(ID)
    await store.erase_marked()
    assert (await words(store), Tombstones(tmp_path / NAME).marked()) == ([], frozenset())


async def test_a_purge_erases_marked_conversations(store: DialogueStore, tmp_path: Path) -> None:
    Tombstones(tmp_path / NAME).mark(ID)
    await Retention(store, InMemoryLockStore(), 30).purge()
    assert await words(store) == []


async def test_a_process_erases_the_conversations_whose_marks_it_could_not_write(
    store: DialogueStore, tmp_path: Path
) -> None:
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    with locked(tmp_path):
        assert await store.erase_soon(ID) is Erasing.FAILED
    await store.erase_own_marks()
    assert await words(store) == []


async def test_marks_in_the_file_are_left_to_the_process_that_does_the_erasing(
    store: DialogueStore, tmp_path: Path
) -> None:
    Tombstones(tmp_path / NAME).mark(ID)
    assert (await store.erase_own_marks(), await words(store)) == (0, ["he wants pictures"])


async def test_a_mark_outlives_the_process(store: DialogueStore, tmp_path: Path) -> None:
    with locked(tmp_path):
        await store.erase_soon(ID)
    with closing(opened(tmp_path)) as later:
        assert await is_erased(later)


async def test_conversations_marked_by_an_earlier_process_are_erased_by_the_next(
    store: DialogueStore, tmp_path: Path
) -> None:
    Tombstones(tmp_path / NAME).mark(ID)
    with closing(opened(tmp_path)) as later:
        await later.erase_marked()
        assert await words(later) == []


async def test_erasing_fails_if_the_mark_cannot_be_written(
    store: DialogueStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_tombstones", Tombstones(tmp_path / "a.db" / NAME))
    with locked(tmp_path):
        assert await store.erase_soon(ID) is Erasing.FAILED


async def test_the_process_remembers_marks_that_it_could_not_write(
    store: DialogueStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_tombstones", Tombstones(tmp_path / "a.db" / NAME))
    with locked(tmp_path):
        await store.erase_soon(ID)
    await store.erase_marked()
    assert await words(store) == []


def test_marking_needs_no_more_disk_space(tmp_path: Path) -> None:
    tombstones = Tombstones(tmp_path / NAME)
    before = (tmp_path / NAME).stat()
    tombstones.mark(ID)
    after = (tmp_path / NAME).stat()
    assert (after.st_size, after.st_blocks) == (before.st_size, before.st_blocks) == (SIZE, before.st_blocks)


def test_marking_is_refused_when_the_file_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.tombstones.SIZE", 3 * 66)
    tombstones = Tombstones(tmp_path / NAME)
    for one in ids(3):
        tombstones.mark(one)
    with pytest.raises(FullError):
        tombstones.mark(ID)


def test_marks_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    several = [Tombstones(tmp_path / NAME) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda pair: several[pair[0] % 4].mark(pair[1]), enumerate(ids(80))))
    assert Tombstones(tmp_path / NAME).marked() == frozenset(ids(80))


def test_a_mark_is_seen_at_once_by_other_processes(tmp_path: Path) -> None:
    one, other = Tombstones(tmp_path / NAME), Tombstones(tmp_path / NAME)
    seen = [(one.mark(conversation), conversation in other.marked())[1] for conversation in ids(20)]
    assert seen == [True] * 20


def test_a_mark_made_during_erasing_is_not_cleared(tmp_path: Path) -> None:
    tombstones = Tombstones(tmp_path / NAME)
    first, second = ids(2)
    tombstones.mark(first)
    erased = tombstones.marked()
    Tombstones(tmp_path / NAME).mark(second)
    tombstones.clear(erased)
    assert second in tombstones.marked()


def test_a_line_truncated_by_a_crash_does_no_harm(tmp_path: Path) -> None:
    Tombstones(tmp_path / NAME)
    with (tmp_path / NAME).open("r+b") as file:
        file.write(b"\n" + ids(1)[0][:30].encode())
    tombstones = Tombstones(tmp_path / NAME)
    tombstones.mark(ID)
    assert tombstones.marked() == {ID}
