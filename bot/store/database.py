"""Database access for the console and the command line: functions run in transactions, on a thread pool."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

from sqlalchemy.engine import Connection, Engine

from bot.store.schema import AdvisoryLock

T = TypeVar("T")

#: Maximum number of concurrent transactions: one for each core of a small machine, so that a long query does not block
#: the others.
THREADS = 2


class Database:
    """Runs functions in transactions. The chat does not use this; see `DialogueStore`."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, which `close` will dispose of."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="console")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that only reads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that excludes all other writes by the console and the command line.

        Anything that `work` has read is therefore still current when it writes, unless the chat has changed it.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as `read` does, without an event loop."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # Python's driver does not begin a transaction for reads, so two queries could see different data.
                connection.exec_driver_sql("BEGIN")
            return work(connection)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as `write` does, without an event loop."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({AdvisoryLock.STAFF_WRITES.value})")
            return work(connection)

    def close(self) -> None:
        """Wait for running transactions, then close the database."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()
