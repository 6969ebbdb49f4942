"""Checks whether the program can answer right now: the database accepts writes, Redis answers, the model is complete.

The result is cached for a second, so a load balancer can ask as often as it likes.
"""

import asyncio
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Dict, FrozenSet, Mapping, Optional

import redis
from sqlalchemy.engine import Engine

from bot import monitoring
from bot.store import options
from bot.store.engine import file_of, is_damaged, waiting_at_most

logger = logging.getLogger(__name__)

#: How long a result is cached, in seconds.
KEPT = 1.0
#: Seconds after which a check counts as failed. The database and Redis have shorter timeouts of their own.
PATIENCE = 1.0
_PATIENCE_OF_PARTS = 0.5
#: The option that the database check writes.
WRITTEN = "written_at"
#: Minimum number of free bytes on an SQLite database's disk. A message needs about twenty thousand.
LEAST_FREE = 1_000_000

#: A check of one part. It returns if the part works, and raises an exception if it does not.
Check = Callable[[], None]


class NotReadyError(RuntimeError):
    """A part does not work. The message names the part, without any password, and says what to do."""


class Readiness:
    """Runs checks on threads. A hanging check blocks neither the event loop nor later answers."""

    def __init__(self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
        """Use `checks`, a mapping from each part's name to its check."""
        self._checks, self._clock = checks, clock
        self._threads = ThreadPoolExecutor(max_workers=max(1, len(checks)), thread_name_prefix="readiness")
        self._running: "Dict[str, asyncio.Future[None]]" = {}
        self._asking: "Optional[asyncio.Task[FrozenSet[str]]]" = None
        self._known_at, self._failed = float("-inf"), frozenset(checks)

    async def failed(self) -> FrozenSet[str]:
        """Return the names of the parts that do not work."""
        if self._clock() - self._known_at < KEPT:
            return self._failed
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._ask())
        # Shielded, because a client that disconnects must not cancel the check for others.
        return await asyncio.shield(self._asking)

    async def _ask(self) -> FrozenSet[str]:
        began = self._clock()
        loop = asyncio.get_running_loop()
        for name, check in self._checks.items():
            if name not in self._running or self._running[name].done():
                self._running[name] = loop.run_in_executor(self._threads, check)
        await asyncio.wait(self._running.values(), timeout=PATIENCE)
        reasons = {name: _reason(running) for name, running in self._running.items()}
        failed = frozenset(name for name, reason in reasons.items() if reason)
        for name, reason in reasons.items():
            monitoring.READY.labels(name).set(not reason)
            if name in failed - self._failed or (reason and self._known_at < 0):
                logger.error("Not ready: the %s does not work (%s).", name, reason)
        for name in self._failed - failed if self._known_at >= 0 else ():
            logger.warning("Ready again: the %s works.", name)
        self._known_at, self._failed = began, failed
        return failed

    def close(self) -> None:
        """Stop without waiting for hanging checks."""
        self._threads.shutdown(wait=False)


def _reason(running: "asyncio.Future[None]") -> str:
    if not running.done():
        return "it does not respond"
    error = running.exception()
    # Return only the exception's type, because its message might quote a query or a password.
    return type(error).__name__ if error is not None else ""


def takes_writes(engine: Engine) -> Check:
    """Return a check that the database accepts a write promptly and is undamaged, and that its disk has space left.

    Damage is noticed only when a query runs into it, because looking for it would mean reading the whole file.
    """
    path = file_of(str(engine.url))

    def check() -> None:
        if path is not None and is_damaged(path):
            raise NotReadyError(f"The database {path} is damaged. Restart the program: it says what to do.")
        if path is not None:
            disk = os.statvfs(path.parent)
            if disk.f_bavail * disk.f_frsize < LEAST_FREE:
                raise NotReadyError(f"The disk that holds {path} is full.")
        with engine.connect() as connection, waiting_at_most(connection, _PATIENCE_OF_PARTS), connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(1000 * _PATIENCE_OF_PARTS)}")
            options.put(connection, WRITTEN, str(int(time.time())))

    return check


def answers(redis_url: str) -> Check:
    """Return a check that a Redis server answers."""
    client = redis.Redis.from_url(
        redis_url, socket_timeout=_PATIENCE_OF_PARTS, socket_connect_timeout=_PATIENCE_OF_PARTS
    )

    def check() -> None:
        client.ping()

    return check
