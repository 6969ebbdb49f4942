"""Conversation locks: a conversation's messages are answered one at a time, whichever process receives them.

Rasa's own locks poll once a second, and its Redis locks issue tickets in two steps, so two processes can lose a
message. These locks wait in the database server or the kernel instead, which also releases the locks of a process that
dies.
"""

import asyncio
import fcntl
import hashlib
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, AsyncContextManager, AsyncIterator, Callable, Dict, Optional, Protocol, Tuple, TypeVar

import sqlalchemy as sa
from rasa.core.lock_store import LockStore
from sqlalchemy.engine import URL, Connection, make_url

from bot.settings import load_settings

#: The lock file's name, next to the SQLite database.
NAME = "locks"
#: The number of threads per process that wait for locks held by other processes.
WAITING = 16
#: The maximum number of locks that a process holds or waits for in PostgreSQL. Each uses one connection.
CONNECTIONS = 8
#: Maximum seconds to wait for a lock in PostgreSQL. This is longer than the timeout for answering a message.
LONGEST = 30
#: Makes PostgreSQL notice within half a minute that a machine holding locks has disappeared.
_KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4"

T = TypeVar("T")


class Exclusion(Protocol):
    """Excludes other processes."""

    def hold(self, number: int) -> AsyncContextManager[None]:
        """Wait for the lock with this number and hold it.

        Raises:
            OSError, sqlalchemy.exc.SQLAlchemyError: the lock cannot be acquired.
        """

    def close(self) -> None:
        """Release every lock."""


