"""After days without a purge, no words are deleted until somebody confirms that the clock is right."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from clock import Clock
from databases import new_database
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from talking import ID, say

from bot.settings import ROOT
from bot.store import review_log
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.retention import DAY, LONGEST_PAUSE, HeldError, Purged, Retention

DOMAIN = Domain.load(ROOT / "domain.yml")


class Kept:
    """A store with one message, which has been purged once, and its clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.store = DialogueStore(DOMAIN, engine=open_engine(new_database(folder)), clock=self.clock)
        self.retention = Retention(self.store, InMemoryLockStore(), 30, self.clock)

    async def words(self) -> "list[str]":
        return [turn["text"] for turn in await self.store.run(lambda connection: review_log.turns_of(connection, ID))]


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    one = Kept(tmp_path)
    await one.store.begin(ID)
    await say(one.store, "he wants pictures")
    await one.retention.purge()
    yield one
    one.store.close()


async def test_a_clock_that_jumped_deletes_no_words(kept: Kept) -> None:
    kept.clock.now += 40 * DAY
    with pytest.raises(HeldError):
        await kept.retention.purge()
    assert await kept.words() == ["he wants pictures"]


async def test_the_error_says_how_much_is_due_the_date_and_how_to_confirm(kept: Kept) -> None:
    kept.clock.now += 40 * DAY
    said = str(await kept.retention.held())
    assert [part for part in ("time: 1;", "purge: 40.", "2027-02-24", "purge --confirm") if part not in said] == []


async def test_a_confirmed_purge_deletes_the_words_that_are_due(kept: Kept) -> None:
    kept.clock.now += 40 * DAY
    assert await kept.retention.purge(is_confirmed=True) == Purged(0, 1, 1)


async def test_after_a_confirmed_purge_the_next_ones_need_no_confirmation(kept: Kept) -> None:
    kept.clock.now += 40 * DAY
    await kept.retention.purge(is_confirmed=True)
    assert await kept.retention.held() is None


async def test_purges_resume_once_the_clock_is_right_again(kept: Kept) -> None:
    kept.clock.now += 40 * DAY
    with pytest.raises(HeldError):
        await kept.retention.purge()
    kept.clock.now -= 40 * DAY
    assert await kept.retention.purge() == Purged(0, 0, 0)


async def test_a_purge_after_a_pause_needs_no_confirmation_if_no_words_are_due(kept: Kept) -> None:
    kept.clock.now += LONGEST_PAUSE + 1
    assert (await kept.retention.purge()).closed == 1


async def test_regular_purges_delete_words_without_confirmation(kept: Kept) -> None:
    for _ in range(15):
        kept.clock.now += 2 * DAY
        await kept.retention.purge()
    assert await kept.words() == []
