"""What is kept of conversations: remove it for its age, erase one, close the chat for a while."""

import asyncio
import re
from typing import Annotated, Any, Awaitable, Callable

import typer

from bot.commands import CommandError
from bot.settings import Settings, load_settings


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
) -> None:
    """Delete what is past its time, as `serve` does by itself. Safe to run twice, and while the chat is running."""
    from bot.assistant import lock_store
    from bot.privacy.retention import Retention

    settings = load_settings()

    async def work(store: Any) -> None:
        retention = Retention(store, lock_store(settings), settings.keep_days)
        purged = await (retention.foresee() if dry_run else retention.purge())
        verb = "would be" if dry_run else "were"
        typer.echo(
            f"Conversations that {verb} deleted: {purged.forgotten}, with {purged.turns} messages in them. Others that "
            f"{verb} closed: {purged.closed}. Words are kept for {settings.keep_days} days; the figures stay."
        )

    _with_store(settings, work)


def erase(
    conversation: Annotated[str, typer.Argument(help="Its number, as the console shows it, or its id.")],
) -> None:
    """Erase one conversation for good, even while it is still going on."""
    from bot.store import keeping

    async def work(store: Any) -> None:
        conversation_id = conversation
        # An id has 64 characters; no number has as many as 20.
        if re.fullmatch("[0-9]{1,20}", conversation):
            review = await store.run(lambda connection: keeping.numbered(connection, int(conversation)))
            conversation_id = review.conversation_id if review is not None else ""
        if await store.standing(conversation_id) is None:
            raise CommandError(
                f"There is no conversation '{conversation}'. Use the number that the console shows. If it is that "
                "number, the conversation has already gone: its time was over, or somebody erased it."
            )
        await store.erase(conversation_id)
        typer.echo("The conversation is erased.")

    _with_store(load_settings(), work)


def rescan(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be found.")] = False,
) -> None:
    """Redact everything that is kept once more: after the redactor was improved, or if you suspect a leak."""
    from bot.privacy.redact import Redactor
    from bot.privacy.rescan import rescan as scan

    settings = load_settings()

    async def work(store: Any) -> None:
        found = await scan(store, Redactor.load(), dry_run)
        kinds = ", ".join(f"{number} × {kind}" for kind, number in found.most_common()) or "nothing"
        typer.echo(f"{'Would take' if dry_run else 'Took'} out of what is kept: {kinds}.")

    _with_store(settings, work)


def pause() -> None:
    """Close the chat for everybody until `resume`. Its page shows the helplines; the console stays open."""
    _with_store(load_settings(), lambda store: store.pause())
    typer.echo("The chat is paused. 'streetwise resume' opens it again.")


def resume() -> None:
    """Open the chat again after `pause`."""
    _with_store(load_settings(), lambda store: store.resume())
    typer.echo("The chat is open again.")


def _with_store(settings: Settings, work: Callable[[Any], Awaitable[None]]) -> None:
    """Do `work` with the store of this deployment, whether or not it is being served."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.store.dialogue import DialogueStore
    from bot.store.engine import open_engine

    async def run() -> None:
        store = DialogueStore(engine=open_engine(settings.database_url))
        try:
            await work(store)
        finally:
            store.close()

    try:
        asyncio.run(run())
    except SQLAlchemyError as error:
        raise CommandError(
            f"The database cannot be used ({type(error).__name__}). Check that STREETWISE_DATABASE_URL or "
            "STREETWISE_DATA_DIR names the one that the console uses, and that it is running."
        ) from error
