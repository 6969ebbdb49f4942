"""Expired conversations are deleted but still counted. A conversation in progress loses nothing."""

import asyncio
import hashlib
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, AsyncIterator, Iterator

import pytest
import sqlalchemy as sa
from clock import Clock
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered

from bot.settings import ROOT
from bot.store import deletion, metrics, review_log
from bot.store.days import counted_day_begins_at
from bot.store.deletion import GRACE_SECONDS, IDLE_SECONDS, LONGEST_SECONDS
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.retention import DAY, Purged, Retention
from bot.store.schema import conversations, purges, reviews, turns
from bot.store.state import EMPTY

KEPT_DAYS = 30
HOUR = 60 * 60


class Kept:
    """A store with a clock that tests can set."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.locks = InMemoryLockStore()
        self.folder = folder
        engine = open_engine(f"sqlite:///{folder}/a.db")
        self.store = DialogueStore(Domain.load(ROOT / "domain.yml"), engine=engine, clock=self.clock)
        self.retention = Retention(self.store, self.locks, KEPT_DAYS, self.clock)

    async def talk(
        self,
        name: str,
        text: str = "a man wants pictures",
        removed: "tuple[str, ...]" = (),
        intent: str = "disclose_pressure",
    ) -> str:
        conversation_id = hashlib.sha256(name.encode()).hexdigest()
        if await self.store.session_status(conversation_id) is None:
            await self.store.begin(conversation_id)
        tracker = await self.store.get_or_create_tracker(conversation_id)
        read_as = {"name": intent if text else review_log.OPENING, "confidence": 0.9}
        parsed = {"intent": read_as, "entities": [], "text": text}
        said = UserUttered(text, read_as, [], parsed, metadata={"removed": list(removed)})
        tracker.update(said, self.store.domain)
        offer = {"kind": "service", "id": "ceop", "rule": "pressure"}
        tracker.update(BotUttered(None, {"custom": offer}), self.store.domain)
        tracker.update(ActionExecuted("action_listen"), self.store.domain)
        await self.store.save(tracker)
        return conversation_id

    async def rows(self, table: sa.Table) -> "list[Any]":
        return await self.store.run(lambda connection: connection.execute(table.select()).all())

    async def totals(self) -> "dict[tuple[str, str], int]":
        return await self.store.run(metrics.totals)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    one = Kept(tmp_path)
    yield one
    one.store.close()


async def test_a_dialogue_in_progress_is_left_alone(kept: Kept) -> None:
    await kept.talk("a")
    kept.clock.now += IDLE_SECONDS - 1
    assert await kept.retention.purge() == Purged(0, 0, 0)


async def test_dialogue_state_is_deleted_soon_after_the_conversation_closes(kept: Kept) -> None:
    await kept.talk("a")
    kept.clock.now += IDLE_SECONDS + GRACE_SECONDS
    await kept.retention.purge()
    assert [row.state for row in await kept.rows(conversations)] == [EMPTY]


@pytest.mark.parametrize(("share", "rests"), [(0.25, 3), (1.0, 0)], ids=["while messages are answered", "alone"])
async def test_a_purge_that_takes_only_its_share_rests_after_each_conversation(
    kept: Kept, share: float, rests: int
) -> None:
    for name in "abc":
        await kept.talk(name)
    kept.clock.now += IDLE_SECONDS + GRACE_SECONDS
    rested: "list[float]" = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    await Retention(kept.store, kept.locks, KEPT_DAYS, kept.clock, share, rest).purge()
    assert (len(rested), all(seconds > 0 for seconds in rested)) == (rests, True)


async def test_a_dialogue_without_a_pause_ends_after_a_day(kept: Kept) -> None:
    for _ in range(LONGEST_SECONDS // HOUR * 2 + 1):
        await kept.talk("a")
        kept.clock.now += HOUR / 2
    assert (await kept.retention.purge()).closed == 1


async def test_the_random_sample_is_drawn_once_the_week_is_over(kept: Kept) -> None:
    kept.clock.now = counted_day_begins_at(date(2026, 3, 2))
    await kept.talk("a", "what is grooming", intent="ask_grooming")
    for days in (1, 8):
        kept.clock.now += days * DAY
        await kept.retention.purge()
    assert [row.is_sampled for row in await kept.rows(reviews)] == [True]


async def test_the_times_of_a_finished_dialogue_are_rounded(kept: Kept) -> None:
    kept.clock.now += 7
    await kept.talk("a")
    kept.clock.now += 2 * HOUR
    await kept.retention.purge()
    row = (await kept.rows(conversations))[0]
    assert (row.started_at % deletion.ROUNDING, row.last_at % deletion.ROUNDING) == (0, 0)


async def test_words_are_kept_during_the_retention_period(kept: Kept) -> None:
    conversation_id = await kept.talk("a")
    kept.clock.now += KEPT_DAYS * DAY - HOUR
    await kept.retention.purge()
    said = await kept.store.run(lambda connection: review_log.turns_of(connection, conversation_id))
    assert [turn["text"] for turn in said] == ["a man wants pictures"]


async def test_words_are_deleted_after_the_retention_period(kept: Kept) -> None:
    await kept.talk("a")
    kept.clock.now += KEPT_DAYS * DAY
    assert await kept.retention.purge() == Purged(0, 1, 1)
    assert (await kept.rows(turns), await kept.rows(conversations)) == ([], [])


async def test_no_byte_of_deleted_words_is_left_in_the_database_or_its_log(kept: Kept) -> None:
    await kept.talk("a", "an unforgettable marmalade sentence")
    kept.clock.now += KEPT_DAYS * DAY
    await kept.retention.purge()
    assert [file.name for file in kept.folder.iterdir() if b"marmalade" in file.read_bytes()] == []


async def test_daily_counts_outlive_deleted_words(kept: Kept) -> None:
    for name in ("a", "b"):
        await kept.talk(name, removed=("name",))
        await kept.talk(name)
    before = await kept.totals()
    kept.clock.now += KEPT_DAYS * DAY
    await kept.retention.purge()
    assert await kept.totals() == before
    assert {
        ("conversation", "spoken"): 2,
        ("turn", ""): 4,
        ("intent", "disclose_pressure"): 4,
        ("asker", "unknown"): 4,
        ("removed", "name"): 2,
        ("service", "ceop"): 4,
    }.items() <= before.items()


async def test_an_erased_conversation_is_subtracted_from_the_counts(kept: Kept) -> None:
    await kept.store.erase(await kept.talk("a", removed=("name",)))
    assert await kept.totals() == {}


async def test_a_conversation_without_messages_is_deleted_when_it_is_over(kept: Kept) -> None:
    await kept.talk("a", "")
    kept.clock.now += IDLE_SECONDS + GRACE_SECONDS
    await kept.retention.purge()
    assert await kept.rows(conversations) == []
    assert (await kept.totals())["conversation", "silent"] == 1


async def test_the_row_of_an_erased_conversation_is_deleted_when_it_is_over(kept: Kept) -> None:
    await kept.store.erase(await kept.talk("a"))
    kept.clock.now += IDLE_SECONDS + GRACE_SECONDS
    await kept.retention.purge()
    assert await kept.rows(conversations) == []


async def test_an_erased_conversation_is_counted_only_as_erased(kept: Kept) -> None:
    await kept.store.erase(await kept.talk("a"))
    kept.clock.now += IDLE_SECONDS + GRACE_SECONDS
    await kept.retention.purge()
    assert await kept.totals() == {("conversation", "erased"): 1}


async def test_a_second_purge_deletes_nothing_and_counts_nothing_twice(kept: Kept) -> None:
    await kept.talk("a")
    kept.clock.now += KEPT_DAYS * DAY
    await kept.retention.purge()
    before = await kept.totals()
    assert await kept.retention.purge() == Purged(0, 0, 0)
    assert await kept.totals() == before


@pytest.mark.slow
async def test_concurrent_purges_delete_each_conversation_once(kept: Kept) -> None:
    for number in range(20):
        await kept.talk(str(number))
    kept.clock.now += KEPT_DAYS * DAY
    both = await asyncio.gather(kept.retention.purge(), kept.retention.purge())
    assert sum(purged.forgotten for purged in both) == 20
    assert (await kept.totals())["turn", ""] == 20


async def test_a_purge_deletes_what_its_preview_said(kept: Kept) -> None:
    await kept.talk("old")
    kept.clock.now += KEPT_DAYS * DAY
    await kept.talk("new")
    kept.clock.now += 2 * HOUR
    assert await kept.retention.foresee() == await kept.retention.purge() == Purged(1, 1, 1)


async def test_previewing_a_purge_changes_nothing(kept: Kept) -> None:
    await kept.talk("a")
    kept.clock.now += KEPT_DAYS * DAY
    before = await kept.rows(turns), await kept.rows(conversations)
    await kept.retention.foresee()
    assert (await kept.rows(turns), await kept.rows(conversations)) == before


async def test_a_purge_that_deleted_something_is_recorded(kept: Kept) -> None:
    await kept.talk("a")
    kept.clock.now += KEPT_DAYS * DAY
    await kept.retention.purge()
    await kept.retention.purge()
    written = [(row.at, row.keep_days, row.forgotten, row.turns) for row in await kept.rows(purges)]
    assert written == [(int(kept.clock.now), KEPT_DAYS, 1, 1)]


@pytest.mark.slow
async def test_a_purge_waits_for_a_conversations_lock(kept: Kept) -> None:
    conversation_id = await kept.talk("a")
    kept.clock.now += KEPT_DAYS * DAY
    async with kept.locks.lock(conversation_id):
        purge = asyncio.create_task(kept.retention.purge())
        await asyncio.wait([purge], timeout=0.3)
        assert len(await kept.rows(turns)) == 1
    await purge
    assert await kept.rows(turns) == []


@contextmanager
def reading(kept: Kept) -> "Iterator[sa.engine.Connection]":
    """Keep a read transaction open on another connection, which still sees the old rows."""
    engine = open_engine(f"sqlite:///{kept.folder}/a.db")
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.execute(turns.select()).all()
        yield connection
        connection.exec_driver_sql("ROLLBACK")
    engine.dispose()


def is_left(kept: Kept, text: bytes) -> bool:
    return any(text in file.read_bytes() for file in kept.folder.iterdir())


async def test_no_byte_is_left_of_a_conversation_erased_during_a_short_read(kept: Kept) -> None:
    erased = await kept.talk("a", "a man wants marmalade")
    with reading(kept):
        task = asyncio.create_task(kept.store.erase(erased))
        while await kept.rows(turns):
            await asyncio.sleep(0)
    await task
    assert not is_left(kept, b"marmalade")


@pytest.mark.slow
async def test_a_long_read_does_not_block_writers(kept: Kept) -> None:
    erased = await kept.talk("a")
    with reading(kept):
        began = time.monotonic()
        await kept.store.erase(erased)
        await kept.talk("b")
    # Left to itself, SQLite would wait ten seconds.
    assert time.monotonic() - began < 5


@pytest.mark.slow
async def test_the_next_purge_removes_the_traces_of_a_conversation_erased_during_a_long_read(kept: Kept) -> None:
    erased = await kept.talk("a", "a man wants marmalade")
    with reading(kept):
        await kept.store.erase(erased)
    assert await kept.retention.purge() == Purged(0, 0, 0)
    assert not is_left(kept, b"marmalade")
