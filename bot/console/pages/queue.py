"""The queue: which conversations should be read first, and finding some of them."""

from typing import Any, Dict, NamedTuple, Optional, Tuple
from urllib.parse import urlencode

from sanic.response import HTTPResponse

from bot.console.access import READERS, Route
from bot.console.filters import AFTER, LONGEST_SEARCH, as_place, as_query, choices, parse, place_of
from bot.console.labels import label, topic_labels
from bot.console.visit import RefusalError, Visit
from bot.privacy.in_time import redact_in_time
from bot.store import queue
from bot.store.queue import Known
from bot.store.queue_filters import Filters, Key
from bot.store.search_index import without_placeholders, words_of
from bot.store.triage import PRIORITIES, SURE

PATH = "/queue"
#: Conversations on a page.
SIZE = 50


class Active(NamedTuple):
    """A filter that is set: its name, what it holds, and the address without it."""

    name: str
    value: str
    without: str


async def show(visit: Visit) -> HTTPResponse:
    """The queue as far as the filters of the address let it through."""
    known = await visit.read(queue.known)
    try:
        filters = parse(visit.query, known, visit.parts.library.topics, visit.staff.name)
        searched, left_out = await searchable(visit, filters.q)
        filters = filters._replace(q=searched)
        after = place_of(visit.query.get(AFTER, ""), filters)
    except RefusalError as refusal:
        return _explained(visit, known, refusal)
    if _is_written_otherwise(visit, filters):
        # What is no filter, or must not stand in an address, goes from the browser's history too.
        return visit.go(PATH, **as_query(filters), after=visit.query.get(AFTER), done=left_out)
    return await _listed(visit, known, filters, after)


async def searchable(visit: Visit, asked: Optional[str]) -> Tuple[Optional[str], str]:
    """What of a search can be looked for, and in a word what was left out.

    Names, numbers and the like are taken out before anything is kept, so nothing could be found by them.
    """
    if asked is None:
        return None, visit.query.get("done", "")
    redacted = await redact_in_time(visit.parts.redactor, asked)
    left = " ".join(without_placeholders(redacted.text).split())
    left_out = "identifying" if redacted.removed else visit.query.get("done", "")
    if not words_of(left):
        return None, left_out or "no_word"
    return left, left_out


async def _listed(visit: Visit, known: Known, filters: Filters, after: Optional[Key]) -> HTTPResponse:
    def look(connection: Any) -> queue.Page:
        return queue.page(connection, filters, after, SIZE)

    held = as_query(filters)
    page = await visit.look(look, **_noted(held))
    return visit.page(
        "queue.html",
        **_form(visit, known, held),
        entries=page.entries,
        size=SIZE,
        active=[Active(name, value, address({**held, name: ""})) for name, value in held.items()],
        own_query=f"?{urlencode(held)}" if held else "",
        first_page=address(held) if after else "",
        next_page=address({**held, AFTER: as_place(page.after, filters)}) if page.after else "",
        problem=None,
    )


def _noted(held: Dict[str, str]) -> Dict[str, Any]:
    """The filters as the audit log keeps them: for good, so of a search only how many words it had."""
    kept: Dict[str, Any] = {name: value for name, value in held.items() if name != "q"}
    return {**kept, "words": len(words_of(held["q"]))} if "q" in held else kept


def _explained(visit: Visit, known: Known, refusal: RefusalError) -> HTTPResponse:
    """The form as it was filled in, and what is wrong with it."""
    problem = visit.problem(refusal)
    held = {name: value[:LONGEST_SEARCH] for name, value in visit.query.items()}
    return visit.page("queue.html", problem.status, **_form(visit, known, held), active=[], problem=problem)


def _form(visit: Visit, known: Known, held: Dict[str, str]) -> Dict[str, Any]:
    """What the form is made of; `held` is what it is filled with."""
    topics = topic_labels(visit.parts.library)
    return {
        "choices": choices(known, topics),
        "held": held,
        "label": lambda what, word: topics.get(word, word) if what == "topic" else label(what, word),
        "needs": PRIORITIES,
        "sure": SURE,
        "longest": LONGEST_SEARCH,
    }


def _is_written_otherwise(visit: Visit, filters: Filters) -> bool:
    given = {name: value for name, value in visit.query.items() if name not in (AFTER, "done")}
    return given != as_query(filters)


def address(query: Dict[str, str]) -> str:
    """The address of the queue with these filters; empty ones are left out."""
    kept = urlencode({name: value for name, value in query.items() if value})
    return f"{PATH}?{kept}" if kept else PATH


ROUTES = [Route("GET", PATH, READERS, "queue", show)]
