"""The database as the console uses it: work in transactions, on threads of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

from sqlalchemy.engine import Connection, Engine

T = TypeVar("T")

#: Transactions at once: one for each core of a small machine, so that a long list does not stop the next reader.
THREADS = 2
#: Any number: whoever writes for the console or on the machine to a PostgreSQL database holds this lock, so that what
#: they looked at before is still so. The chat writes beside them.
_LOCK = 5006


class Database:
    """Runs work in transactions, beside the store that answers people."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, which stays open until `close`."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="console")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, of which all or nothing is kept and beside which nobody else of staff writes."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """As `read`, where no event loop runs."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # Python's driver begins no transaction to read: without one, two looks may see different things.
                connection.exec_driver_sql("BEGIN")
            return work(connection)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """As `write`, where no event loop runs."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            return work(connection)

    def close(self) -> None:
        """Finish what is under way and close the database."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()
