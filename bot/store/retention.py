"""Retention: deletes the state of a dialogue when it is over, and its messages after some days."""

import time
from contextlib import suppress
from functools import partial
from typing import Callable, List, NamedTuple, Optional

from rasa.core.lock_store import LockStore
from sqlalchemy.engine import Connection

from bot.store import deletion
from bot.store.database import Database
from bot.store.dialogue import DialogueStore

DAY = 24 * 60 * 60


class Purged(NamedTuple):
    """Counts of what was or would be deleted: dialogues closed, conversations forgotten, and their turns."""

    closed: int
    forgotten: int
    turns: int


class Retention:
    """Deletes expired data, each conversation under its lock."""

    def __init__(
        self, store: DialogueStore, locks: LockStore, keep_days: int, clock: Callable[[], float] = time.time
    ) -> None:
        """Keep the messages of a conversation for `keep_days` days after the last one."""
        self._store, self._locks, self._keep_days, self._clock = store, locks, keep_days, clock

    async def foresee(self, database: Optional[Database] = None) -> Purged:
        """Count what `purge` would delete now; changes nothing.

        The queries can take seconds, during which the store answers nobody. With a `database` they run outside the
        store.
        """
        now = int(self._clock())

        def look(connection: Connection) -> Purged:
            to_close = deletion.ids_to_close(connection, now)
            to_forget = deletion.ids_to_forget(connection, now, self._keep_seconds)
            said = deletion.count_turns(connection, now, self._keep_seconds)
            return Purged(len(set(to_close) - set(to_forget)), len(to_forget), said)

        return await (database.read(look) if database else self._store.run(look))

    async def purge(self) -> Purged:
        """Delete what has expired and what is still to be erased, and record it if anything was deleted."""
        now = int(self._clock())
        with suppress(OSError):
            # If the marks cannot be removed, what they mark is still erased.
            await self._store.erase_marked()
        gone = await self._forget(now)
        purged = Purged(await self._close(now), len(gone), sum(gone))
        if any(purged):
            await self._store.run(lambda c: deletion.record(c, now, self._keep_days, *purged))
        # Even if nothing was deleted: a reader may have held the log when something was erased.
        await self._store.wipe_log()
        return purged

    async def _forget(self, now: int) -> List[int]:
        """Forget every expired conversation; returns the number of turns of each."""
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
        """Close every conversation that is over; returns their number."""
        closed = 0
        for one in await self._store.run(lambda c: deletion.ids_to_close(c, now)):
            async with self._locks.lock(one):
                closed += await self._store.run(partial(deletion.close, conversation_id=one, now=now))
        return closed

    @property
    def _keep_seconds(self) -> int:
        return self._keep_days * DAY
