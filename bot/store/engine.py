"""Opens the database and migrates its tables to the current version."""

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import QueuePool, StaticPool

from bot.store.integrity import check_files
from bot.store.migrations import upgrade

#: How many seconds SQLite waits for another writer to finish.
WAIT_SECONDS = 10
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")


def open_engine(url: str) -> Engine:
    """Open the database at `url`, which is created if it does not exist, and migrate its tables.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened.
        OSError: the database's directory cannot be written.
        DamagedError: the database is damaged, or is missing although it has been used.
        MigrationError: the database was created by a later version of this program, or cannot be migrated.
    """
    path = file_of(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_files(path)
        path.touch(mode=0o600)
    engine = connect_engine(url)
    upgrade(engine)
    return engine


def connect_engine(url: str) -> Engine:
    """Return an engine for the database at `url`, which is neither checked nor migrated.

    SQLite runs in WAL mode, so that readers do not block a writer. It overwrites deleted data, and it sorts in memory
    because temporary files would contain messages. Errors hide query parameters, because SQLAlchemy's exceptions would
    otherwise quote the data.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=4)
    engine = sa.create_engine(
        url,
        # By default, SQLAlchemy reopens a SQLite file for each transaction.
        poolclass=StaticPool if file_of(url) is None else QueuePool,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def file_of(url: str) -> Optional[Path]:
    """Return the file of an SQLite database, or None if it is in memory or on a server."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None


@contextmanager
def waiting_at_most(connection: Connection, seconds: float) -> Iterator[None]:
    """Wait for SQLite's locks no longer than `seconds` inside a `with` block. Use this outside a transaction."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={int(1000 * seconds)}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={1000 * WAIT_SECONDS}")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
