"""Running the chat: purging expired conversations, pausing the chat, and erasing a conversation.

Each action is logged before it runs, because it runs on the store's own thread and outside the console's transactions.
The log may therefore record an action that then failed, but it never misses one.
"""

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, OPERATORS, Route
from bot.console.labels import topic_labels
from bot.console.request import RefusalError, RequestContext, read_number
from bot.content.page import load_page_words
from bot.store import operations, quiet
from bot.store.rows import Review

PATH = "/keeping"
#: Number of recent purges to show.
PURGES_SHOWN = 10
#: Maximum number of digits in a conversation's number. A longer number is reported as a typing error.
DIGITS = 20


async def show(context: RequestContext) -> HTTPResponse:
    """Show the retention period, recent purges and whether the chat is paused, with forms to purge, pause and erase."""
    since = await context.read(operations.paused_since)
    purges = await context.read(lambda connection: operations.last_purges(connection, PURGES_SHOWN))
    return context.render(
        "operations.html",
        keep_days=context.dependencies.settings.keep_days,
        purges=purges,
        held=await context.dependencies.retention.held(),
        paused_since=since,
        notice=load_page_words().problems["paused"].detail,
        may_erase=context.role in LEADS,
    )


async def preview_purge(context: RequestContext) -> HTTPResponse:
    """Show what a purge would delete now. This is a separate page because counting can take seconds."""
    foreseen = await context.dependencies.retention.foresee(context.dependencies.database)
    return context.render("operations-purge.html", foreseen=foreseen, keep_days=context.dependencies.settings.keep_days)


async def purge(context: RequestContext) -> HTTPResponse:
    """Delete expired conversations now."""
    _check_confirmed(context)
    await _log(context)
    purged = await context.dependencies.retention.purge(is_confirmed=True)
    return context.redirect(PATH, done="purged" if any(purged) else "nothing_purged")


async def pause(context: RequestContext) -> HTTPResponse:
    """Pause the chat for everybody."""
    _check_confirmed(context)
    if await context.read(operations.paused_since) is None:
        await _log(context)
        await context.dependencies.store.pause()
    return context.redirect(PATH, done="paused")


async def resume(context: RequestContext) -> HTTPResponse:
    """Resume the chat."""
    _check_confirmed(context)
    if await context.read(operations.paused_since) is not None:
        await _log(context)
        await context.dependencies.store.resume()
    return context.redirect(PATH, done="resumed")


async def confirm_erase(context: RequestContext) -> HTTPResponse:
    """Show the conversation to be erased, so that nobody erases the wrong one by mistake."""
    number = _number(context.query.get("number", ""))
    review = await context.read(lambda connection: _find_review(connection, number))
    status = await context.dependencies.store.session_status(review["conversation_id"])
    goes_on = status is not None and status.is_open
    is_readable = not await context.read(lambda connection: quiet.is_going_on(connection, number, context.now))
    topics = topic_labels(context.dependencies.library)
    return context.render(
        "operations-erase.html", review=review, goes_on=goes_on, is_readable=is_readable, topics=topics
    )


async def erase(context: RequestContext) -> HTTPResponse:
    """Erase a conversation permanently, even if it is still in progress."""
    number = _number(context.form.get("number", ""))
    _check_confirmed(context)
    review = await context.write_audited(lambda connection: _find_review(connection, number), str(number))
    await context.dependencies.store.erase(review["conversation_id"])
    return context.redirect(PATH, done="erased")


async def _log(context: RequestContext) -> None:
    await context.write_audited(lambda connection: None)


def _check_confirmed(context: RequestContext) -> None:
    if context.form.get("sure") != "yes":
        raise RefusalError("not_confirmed")


def _number(text: str) -> int:
    """Read a conversation's number, with or without a leading "#"."""
    number = read_number(text.strip().removeprefix("#"), DIGITS)
    if number is None:
        raise RefusalError("not_a_number")
    return number


def _find_review(connection: Connection, number: int) -> Review:
    review = operations.numbered(connection, number)
    if review is None:
        raise RefusalError("no_such_number", number=number)
    return review


ROUTES = [
    Route("GET", PATH, OPERATORS, "", show),
    Route("GET", f"{PATH}/purge", OPERATORS, "", preview_purge),
    Route("POST", f"{PATH}/purge", OPERATORS, "purge", purge),
    Route("POST", f"{PATH}/pause", OPERATORS, "pause", pause),
    Route("POST", f"{PATH}/resume", OPERATORS, "resume", resume),
    Route("GET", f"{PATH}/erase", LEADS, "", confirm_erase),
    Route("POST", f"{PATH}/erase", LEADS, "erase", erase),
]
