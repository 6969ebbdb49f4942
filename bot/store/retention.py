"""Retention: deletes dialogue state when a conversation is over, and its messages some days later."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from typing import Awaitable, Callable, List, NamedTuple, Optional, TypeVar

from rasa.core.lock_store import LockStore
from sqlalchemy.engine import Connection

from bot.monitoring import PURGE_COMPLETED, PURGE_HELD
from bot.store import complaints, deletion, options, sample
from bot.store.database import Database
from bot.store.dialogue import DialogueStore

T = TypeVar("T")

DAY = 24 * 60 * 60
#: The option that holds the time of the last purge, in seconds since 1970.
PURGED_AT = "purged_at"
#: If no purge has run for longer than this, in seconds, deleting words requires confirmation. Purges run every ten
#: minutes, so either the program was off for days, or the clock jumped and words would be deleted too early.
LONGEST_PAUSE = 3 * DAY


class HeldError(Exception):
    """A purge needs confirmation: the last one was so long ago that the clock may be wrong. Nothing was deleted."""

    def __init__(self, days: int, due: int, now: int) -> None:
        today = datetime.fromtimestamp(now, timezone.utc).date()
        super().__init__(
            f"Nothing is deleted, because more than usual is due: conversations that are over their time: {due}; days "
            f"since the last purge: {days}. By this machine's clock, today is {today}. If that is right, run "
            "'streetwise purge --confirm'. If not, set the clock."
        )
        self.days, self.due = days, due


class Purged(NamedTuple):
    """The number of conversations that a purge closed, and the number of conversations and turns that it deleted.

    `Retention.foresee` returns the numbers that a purge would produce now.
    """

    closed: int
    forgotten: int
    turns: int


class Retention:
    """Deletes expired data, holding each conversation's lock while it does so."""

    def __init__(
        self,
        store: DialogueStore,
        locks: LockStore,
        keep_days: int,
        clock: Callable[[], float] = time.time,
        share: float = 1.0,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Keep a conversation's messages for `keep_days` days after the last message.

        Args:
            store: the conversations.
            locks: a lock for each conversation.
            keep_days: the retention period in days.
            clock: returns the time in seconds since 1970.
            share: the share of the store's time that a purge may take while messages are answered.
            rest: waits for a number of seconds.
        """
        self._store, self._locks, self._keep_days, self._clock = store, locks, keep_days, clock
        self._share, self._rest = share, rest

    async def foresee(self, database: Optional[Database] = None) -> Purged:
        """Count the data that `purge` would delete now, without changing anything.

        The queries can take several seconds, during which the store can do nothing else. Pass `database` to run them
        there instead.
        """
        now = int(self._clock())

        def look(connection: Connection) -> Purged:
            to_close = deletion.ids_to_close(connection, now)
            to_forget = deletion.ids_to_forget(connection, now, self._keep_seconds)
            said = deletion.count_turns(connection, now, self._keep_seconds)
            return Purged(len(set(to_close) - set(to_forget)), len(to_forget), said)

        return await (database.read(look) if database else self._store.run(look))

    async def held(self) -> Optional[HeldError]:
        """Return the error that an unconfirmed `purge` would raise, or None if it would run."""
        now = int(self._clock())
        return await self._store.read(lambda connection: _why_held(connection, now, self._keep_seconds))

    async def purge(self, is_confirmed: bool = False) -> Purged:
        """Erase marked conversations, delete expired data, and record the purge if any data had expired.

        Conversations that are now over may be drawn for the random sample.

        Raises:
            HeldError: the clock may be wrong, and the purge was not confirmed. Only marked conversations were erased.
        """
        now = int(self._clock())
        with suppress(OSError):
            # If the marks cannot be removed, the conversations they mark have still been erased.
            await self._store.erase_marked()
        held = None if is_confirmed else await self.held()
        PURGE_HELD.set(held is not None)
        if held is not None:
            raise held
        await self._store.run(lambda c: complaints.purge(c, now, self._keep_seconds))
        gone = await self._forget(now)
        purged = Purged(await self._close(now), len(gone), sum(gone))
        await self._store.run(lambda c: sample.draw(c, now))
        await self._store.run(lambda c: deletion.drop_keys(c, now, self._keep_seconds))
        if any(purged):
            await self._store.run(lambda c: deletion.record(c, now, self._keep_days, *purged))
        # Do this even if nothing was deleted, because a reader may have blocked it when a conversation was erased.
        await self._store.wipe_log()
        await self._store.run(lambda c: options.put(c, PURGED_AT, str(now)))
        PURGE_COMPLETED.set(now)
        return purged

    async def _forget(self, now: int) -> List[int]:
        """Delete every expired conversation and return the number of turns in each."""
        gone = []
        # Finding them can take a second, so it must not hold up those who write.
        for one in await self._store.read(lambda c: deletion.ids_to_forget(c, now, self._keep_seconds)):
            forget = partial(deletion.forget, conversation_id=one, now=now, keep_seconds=self._keep_seconds)
            turns = await self._with_a_rest(one, forget)
            if turns is not None:
                gone.append(turns)
        return gone

    async def _close(self, now: int) -> int:
        """Close every conversation that is over and return how many were closed."""
        closed = 0
        for one in await self._store.read(lambda c: deletion.ids_to_close(c, now)):
            closed += await self._with_a_rest(one, partial(deletion.close, conversation_id=one, now=now))
        return closed

    async def _with_a_rest(self, conversation_id: str, work: Callable[[Connection], T]) -> T:
        """Run `work` while holding a conversation's lock, then rest long enough to take only our share of the time."""
        began = time.perf_counter()
        async with self._locks.lock(conversation_id):
            done = await self._store.run(work)
        if self._share < 1:
            await self._rest((time.perf_counter() - began) * (1 / self._share - 1))
        return done

    @property
    def _keep_seconds(self) -> int:
        return self._keep_days * DAY


def _why_held(connection: Connection, now: int, keep_seconds: int) -> Optional[HeldError]:
    last = options.get(connection, PURGED_AT)
    if last is None or now - int(last) <= LONGEST_PAUSE:
        return None
    due = deletion.count_overdue(connection, now, keep_seconds)
    return HeldError((now - int(last)) // DAY, due, now) if due else None
