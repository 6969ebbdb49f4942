"""Commands that delete, erase or redact stored conversations, and pause the chat."""

import re
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from bot.commands import CommandError
from bot.commands.database import note, with_database, with_store
from bot.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.store.dialogue import DialogueStore
    from bot.store.rows import Review


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be deleted.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Delete even if no purge has run for days.")] = False,
) -> None:
    """Delete everything past its retention. The server also does this automatically.

    This is safe to run more than once, and while the chat is running. If no purge has run for days, the clock may be
    wrong, so nothing is deleted until you confirm.
    """
    from bot.store.retention import HeldError, Retention

    settings = load_settings()

    async def work(store: "DialogueStore") -> None:
        if not dry_run:
            _note("purge")
        retention = Retention(store, store.locks, settings.keep_days)
        try:
            purged = await (retention.foresee() if dry_run else retention.purge(confirm))
        except HeldError as held:
            raise CommandError(str(held)) from held
        verb = "would be" if dry_run else "were"
        typer.echo(
            f"Conversations that {verb} deleted: {purged.forgotten}, with {purged.turns} messages in them. Others that "
            f"{verb} closed: {purged.closed}. Words are kept for {settings.keep_days} days; the figures stay."
        )

    with_store(work)


def erase(
    conversation: Annotated[str, typer.Argument(help="The conversation's number, as shown in the console, or its id.")],
) -> None:
    """Erase one conversation permanently, even if it has not ended yet."""
    from bot.store import operations

    async def work(store: "DialogueStore") -> None:
        # An id has 64 characters; a number has fewer than 20 digits.
        is_number = re.fullmatch("[0-9]{1,20}", conversation)

        def find(connection: "Connection") -> "Optional[Review]":
            if is_number:
                return operations.numbered(connection, int(conversation))
            return operations.identified(connection, conversation)

        review = await store.run(find)
        conversation_id = review["conversation_id"] if review is not None else conversation
        if await store.session_status(conversation_id) is None:
            raise CommandError(
                f"There is no conversation '{conversation}'. Use the number that the console shows. If it is that "
                "number, the conversation has already gone: its time was over, or somebody erased it."
            )
        _note("erase", str(review["number"]) if review is not None else "")
        await store.erase(conversation_id)
        typer.echo("The conversation is erased.")

    with_store(work)


def rescan(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
) -> None:
    """Redact all stored texts again, for example after an update to the redactor or if you suspect a leak."""
    from bot.commands.rescan import rescan as scan
    from bot.nlu.safety_net import Phrases
    from bot.redaction.redactor import Redactor

    async def work(store: "DialogueStore") -> None:
        if not dry_run:
            _note("rescan")
        found = await scan(store, Redactor.load(), dry_run, Phrases.load().places)
        kinds = ", ".join(f"{number} × {kind}" for kind, number in found.most_common()) or "nothing"
        typer.echo(f"{'Would take' if dry_run else 'Took'} out of what is kept: {kinds}.")

    with_store(work)


def pause() -> None:
    """Close the chat for everybody until 'resume'. The page then shows the helplines; the console stays open."""
    _note("pause")
    with_store(lambda store: store.pause())
    typer.echo("The chat is paused. 'streetwise resume' opens it again.")


def resume() -> None:
    """Open the chat again after 'pause'."""
    _note("resume")
    with_store(lambda store: store.resume())
    typer.echo("The chat is open again.")


def _note(action: str, subject: str = "") -> None:
    """Record a command in the audit log before it runs, as the console does."""
    with_database(lambda connection: note(connection, action, subject))
