"""Opens the database, its tables brought to the present version first."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import QueuePool, StaticPool

from bot.store.migrations import upgrade

#: Seconds that SQLite waits for whoever else writes.
WAIT_SECONDS = 10
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")


def open_engine(url: str) -> Engine:
    """Open the database at `url` and bring its tables to the present version.

    SQLite waits in WAL mode, so that readers do not stop a writer, overwrites what is deleted, and sorts in memory, not
    in files that would hold what was said. Errors name no values: an exception of SQLAlchemy would otherwise quote what
    was being stored.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it cannot be opened.
        MigrationError: it is of a later version of this program, or cannot be brought to the present one.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            Path(parsed.database).touch(mode=0o600)
        # SQLAlchemy opens a SQLite file anew for each transaction unless told to keep it.
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


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
