"""Database access for the console and the command line: functions run in transactions, on a thread pool."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

from sqlalchemy.engine import Connection, Engine

from bot.store.schema import AdvisoryLock

T = TypeVar("T")

#: Concurrent transactions: one for each core of a small machine, so that one long query does not block the others.
THREADS = 2


class Database:
    """Runs functions in transactions. The chat has its own access, see `DialogueStore`."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`; `close` disposes of it."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="console")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that only reads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction, while no other write for staff runs.

        What `work` read is therefore still true when it writes, except for what the chat writes.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as `read` does, without an event loop."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # Python's driver begins no transaction for reads; without one, two queries may see different data.
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
