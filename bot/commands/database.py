"""Gives commands access to the deployment's database, even while the program is running."""

import asyncio
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Awaitable, Callable, Iterator, TypeVar

from bot.commands import CommandError
from bot.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.exc import SQLAlchemyError

    from bot.store.dialogue import DialogueStore

T = TypeVar("T")


def with_database(work: "Callable[[Connection], T]", writes: bool = True) -> T:
    """Call `work` with a connection, in one transaction.

    Raises:
        CommandError: the database cannot be used, or a rule forbids the change; nothing was changed.
    """
    with explained():
        from bot.store.database import Database
        from bot.store.engine import open_engine

        database = Database(open_engine(load_settings().database_url))
        try:
            return database.write_now(work) if writes else database.read_now(work)
        finally:
            database.close()


def require_database() -> None:
    """Check that the database exists, since opening a missing SQLite database would create it.

    Raises:
        CommandError: the database does not exist.
    """
    from sqlalchemy.engine import make_url

    url = make_url(load_settings().database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise CommandError(
            f"There is no database at {url.database}, so nobody has signed anything there. Run this where the console "
            "runs, or let STREETWISE_DATABASE_URL or STREETWISE_DATA_DIR name its database."
        )


def with_store(work: "Callable[[DialogueStore], Awaitable[None]]") -> None:
    """Call `work` with the dialogue store.

    Raises:
        CommandError: the database cannot be used.
    """

    async def run() -> None:
        from bot.store.dialogue import DialogueStore
        from bot.store.engine import open_engine

        store = DialogueStore(engine=open_engine(load_settings().database_url))
        try:
            await work(store)
        finally:
            store.close()

    with explained():
        asyncio.run(run())


def note(connection: "Connection", action: str, subject: str = "", **detail: object) -> None:
    """Record a command in the audit log, without naming a member of staff."""
    from bot.store import audit

    audit.append(connection, int(time.time()), "", action, subject, detail)


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors from the console's rules and from the database into a `CommandError`, in the console's wording.

    Raises:
        CommandError: a rule forbids the change, or the database cannot be used.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from bot.console.request import RefusalError
    from bot.content.console import load_console_words
    from bot.store.integrity import DamagedError
    from bot.store.keys import KeysError
    from bot.store.migrations import MigrationError

    try:
        yield
    except RefusalError as refusal:
        words = refusal.words(load_console_words().problems)
        raise CommandError(f"{words.title}. {words.detail}") from refusal
    except (DamagedError, KeysError, MigrationError) as error:
        raise CommandError(str(error)) from error
    except SQLAlchemyError as error:
        raise CommandError(
            f"The database {database_place()} cannot be used ({_reason(error)}). Check that STREETWISE_DATABASE_URL or "
            "STREETWISE_DATA_DIR names the one that the console uses, and that it is running and may be written."
        ) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise CommandError(
            f"{error.filename} cannot be used ({error.strerror}). Check that it may be written, and that its disk is "
            "not full, or set STREETWISE_DATA_DIR to another directory."
        ) from error


def database_place() -> str:
    """Return the database's file, or its server, port and name without the password."""
    from sqlalchemy.engine import make_url

    from bot.store.engine import file_of

    value = load_settings().database_url
    path, url = file_of(value), make_url(value)
    place = url.query.get("host") or f"{url.host or '127.0.0.1'}:{url.port or 5432}"
    return str(path) if path is not None else f"'{url.database}' on {place}"


def _reason(error: "SQLAlchemyError") -> str:
    """Return SQLite's message, which is fixed text, or the type of any other error, whose message may quote data."""
    original = getattr(error, "orig", None)
    return str(original) if isinstance(original, sqlite3.OperationalError) else type(error).__name__
