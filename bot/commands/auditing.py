"""Commands that check and print the console's audit log."""

import re
from typing import Annotated

import typer

from bot.commands import CommandError
from bot.commands.database import note, with_database

audit = typer.Typer(
    help="Show who saw or did what in the console, and check that the record is intact.", no_args_is_help=True
)

_HASH = re.compile(r"[0-9a-f]{64}")


@audit.command()
def verify(
    expect: Annotated[
        str, typer.Option(help="A hash printed by an earlier run; its row must still be there.", show_default=False)
    ] = "",
) -> None:
    """Check that every row of the audit log matches the one before it and the key file, and that none is missing.

    Prints the last row's hash, which is a fingerprint of the whole log so far. If you keep it somewhere that this
    server cannot write to, a later run with --expect also detects a log rewritten by somebody who has the key file.
    Exits with 1 if a check fails.
    """
    from bot.store import audit as kept

    if expect and not _HASH.fullmatch(expect):
        raise CommandError("--expect takes a hash as this command gives it: 64 digits and letters from a to f.")
    verdict = with_database(lambda connection: kept.verify(connection, expect), writes=False)
    if verdict.broken_at is not None:
        raise CommandError(
            f"Row {verdict.broken_at} does not fit: it, or a row before it, was changed or removed in the database. "
            f"Rows before it that fit: {verdict.rows}. Keep a copy of the database before you do anything else."
        )
    if expect and verdict.expected_at is None:
        raise CommandError(
            f"Rows that fit: {verdict.rows}. None of them has the hash {expect}: the log was cut short before "
            "that row, or rewritten. Keep a copy of the database before you do anything else."
        )
    typer.echo(f"Every row fits the one before it. Rows checked: {verdict.rows}.")
    if expect:
        typer.echo(f"The expected hash is that of row {verdict.expected_at}.")
    typer.echo(f"Last hash  {verdict.last_hash}")


@audit.command()
def show(
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the newest rows to show.")] = 50,
) -> None:
    """Show the newest rows of the audit log, newest last. This is itself recorded in the log."""
    from bot.store import audit as kept
    from bot.store.days import in_utc

    with_database(lambda connection: note(connection, "view_audit", last=last))
    rows = with_database(lambda connection: kept.page(connection, kept.Wanted(), last), writes=False)
    for row in reversed(rows):
        at = f"{in_utc(row.at):%Y-%m-%d %H:%M:%SZ}"
        detail = " ".join(f"{name}={value}" for name, value in row.detail.items())
        typer.echo(f"{row.number:>8}  {at}  {row.staff or '-'}  {row.action}  {row.subject} {detail}")
