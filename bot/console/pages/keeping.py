"""Running the chat: removing what is over its time, pausing the chat, and erasing one conversation.

Each deed is written down before it is done, since it is done on the store's own thread and not within the console's
transactions: nothing is done unnoticed, and at the worst something is noted that then failed.
"""

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from bot.console.access import KEEPERS, LEADS, Route
from bot.console.forms import read_number
from bot.console.labels import topic_labels
from bot.console.visit import RefusalError, Visit
from bot.content.page import load_page_words
from bot.store import operations

PATH = "/keeping"
#: How many of the last purges are shown.
MOST_PURGES = 10
#: Digits up to which a number is one that is not there, and no slip of the hand.
DIGITS = 20


async def show(visit: Visit) -> HTTPResponse:
    """How keeping stands, and what can be done about it."""
    since = await visit.read(operations.paused_since)
    purges = await visit.read(lambda connection: operations.last_purges(connection, MOST_PURGES))
    return visit.page(
        "keeping.html",
        keep_days=visit.parts.settings.keep_days,
        purges=purges,
        paused_since=since,
        notice=load_page_words().problems["paused"].detail,
        may_erase=visit.role in LEADS,
    )


async def foresee(visit: Visit) -> HTTPResponse:
    """What a purge would take now. A page of its own: with very many conversations it takes seconds to find out."""
    foreseen = await visit.parts.retention.foresee(visit.parts.database)
    return visit.page("keeping-purge.html", foreseen=foreseen, keep_days=visit.parts.settings.keep_days)


async def purge(visit: Visit) -> HTTPResponse:
    """Remove what is over its time now."""
    _confirmed(visit)
    await _note(visit)
    purged = await visit.parts.retention.purge()
    return visit.go(PATH, done="purged" if any(purged) else "nothing_purged")


async def pause(visit: Visit) -> HTTPResponse:
    """Close the chat for everybody."""
    _confirmed(visit)
    if await visit.read(operations.paused_since) is None:
        await _note(visit)
        await visit.parts.store.pause()
    return visit.go(PATH, done="paused")


async def resume(visit: Visit) -> HTTPResponse:
    """Open the chat again."""
    _confirmed(visit)
    if await visit.read(operations.paused_since) is not None:
        await _note(visit)
        await visit.parts.store.resume()
    return visit.go(PATH, done="resumed")


async def ask(visit: Visit) -> HTTPResponse:
    """What would be erased, so that nobody erases another conversation by a slip."""
    number = _number(visit.query.get("number", ""))
    review = await visit.read(lambda connection: _numbered(connection, number))
    standing = await visit.parts.store.session_status(review.conversation_id)
    goes_on = standing is not None and standing.is_open
    topics = topic_labels(visit.parts.library)
    return visit.page("keeping-erase.html", review=review, goes_on=goes_on, topics=topics)


async def erase(visit: Visit) -> HTTPResponse:
    """Erase one conversation for good, also while it goes on."""
    number = _number(visit.form.get("number", ""))
    _confirmed(visit)
    review = await visit.change(lambda connection: _numbered(connection, number), str(number))
    await visit.parts.store.erase(review.conversation_id)
    return visit.go(PATH, done="erased")


async def _note(visit: Visit) -> None:
    await visit.change(lambda connection: None)


def _confirmed(visit: Visit) -> None:
    if visit.form.get("sure") != "yes":
        raise RefusalError("not_confirmed")


def _number(text: str) -> int:
    """The number of a conversation as somebody typed or copied it."""
    number = read_number(text.strip().removeprefix("#"), DIGITS)
    if number is None:
        raise RefusalError("not_a_number")
    return number


def _numbered(connection: Connection, number: int) -> Row:
    review = operations.numbered(connection, number)
    if review is None:
        raise RefusalError("no_such_number", number=number)
    return review


ROUTES = [
    Route("GET", PATH, KEEPERS, "", show),
    Route("GET", f"{PATH}/purge", KEEPERS, "", foresee),
    Route("POST", f"{PATH}/purge", KEEPERS, "purge", purge),
    Route("POST", f"{PATH}/pause", KEEPERS, "pause", pause),
    Route("POST", f"{PATH}/resume", KEEPERS, "resume", resume),
    Route("GET", f"{PATH}/erase", LEADS, "", ask),
    Route("POST", f"{PATH}/erase", LEADS, "erase", erase),
]