class ConversationLocks(LockStore):
    """One lock per conversation, taken first within this process, then across all that use the same database."""

    def __init__(self, endpoint_config: object = None, exclusion: Optional[Exclusion] = None) -> None:
        """Use `exclusion`, which defaults to the one for the configured database.

        Args:
            endpoint_config: Rasa's configuration from endpoints.yml, which is not used.
            exclusion: excludes other processes.

        Raises:
            OSError: the lock file cannot be opened.
        """
        self._exclusion = exclusion or exclusion_of(make_url(load_settings().database_url))
        # Each active conversation's lock, and the number of messages that hold it or wait for it.
        self._ours: Dict[int, Tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[None]:
        """Hold a conversation's lock. Rasa's other arguments configure its polling and are ignored.

        Raises:
            OSError, sqlalchemy.exc.SQLAlchemyError: the lock cannot be acquired.
        """
        number = _number(conversation_id)
        async with self._within_process(number), self._exclusion.hold(number):
            yield

    def close(self) -> None:
        """Release every lock."""
        self._exclusion.close()

    @asynccontextmanager
    async def _within_process(self, number: int) -> AsyncIterator[None]:
        lock, users = self._ours.get(number) or (asyncio.Lock(), 0)
        self._ours[number] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            users = self._ours[number][1] - 1
            self._ours[number] = lock, users
            if not users:
                del self._ours[number]


class FileExclusion:
    """Locks two bytes of a file per conversation: one for the next message in line, one for the message being answered.

    Open file description locks (fcntl(2)) belong to one open() of the file, so each process has its own, and the kernel
    releases them when the process ends. The first byte stops a process that has just released a lock from reacquiring
    it ahead of one that is waiting.
    """

    def __init__(self, path: Path) -> None:
        """Open the lock file, which stays empty.

        Raises:
            OSError: the file cannot be opened.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._threads = ThreadPoolExecutor(max_workers=WAITING, thread_name_prefix="locks")

    @asynccontextmanager
    async def hold(self, number: int) -> AsyncIterator[None]:
        """See `Exclusion`."""
        line, held = _bytes_of(number)
        try:
            # The lock is nearly always free, in which case no thread is needed.
            self._take(fcntl.F_OFD_SETLK, line, held)
        except BlockingIOError:
            take = partial(self._take, fcntl.F_OFD_SETLKW, line, held)
            await _in_thread(self._threads, take, lambda _: self._release(held))
        try:
            yield
        finally:
            self._release(held)

    def close(self) -> None:
        """See `Exclusion`."""
        self._threads.shutdown(wait=True)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, command: int, line: int, held: int) -> None:
        self._set(command, fcntl.F_WRLCK, line)
        try:
            self._set(command, fcntl.F_WRLCK, held)
        finally:
            self._release(line)

    def _release(self, byte: int) -> None:
        self._set(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, byte)

    def _set(self, command: int, kind: int, byte: int) -> None:
        # struct flock on 64-bit Linux: type, whence, start, length, and a process id, which must be 0.
        fcntl.fcntl(self._file, command, struct.pack("@hhqqi4x", kind, os.SEEK_SET, byte, 1, 0))


class PostgresExclusion:
    """Advisory locks, each held by an open transaction. PostgreSQL queues the waiters."""

    def __init__(self, url: URL) -> None:
        """Use the database at `url`, with a separate connection pool for the locks."""
        self._engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=LONGEST,
            connect_args={"options": f"{_KEEPALIVE} -c lock_timeout={LONGEST}s"},
        )
        self._places = asyncio.Semaphore(CONNECTIONS)
        # Twice as many threads as connections, so that releasing a lock never waits behind attempts to acquire others.
        self._threads = ThreadPoolExecutor(max_workers=2 * CONNECTIONS, thread_name_prefix="locks")

    @asynccontextmanager
    async def hold(self, number: int) -> AsyncIterator[None]:
        """See `Exclusion`."""
        async with self._places:
            connection = await _in_thread(self._threads, lambda: self._take(number), Connection.close)
            try:
                yield
            finally:
                # Closing rolls back the transaction, whose only purpose was to hold the lock.
                closing = asyncio.get_running_loop().run_in_executor(self._threads, connection.close)
                await asyncio.shield(closing)

    def close(self) -> None:
        """See `Exclusion`."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    def _take(self, number: int) -> Connection:
        connection = self._engine.connect()
        try:
            # Not a session-level lock, which a pooler such as PgBouncer could leave behind on another client's
            # connection.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
        except BaseException:
            connection.close()
            raise
        return connection


class NoExclusion:
    """No exclusion, because other processes cannot use an in-memory database."""

    @asynccontextmanager
    async def hold(self, number: int) -> AsyncIterator[None]:
        """See `Exclusion`."""
        yield

    def close(self) -> None:
        """See `Exclusion`."""


def exclusion_of(url: URL) -> Exclusion:
    """Return the exclusion for the database at `url`.

    Raises:
        OSError: the lock file cannot be opened.
    """
    if url.get_backend_name() != "sqlite":
        return PostgresExclusion(url)
    if url.database in (None, "", ":memory:"):
        return NoExclusion()
    return FileExclusion(Path(str(url.database)).parent / NAME)


async def _in_thread(threads: ThreadPoolExecutor, take: Callable[[], T], give_back: Callable[[T], object]) -> T:
    """Run `take` in a thread. If cancelled, let the thread finish and pass its result to `give_back`."""
    taking = asyncio.get_running_loop().run_in_executor(threads, take)

    def unwanted(taken: "asyncio.Future[T]") -> None:
        if not taken.cancelled() and taken.exception() is None:
            threads.submit(give_back, taken.result())

    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        taking.add_done_callback(unwanted)
        raise


def _number(conversation_id: str) -> int:
    """Hash a conversation's id to a signed 64-bit number. Conversations whose hashes collide share a lock."""
    hashed = hashlib.blake2b(conversation_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(hashed, "big", signed=True)


def _bytes_of(number: int) -> Tuple[int, int]:
    """Return the offsets of a conversation's two bytes, which are below the maximum file offset, 2 ** 63 - 1."""
    first = (number & (2**61 - 1)) * 2
    return first, first + 1
