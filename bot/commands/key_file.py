"""Commands for the key file, which is needed to read the stored words."""

import time
from typing import TYPE_CHECKING

import typer

from bot.commands.database import explained, note, with_database, with_store
from bot.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.store.dialogue import DialogueStore

keys = typer.Typer(
    help="Check, change or replace the key file, without which no stored word can be read.", no_args_is_help=True
)


@keys.command()
def status() -> None:
    """Show where the key file is, and whether it matches the database. Exits with 1 if it does not."""
    from bot.store import ciphers
    from bot.store.keys import SEARCH, keys_of, shown, url_for

    def look(connection: "Connection") -> None:
        file = keys_of(connection)
        typer.echo(f"Key file       {shown(url_for(connection.engine))}")
        typer.echo(f"Keys           {file.count()}, of which some wait for a conversation")
        typer.echo(f"Search index   {len(file.numbered(SEARCH))} keys")
        typer.echo(f"Unreadable     {len(ciphers.unreadable(connection))} conversations, which the next start erases")
        if ciphers.is_behind(connection):
            typer.echo("Some words are not encrypted yet. The next start does that.")

    with_database(look, writes=False)


@keys.command()
def rotate() -> None:
    """Replace all keys, for example if the key file may have been copied. Stop the server first."""
    from bot.store.audit import begin_keyed
    from bot.store.new_keys import rotate as change

    now = int(time.time())

    async def work(store: "DialogueStore") -> None:
        typer.echo(f"Conversations with a new key: {await change(store, now)}. The audit log has a new key too.")

    def begin(connection: "Connection") -> None:
        begin_keyed(connection, now)
        note(connection, "rotate_keys")

    with_database(begin)
    with_store(work)


@keys.command("start-again")
def start_again(
    yes: bool = typer.Option(False, "--yes", help="Do not ask. The stored words are deleted."),
) -> None:
    """Start a new key file after the old one was lost. Stop the server first.

    The stored words are deleted, because they can no longer be read. Accounts, figures and the audit log are kept.
    """
    from bot.store.engine import open_tables
    from bot.store.keys import shown, url_for
    from bot.store.new_keys import start_again as begin

    with explained():
        engine = open_tables(load_settings().database_url)
        url = url_for(engine)
        if not yes:
            typer.confirm(f"Delete all stored words and begin a new key file at {shown(url)}?", abort=True)
        lost = begin(engine, url, int(time.time()))
    typer.echo(f"There is a new key file at {shown(url)}. Conversations that were deleted: {lost}.")
