"""The console's audit log, read on the machine itself."""

import json
import re
from datetime import datetime, timezone
from typing import Annotated

import typer

from bot.commands import CommandError
from bot.commands.staffing import note, with_database

audit = typer.Typer(help="Who saw or did what in the console, and whether that record is whole.", no_args_is_help=True)

_HASH = re.compile(r"[0-9a-f]{64}")


@audit.command()
def verify(
    expect: Annotated[
        str, typer.Option(help="A hash that an earlier run told: its row must still be there.", show_default=False)
    ] = "",
) -> None:
    """Work out anew whether every row of the audit log fits the one before it.

    Tells the hash of the last row. Note it somewhere that this machine cannot write to: with --expect and that hash, a
    later run also notices when the end was cut off or the whole log was written anew. Exits with 1 if something does
    not fit.
    """
    from bot.store import audit as kept

    if expect and not _HASH.fullmatch(expect):
        raise CommandError("--expect takes a hash as this command tells it: 64 digits and letters from a to f.")
    verdict = with_database(lambda connection: kept.verify(connection, expect), writes=False)
    if verdict.broken_at is not None:
        raise CommandError(
            f"Row {verdict.broken_at} does not fit: it, or one before it, was changed or removed in the database. "
            f"The {verdict.rows} rows before it fit. Keep a copy of the database before you do anything else."
        )
    if expect and verdict.expected_at is None:
        raise CommandError(
            f"{verdict.rows} rows fit, but none has the hash {expect}. The log was cut off before that row, or "
            "written anew. Keep a copy of the database before you do anything else."
        )
    typer.echo(f"{verdict.rows} rows fit.")
    if expect:
        typer.echo(f"The expected one is row {verdict.expected_at}.")
    typer.echo(f"Last hash  {verdict.last_hash}")


@audit.command()
def show(
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many rows, counted from the newest.")] = 50,
) -> None:
    """Show the newest rows of the audit log, the newest last. That they were shown becomes a row too."""
    from bot.store import audit as kept

    with_database(lambda connection: note(connection, "view_audit", last=last))
    rows = with_database(lambda connection: kept.page(connection, kept.Wanted(), last), writes=False)
    for row in reversed(rows):
        at = f"{datetime.fromtimestamp(row.at, timezone.utc):%Y-%m-%d %H:%M:%SZ}"
        detail = " ".join(f"{name}={value}" for name, value in json.loads(row.detail).items())
        typer.echo(f"{row.number:>8}  {at}  {row.staff or '-'}  {row.action}  {row.subject} {detail}")
