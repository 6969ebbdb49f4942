"""Commands that back up the database to an encrypted file and restore it."""

import gzip
import io
import os
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Iterator, Optional

import typer

from bot.commands import CommandError
from bot.commands.database import database_place, explained, note, with_database, with_store
from bot.settings import load_settings

if TYPE_CHECKING:
    from bot.store.backup import Copied
    from bot.store.dialogue import DialogueStore
    from bot.store.restoring import Target

#: Minimum length of a passphrase in characters, and of a key file in bytes.
LEAST_PASSPHRASE, LEAST_KEY = 15, 32

File = Annotated[Path, typer.Argument(help="The backup, an encrypted file.", show_default=False)]
KeyFile = Annotated[
    Optional[Path],
    typer.Option(
        help="A file with at least 32 random bytes, which only you can read, instead of a passphrase. Make one with: "
        "(umask 077; head -c 32 /dev/urandom > FILE)",
        show_default=False,
    ),
]


def backup(file: File, key_file: KeyFile = None) -> None:
    """Write the whole database to an encrypted file. The program can keep running meanwhile.

    The file contains everything in the database, but none of the data directory's other files.
    """
    from bot.store import backup as copying
    from bot.store.encrypted_file import EncryptedWriter
    from bot.store.engine import connect_engine, file_of
    from bot.store.integrity import check_files
    from bot.store.migrations import latest_step

    if file.exists():
        raise CommandError(f"{file} exists already. Give the backup another name, or move that file away.")
    url = load_settings().database_url
    path = file_of(url)
    if path is not None and not path.exists():
        raise CommandError(f"There is no database at {path}. Set STREETWISE_DATABASE_URL or STREETWISE_DATA_DIR.")
    secret = _secret(key_file, is_new=True)
    unfinished = file.with_name(file.name + ".unfinished")
    with explained(), _removed_on_failure(unfinished):
        if path is not None:
            check_files(path)
        engine = connect_engine(url)
        with _created(unfinished) as raw:
            with EncryptedWriter(raw, secret) as sealed, gzip.GzipFile("", "wb", fileobj=sealed, mtime=0) as packed:
                lines = io.TextIOWrapper(packed, encoding="utf-8")
                with copying.snapshot(engine) as connection:
                    copied = copying.copy(connection, lines, int(time.time()))
                lines.close()
            raw.flush()
            os.fsync(raw.fileno())
        engine.dispose()
        os.replace(unfinished, file)
    if copied.step == latest_step():
        with_database(lambda connection: note(connection, "backup"))
    typer.echo(f"Backed up to {file}: {_described(copied)}. Without the passphrase or key, nobody can read it.")


def restore(
    file: File,
    key_file: KeyFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a database that is not empty.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only read the whole backup and say what it holds.")] = False,
) -> None:
    """Replace the database with a backup. Stop the program first.

    The backup may be from an earlier version, and from SQLite or PostgreSQL. Data past its retention is immediately
    deleted again, as are conversations that had been erased from the replaced database.
    """
    from bot.store import audit, restoring
    from bot.store import backup as copying

    secret, now = _secret(key_file, is_new=False), int(time.time())
    if check:
        with _lines(file, secret) as lines:
            typer.echo(f"The backup is whole: {_described(copying.check(lines))}.")
        return
    url = load_settings().database_url
    with explained(), _explained_backup(file):
        target = restoring.look_at(url)
        with _lines(file, secret) as lines:
            head = copying.read_head(lines)
        if (target.newest or target.damage) and not replace:
            raise CommandError(_refusal(head, target))
        with _lines(file, secret) as lines:
            copied = restoring.restore(url, lines, now, target.erased)
    with_database(audit.follow_restored)
    with_database(lambda connection: note(connection, "restore", made_at=copied.at))
    with_store(_delete_again)
    typer.echo(f"Restored {database_place()}: {_described(copied)}. Start the program now.")


async def _delete_again(store: "DialogueStore") -> None:
    """Erase marked conversations, and delete everything past its retention. Nothing else may be using the store."""
    from rasa.core.lock_store import InMemoryLockStore

    from bot.store.retention import Retention

    await Retention(store, InMemoryLockStore(), load_settings().keep_days).purge(is_confirmed=True)


def _refusal(head: "Copied", target: "Target") -> str:
    if target.damage is not None:
        return f"{target.damage} With --replace, the damaged files are deleted instead."
    is_newer = " That is newer than the backup." if target.newest > head.at else ""
    return (
        f"The database {database_place()} is not empty: it was last used on {_moment(target.newest)}.{is_newer} The "
        f"backup is of {_moment(head.at)}. Give --replace to delete what is there and restore the backup."
    )


def _described(copied: "Copied") -> str:
    rows = copied.rows
    counted = {name: rows.get(table, 0) for name, table in (("conversations", "conversation"), ("accounts", "staff"))}
    counts = ", ".join(f"{number} {name}" for name, number in counted.items())
    return f"{counts}, {sum(rows.values())} rows in all, as of {_moment(copied.at)}"


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, timezone.utc):%d %B %Y, %H:%M} UTC"


def _secret(key_file: Optional[Path], is_new: bool) -> bytes:
    """Read the key file, or ask for the passphrase.

    Raises:
        CommandError: the key or passphrase is too short, or others may read the key file.
    """
    if key_file is None:
        again = "The same again" if is_new else False
        typed: str = typer.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=again, err=True)
        if is_new and len(typed) < LEAST_PASSPHRASE:
            raise CommandError(f"The passphrase has {len(typed)} characters. Use at least {LEAST_PASSPHRASE}.")
        return typed.encode()
    try:
        mode, key = key_file.stat().st_mode, key_file.read_bytes()
    except OSError as error:
        raise CommandError(f"The key file {key_file} cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise CommandError(f"Others on this machine may read the key file {key_file}. Run: chmod 600 {key_file}")
    if len(key) < LEAST_KEY:
        raise CommandError(f"The key file {key_file} has {len(key)} bytes. It needs at least {LEAST_KEY} random ones.")
    return key


@contextmanager
def _created(path: Path) -> Iterator[io.BufferedWriter]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _lines(file: Path, secret: bytes) -> Iterator[Iterator[str]]:
    """Yield the lines of a backup.

    Raises:
        CommandError: the backup cannot be read or decrypted.
    """
    from bot.store.encrypted_file import EncryptedReader

    with _explained_backup(file), file.open("rb") as raw, EncryptedReader(raw, secret) as sealed:
        packed = gzip.GzipFile("", "rb", fileobj=io.BufferedReader(sealed))
        yield io.TextIOWrapper(packed, encoding="utf-8")


@contextmanager
def _explained_backup(file: Path) -> Iterator[None]:
    from bot.store.backup import BackupError
    from bot.store.encrypted_file import EncryptedFileError

    try:
        yield
    except BackupError as error:
        raise CommandError(f"{file}: {error}") from error
    except (EncryptedFileError, EOFError, gzip.BadGzipFile) as error:
        raise CommandError(f"{file} cannot be restored: {error}. Nothing was changed.") from error
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise CommandError(f"{error.filename or file} cannot be read: {error.strerror}.") from error
