"""Replaces a deployment's database with a backup, completely or not at all."""

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import backup, deletion, keys, options
from bot.store.backup import BackupError, Copied
from bot.store.engine import connect_engine, file_of
from bot.store.integrity import DamagedError, check_pages
from bot.store.retention import PURGED_AT

#: The suffix of a database file's name while it is being restored.
UNFINISHED = ".restoring"
#: Suffixes of the files that SQLite keeps next to a database. A leftover log would damage the restored database.
_COMPANIONS = ("-wal", "-shm", "-journal")


class Target(NamedTuple):
    """The database that a restore would replace.

    Args:
        newest: the time of its latest conversation or audited action, in seconds since 1970, or 0 if it is empty or
            damaged.
        erased: the ids of erased conversations, which a backup must not bring back.
        damage: why it cannot be read, or None if it is intact.
    """

    newest: int
    erased: List[str]
    damage: Optional[DamagedError]


def look_at(url: str) -> Target:
    """Look at the database that a restore would replace, without changing it.

    Raises:
        BackupError: another program is using the database.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be reached.
    """
    path = file_of(url)
    if path is not None:
        if not path.exists() or not path.stat().st_size:
            return Target(0, [], None)
        try:
            check_pages(path)
        except DamagedError as damage:
            return Target(0, [], damage)
        _check_unused(path)
    engine = connect_engine(url)
    try:
        with engine.connect() as connection:
            return _read(connection)
    finally:
        engine.dispose()


def restore(url: str, lines: Iterator[str], now: int, erased: List[str]) -> Copied:
    """Replace the database at `url` with a backup, and erase conversations that were erased after it was made.

    Raises:
        BackupError: the backup is damaged, incomplete or from a later version. The database was not changed.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be written. It was not changed.
    """
    path = file_of(url)
    if path is None:
        with _writing(url) as connection:
            backup.drop_all(connection)
            return _fill(connection, lines, now, erased)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(path.name + UNFINISHED)
    _remove(unfinished)
    try:
        unfinished.touch(mode=0o600)
        with _writing(f"sqlite:///{unfinished}") as connection:
            copied = _fill(connection, lines, now, erased)
        check_pages(unfinished)
        _sync(unfinished)
        _remove(path)
        os.replace(unfinished, path)
        _sync(path.parent)
    finally:
        _remove(unfinished)
    return copied


def _fill(connection: Connection, lines: Iterator[str], now: int, erased: List[str]) -> Copied:
    copied = backup.put_back(connection, lines)
    for one in erased:
        if connection.execute(sa.text("SELECT 1 FROM conversation WHERE id = :id"), {"id": one}).first() is not None:
            deletion.erase(connection, one, now)
    # The backup may be days old, which a purge would otherwise mistake for a clock jump.
    options.put(connection, PURGED_AT, str(now))
    return copied


@contextmanager
def _writing(url: str) -> Iterator[Connection]:
    """Connect, in a single transaction, to a database that nothing else is using.

    If its key file is lost, its words are unreadable, but conversations can still be erased.
    """
    engine = connect_engine(url)
    keys_url = keys.url_for(engine)
    key_file = keys.open_keys(keys_url if keys.exists(keys_url) else "sqlite://")
    engine.update_execution_options(keys=key_file)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
    finally:
        key_file.close()
        engine.dispose()


def _check_unused(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=0.5, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise BackupError(
            f"The database {path} is in use ({error}). Stop the program, and everything else that has it open, first."
        ) from error


def _read(connection: Connection) -> Target:
    if connection.dialect.name == "postgresql":
        others = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).scalar_one()
        if others:
            raise BackupError(f"The database is in use by {others} other connections. Stop the program first.")
    tables = set(sa.inspect(connection).get_table_names())
    newest, erased = 0, []  # type: int, List[str]
    for table, column in (("conversation", "last_at"), ("audit", "at"), ("staff", "id")):
        if table in tables:
            newest = max(newest, connection.exec_driver_sql(f"SELECT max({column}) FROM {table}").scalar() or 0)
    if "conversation" in tables:
        rows = connection.exec_driver_sql("SELECT id FROM conversation WHERE erased_at IS NOT NULL")
        erased = [str(row.id) for row in rows]
    return Target(newest, erased, None)


def _remove(path: Path) -> None:
    for companion in (*_COMPANIONS, ""):
        path.with_name(path.name + companion).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
