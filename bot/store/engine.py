"""Opens the database and migrates its tables to the current version."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import QueuePool, StaticPool

from bot.store.migrations import upgrade

#: How many seconds SQLite waits for another writer to finish.
WAIT_SECONDS = 10
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")


def open_engine(url: str) -> Engine:
    """Open the database at `url` and migrate its tables to the current version.

    SQLite runs in WAL mode, so that readers do not block a writer. It overwrites deleted data, and it sorts in memory
    because temporary files would contain messages. Errors hide query parameters, because SQLAlchemy's exceptions would
    otherwise quote the data.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened.
        MigrationError: the database was created by a later version of this program, or cannot be migrated.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            Path(parsed.database).touch(mode=0o600)
        # By default, SQLAlchemy reopens a SQLite file for each transaction.
        pool = StaticPool if parsed.database in (None, "", ":memory:") else QueuePool
        engine = sa.create_engine(
            url,
            poolclass=pool,
            hide_parameters=True,
            connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS},
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=4)
    upgrade(engine)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
