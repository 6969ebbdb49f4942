"""Retention: deletes a dialogue's state when the dialogue is over, and its messages some days later."""

import time
from contextlib import suppress
from functools import partial
from typing import Callable, List, NamedTuple, Optional

from rasa.core.lock_store import LockStore
from sqlalchemy.engine import Connection

from bot.store import deletion, sample
from bot.store.database import Database
from bot.store.dialogue import DialogueStore

DAY = 24 * 60 * 60


class Purged(NamedTuple):
    """How many dialogues a purge closed, and how many conversations and turns it deleted.

    `Retention.foresee` returns the numbers for a purge that has not happened yet.
    """

    closed: int
    forgotten: int
    turns: int


class Retention:
    """Deletes expired data, holding each conversation's lock while it does so."""

    def __init__(
        self, store: DialogueStore, locks: LockStore, keep_days: int, clock: Callable[[], float] = time.time
    ) -> None:
        """Keep a conversation's messages for `keep_days` days after the last message."""
        self._store, self._locks, self._keep_days, self._clock = store, locks, keep_days, clock

    async def foresee(self, database: Optional[Database] = None) -> Purged:
        """Count what `purge` would delete now, without changing anything.

        The queries can take several seconds, and the store can do nothing else until they finish. They run on
        `database` instead if it is given.
        """
        now = int(self._clock())

        def look(connection: Connection) -> Purged:
            to_close = deletion.ids_to_close(connection, now)
            to_forget = deletion.ids_to_forget(connection, now, self._keep_seconds)
            said = deletion.count_turns(connection, now, self._keep_seconds)
            return Purged(len(set(to_close) - set(to_forget)), len(to_forget), said)

        return await (database.read(look) if database else self._store.run(look))

    async def purge(self) -> Purged:
        """Erase marked conversations, delete expired data, and record the purge if any data had expired.

        The conversations that are now over may be drawn for the random sample.
        """
        now = int(self._clock())
        with suppress(OSError):
            # If the marks cannot be removed, the conversations they mark have still been erased.
            await self._store.erase_marked()
        gone = await self._forget(now)
        purged = Purged(await self._close(now), len(gone), sum(gone))
        await self._store.run(lambda c: sample.draw(c, now))
        if any(purged):
            await self._store.run(lambda c: deletion.record(c, now, self._keep_days, *purged))
        # Do this even if nothing was deleted, because a reader may have blocked it when a conversation was erased.
        await self._store.wipe_log()
        return purged

    async def _forget(self, now: int) -> List[int]:
        """Delete every expired conversation and return the number of turns in each of them."""
        gone = []
        for one in await self._store.run(lambda c: deletion.ids_to_forget(c, now, self._keep_seconds)):
            async with self._locks.lock(one):
                turns = await self._store.run(
                    partial(deletion.forget, conversation_id=one, now=now, keep_seconds=self._keep_seconds)
                )
            if turns is not None:
                gone.append(turns)
        return gone

    async def _close(self, now: int) -> int:
        """Close every conversation that is over and return how many were closed."""
        closed = 0
        for one in await self._store.run(lambda c: deletion.ids_to_close(c, now)):
            async with self._locks.lock(one):
                closed += await self._store.run(partial(deletion.close, conversation_id=one, now=now))
        return closed

    @property
    def _keep_seconds(self) -> int:
        return self._keep_days * DAY
