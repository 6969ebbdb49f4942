"""Database access for the console and the command line. Functions run in transactions on a thread pool."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional, TypeVar

from sqlalchemy.engine import Connection, Engine

from bot.store import audit
from bot.store.keys import Head, KeyFile, keys_of
from bot.store.schema import AdvisoryLock

T = TypeVar("T")

#: The maximum number of concurrent transactions: one per core of a small machine, so that a long query does not block
#: everything else.
THREADS = 2


class Database:
    """Runs functions in transactions. The chat uses `DialogueStore` instead."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`; `close` disposes of it."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="console")
        # The key file has its own thread, because writing to it waits for the disk.
        self._noting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
        self._newest: Optional[Head] = None

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which must not write, in a transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that excludes all other writes by the console and the command line.

        Data that `work` has read is therefore still current when it writes, unless the chat has changed it.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Like `read`, but in the current thread and without an event loop."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # Python's SQLite driver does not begin a transaction for reads, so two queries could see different
                # data.
                connection.exec_driver_sql("BEGIN")
            return work(connection)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """Like `write`, but in the current thread and without an event loop."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({AdvisoryLock.STAFF_WRITES.value})")
            audit.appended(connection)
            done = work(connection)
            head = audit.appended(connection)
            file = keys_of(connection)
        if head is not None:
            # Only after the commit, because a row recorded in the key file must not be missing from the database.
            self._newest = head
            self._noting.submit(self._note, file)
        return done

    def _note(self, file: KeyFile) -> None:
        if self._newest is not None:
            file.note_head(self._newest)

    def close(self) -> None:
        """Wait for running transactions, then close the database."""
        self._threads.shutdown(wait=True)
        self._noting.shutdown(wait=True)
        self._engine.dispose()
