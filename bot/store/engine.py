"""Opens the database and its key file, and migrates the tables to the current version."""

import functools
import sqlite3
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Optional, Set

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, ExceptionContext, make_url
from sqlalchemy.pool import QueuePool, StaticPool

from bot.store import audit, keys, options
from bot.store.integrity import check_files
from bot.store.keys import KeyFile, KeysError
from bot.store.migrations import upgrade
from bot.store.schema import AdvisoryLock

#: Seconds that SQLite waits for another writer to finish.
WAIT_SECONDS = 10
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")
#: The number of connections that this process has open to each database file.
_connected: "Counter[Path]" = Counter()
#: The database files in which this process has found a damaged page.
_damaged: Set[Path] = set()
#: PostgreSQL options that keep statements out of the server's log. Writers' words are encrypted anyway, but statements
#: also contain times and staff proposals. Not every role may set these options.
_UNLOGGED = {
    "log_statement": "none",
    "log_min_error_statement": "panic",
    # Omits the row that a failed statement refers to.
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
}


def open_engine(url: str, keys_url: Optional[str] = None) -> Engine:
    """Open the database at `url` and its key file, and migrate the tables to the current version.

    Args:
        url: the database.
        keys_url: the key file's URL, or None for the one in the settings.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened.
        OSError: the database's directory cannot be written.
        DamagedError: the database is damaged, or is missing although it has been used.
        MigrationError: the database was created by a later version of this program, or cannot be migrated.
        KeysError: the key file cannot be used, or belongs to another database.
    """
    engine = open_tables(url)
    try:
        attach(engine, _key_file(engine, keys_url or keys.url_for(engine)))
    except Exception:
        engine.dispose()
        raise
    return engine


def open_tables(url: str) -> Engine:
    """Open the database at `url` without its key file, so that no words can be read or stored.

    The database is created if it does not exist, and its tables are migrated.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened.
        OSError: the database's directory cannot be written.
        DamagedError: the database is damaged, or is missing although it has been used.
        MigrationError: the database was created by a later version of this program, or cannot be migrated.
    """
    path = file_of(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _connected[path]:
            # Never check while a connection is open: closing a file drops SQLite's locks on it in this process. Another
            # process that closes its last connection would then delete the log while it is still in use.
            check_files(path)
        path.touch(mode=0o600)
    engine = connect_engine(url)
    upgrade(engine)
    return engine


def connect_engine(url: str) -> Engine:
    """Return an engine for the database at `url`, without checking or migrating it and without its key file.

    SQLite runs in WAL mode, so that readers do not block a writer. It overwrites deleted data, and it sorts in memory
    because temporary files would contain messages. Errors hide query parameters, because SQLAlchemy's exceptions would
    otherwise quote the data.
    """
    if make_url(url).get_backend_name() != "sqlite":
        engine = sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=4)
        sa.event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = sa.create_engine(
        url,
        # By default, SQLAlchemy reopens a SQLite file for each transaction.
        poolclass=StaticPool if file_of(url) is None else QueuePool,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    path = file_of(url)
    if path is not None:
        sa.event.listen(engine, "connect", lambda *_: _connected.update([path]))
        sa.event.listen(engine, "close", lambda *_: _connected.subtract([path]))
        sa.event.listen(engine, "handle_error", functools.partial(_notice_damage, path))
    return engine


def is_damaged(path: Path) -> bool:
    """Whether this process has found damage in a database file. Once true, it stays true until the process ends."""
    return path in _damaged


def file_of(url: str) -> Optional[Path]:
    """Return an SQLite database's file, or None if the database is in memory or on a server."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None


@contextmanager
def waiting_at_most(connection: Connection, seconds: float) -> Iterator[None]:
    """Wait at most `seconds` for SQLite's locks inside a `with` block. Use this outside a transaction."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={int(1000 * seconds)}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={1000 * WAIT_SECONDS}")


def attach(engine: Engine, file: KeyFile) -> None:
    """Use a key file for all connections of `engine`, and close it when the engine is disposed of.

    A database that has never had a key file adopts this one.

    Raises:
        KeysError: the database uses a different key file.
    """
    engine.update_execution_options(keys=file)
    sa.event.listen(engine, "engine_disposed", lambda _: file.close())
    held = _held(engine)
    if held is None:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({AdvisoryLock.AUDIT.value})")
            held = options.put_once(connection, options.KEYS, file.begin())
            audit.begin_keyed(connection, int(time.time()))
    if held != file.id:
        raise KeysError(
            "The key file is that of another database. Let STREETWISE_KEYS name this database's own, or put it back. "
            + _LOST
        )


def _key_file(engine: Engine, url: str) -> KeyFile:
    """Open the key file at `url`, or create it if the database has never had one.

    Raises:
        KeysError: the key file cannot be used, or is missing although the database has had one.
    """
    had_one = _held(engine) is not None
    if not had_one or keys.exists(url):
        file = keys.open_keys(url)
        if not had_one or file.id is not None:
            return file
        file.close()
    raise KeysError(
        f"The key file {keys.shown(url)} is missing or empty, and without it no stored word can be read. Put it back, "
        f"or let STREETWISE_KEYS name it. {_LOST}"
    )


_LOST = (
    "If it is lost, 'streetwise keys start-again' begins a new one: the stored words are gone then, and accounts, "
    "figures and the audit log stay."
)


def _held(engine: Engine) -> Optional[str]:
    """Return the id of the database's key file, or None if it has never had one."""
    with engine.connect() as connection:
        return options.get(connection, options.KEYS)


def _notice_damage(path: Path, context: ExceptionContext) -> None:
    # sqlite3 raises `DatabaseError` itself, rather than a subclass, only for a damaged file.
    if type(context.original_exception) is sqlite3.DatabaseError:
        _damaged.add(path)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """Keep statements out of the server's log, as far as this role's privileges allow."""
    with connection.cursor() as cursor:
        for name, value in _UNLOGGED.items():
            cursor.execute(_may_set(connection.server_version), {"name": name})
            if cursor.fetchone()[0]:
                cursor.execute(f"SET {name} = {value}")
    connection.commit()


def _may_set(server_version: int) -> str:
    """Return a query for whether this role may set an option. Before PostgreSQL 15, only superusers may."""
    if server_version >= 150000:
        return "SELECT has_parameter_privilege(%(name)s, 'SET')"
    return "SELECT current_setting('is_superuser') = 'on'"
