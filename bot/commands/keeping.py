"""What is kept of conversations: remove it for its age, erase one, close the chat for a while."""

import re
from typing import Annotated, Any

import typer

from bot.commands import CommandError
from bot.commands.database import note, with_database, with_store
from bot.settings import load_settings


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
) -> None:
    """Remove what is over its time, as `serve` does by itself. Safe to run twice and while serving."""
    from bot.assistant import lock_store
    from bot.privacy.retention import Retention

    settings = load_settings()

    async def work(store: Any) -> None:
        if not dry_run:
            _note("purge")
        retention = Retention(store, lock_store(settings), settings.keep_days)
        purged = await (retention.foresee() if dry_run else retention.purge())
        verb = "would be" if dry_run else "were"
        typer.echo(
            f"{purged.forgotten} conversations with {purged.turns} turns {verb} forgotten (words are kept for "
            f"{settings.keep_days} days, numbers stay), {purged.closed} more {verb} closed."
        )

    with_store(work)


def erase(
    conversation: Annotated[str, typer.Argument(help="Its number, as the console shows it, or its id.")],
) -> None:
    """Erase one conversation for good, also while it goes on."""
    from bot.store import keeping

    async def work(store: Any) -> None:
        # An id has 64 characters; no number has as many as 20.
        is_number = re.fullmatch("[0-9]{1,20}", conversation)

        def find(connection: Any) -> Any:
            if is_number:
                return keeping.numbered(connection, int(conversation))
            return keeping.identified(connection, conversation)

        review = await store.run(find)
        conversation_id = review.conversation_id if review is not None else conversation
        if await store.standing(conversation_id) is None:
            raise CommandError(
                f"There is no conversation '{conversation}'. Take the number that the console shows. If it is that, "
                "the conversation is gone already: its time was over, or somebody erased it."
            )
        _note("erase", str(review.number) if review is not None else "")
        await store.erase(conversation_id)
        typer.echo("Erased.")

    with_store(work)


def rescan(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be found.")] = False,
) -> None:
    """Redact everything that is kept once more, after the redactor has learnt something or a leak is suspected."""
    from bot.privacy.redact import Redactor
    from bot.privacy.rescan import rescan as scan

    async def work(store: Any) -> None:
        if not dry_run:
            _note("rescan")
        found = await scan(store, Redactor.load(), dry_run)
        kinds = ", ".join(f"{number} × {kind}" for kind, number in found.most_common()) or "nothing"
        typer.echo(f"{'Would take' if dry_run else 'Took'} out of what is kept: {kinds}.")

    with_store(work)


def pause() -> None:
    """Close the chat for everybody, with the helplines on its page, until `resume`. The console stays open."""
    _note("pause")
    with_store(lambda store: store.pause())
    typer.echo("The chat is paused. 'streetwise resume' opens it again.")


def resume() -> None:
    """Open the chat again after `pause`."""
    _note("resume")
    with_store(lambda store: store.resume())
    typer.echo("The chat is open.")


def _note(action: str, subject: str = "") -> None:
    """Write into the audit log what is about to be done, as the console does."""
    with_database(lambda connection: note(connection, action, subject))
