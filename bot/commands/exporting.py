"""Commands that export staff decisions as changes to the repository."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import CommandError, write_out
from bot.commands.database import note, with_database

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.commands.corrections_diff import Change

app = typer.Typer(help="Export decisions that staff made in the console.", no_args_is_help=True)


@app.command()
def corrections(
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("corrections.diff"),
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Also export corrections that were exported before but are missing from data/nlu/."
        ),
    ] = False,
) -> None:
    """Write the approved corrections as a diff of data/nlu/. Read the diff, then apply it with 'git apply'."""
    from bot.commands.corrections_diff import change_of
    from bot.content.library import load_library
    from bot.store.corrections import in_states
    from bot.store.proposals import APPROVED, EXPORTED, mark_exported
    from bot.store.schema import corrections as table

    states = (APPROVED, EXPORTED) if again else (APPROVED,)
    chosen = with_database(lambda connection: in_states(connection, states), writes=False)
    if not chosen:
        typer.echo("There is nothing to export. Corrections are proposed and approved in the console.")
        return
    change = change_of(chosen, load_library())
    if change.diff:
        write_out(out, change.diff)

    def mark(connection: "Connection") -> None:
        mark_exported(connection, table, change.settled)
        note(connection, "export", "corrections", corrections=change.settled, added=change.added)

    # Mark them only after writing the file, so that they are exported again if writing fails.
    with_database(mark)
    _print_result(change, out)


@app.command()
def conversations(
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("told-again.yml"),
    again: Annotated[bool, typer.Option("--again", help="Also export those that were exported before.")] = False,
) -> None:
    """Write the approved conversations that staff retold, as a file for data/conversations/."""
    from bot.commands.told_again import file_of
    from bot.store.proposals import APPROVED, EXPORTED, mark_exported
    from bot.store.retellings import in_states
    from bot.store.schema import retellings as table

    states = (APPROVED, EXPORTED) if again else (APPROVED,)
    chosen = with_database(lambda connection: in_states(connection, states), writes=False)
    if not chosen:
        typer.echo("There is nothing to export. Conversations are told again and approved in the console.")
        return
    if out.exists():
        raise CommandError(f"{out} exists already. Move it to data/conversations/, or name another file with --out.")
    write_out(out, file_of(chosen))
    ids = [one.id for one in chosen]

    def mark(connection: "Connection") -> None:
        mark_exported(connection, table, ids)
        note(connection, "export", "conversations", retellings=ids)

    # Mark them only after writing the file, so that they are exported again if writing fails.
    with_database(mark)
    typer.echo(f"{out}: {len(ids)} conversations. Read them. Then add them, train, and see which mistakes are gone:")
    for step in (f"mv {out} data/conversations/", "make train", "streetwise evaluate --told-again"):
        typer.echo(f"  {step}")


def _print_result(change: "Change", out: Path) -> None:
    """Print what was written, what was left out, and what to do next."""
    for correction_id, intent in change.left_out.items():
        why = f"the example stands under {intent}" if intent else "content/topics.yml or data/nlu/ lacks its intent"
        typer.echo(f"Left out: correction {correction_id}, because {why}. Correct that and export again.")
    if not change.diff:
        typer.echo("All other examples are in data/nlu/ already. No file was written.")
        return
    typer.echo(f"{out}: {change.added} examples. Read them. Then apply them, train, and measure what changed:")
    for step in (f"git apply {out}", "make train", "make evaluate"):
        typer.echo(f"  {step}")
