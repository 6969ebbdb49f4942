"""The queue: which conversations to read first, and search."""

from typing import Callable, Collection, Dict, List, NamedTuple, Optional, Sequence, Tuple, TypedDict
from urllib.parse import urlencode

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import READERS, Route
from bot.console.filters import AFTER, LONGEST_SEARCH, ME, as_query, choices, decode_cursor, encode_cursor, parse
from bot.console.labels import label, topic_labels
from bot.console.pages.transcript import read_undoable
from bot.console.request import RefusalError, RequestContext
from bot.redaction.deadline import redact_with_deadline
from bot.store import queue
from bot.store.queue import Known
from bot.store.queue_filters import Filters, Key
from bot.store.search_index import words_of
from bot.store.triage import PRIORITIES
from bot.text.placeholders import without_placeholders

PATH = "/queue"
#: Conversations per page.
SIZE = 50
#: The links above the queue, by their name in labels.yml, and the filters that each sets.
VIEWS: Dict[str, Dict[str, str]] = {
    "all": {},
    "danger": {"need": "danger"},
    "harm": {"need": "disclosure"},
    "no_service": {"need": "dead_end"},
    "unsure": {"need": "unsure"},
    "language": {"language": "other"},
    "mine": {"reviewer": ME},
}
#: The largest number that a view shows. Counting stops there, so it takes the same time in a queue of any length.
MAX_COUNT = 99


class View(NamedTuple):
    """A link above the queue: its words, its address, whether it is shown now, and how many conversations it leads to.

    `held` is a number of up to `MAX_COUNT`, followed by a plus sign if there are more.
    """

    words: str
    address: str
    is_current: bool
    held: str


class ActiveFilter(NamedTuple):
    """A filter that is set: its name, its value, and the address of the queue without it."""

    name: str
    value: str
    without: str


class FormValues(TypedDict):
    """The template values for the filter form. `held` contains the values that the form is filled in with."""

    choices: Dict[str, Collection[str]]
    held: Dict[str, str]
    label: Callable[[str, str], str]
    needs: Sequence[str]
    longest: int
    views: Sequence[View]


async def show(context: RequestContext) -> HTTPResponse:
    """Show the conversations in the queue that match the filters in the query."""
    known = await context.read(lambda connection: queue.known(connection, READERS))
    try:
        filters = parse(context.query, known, context.dependencies.library.topics, context.staff.name)
        searched, left_out = await clean_search(context, filters.q)
        filters = filters._replace(q=searched)
        after = decode_cursor(context.query.get(AFTER, ""), filters)
    except RefusalError as refusal:
        return await _show_problem(context, known, refusal)
    if _is_not_canonical(context, filters):
        # The redirect also removes invalid parameters and redacted words from the browser's history.
        return context.redirect(PATH, **as_query(filters), after=context.query.get(AFTER), done=left_out)
    return await _show_page(context, known, filters, after)


async def clean_search(context: RequestContext, asked: Optional[str]) -> Tuple[Optional[str], str]:
    """Return the searchable part of a query, and a label for what was removed from it.

    Names, numbers and other identifying details are redacted before conversations are stored, so they match nothing.
    """
    if asked is None:
        return None, context.query.get("done", "")
    redacted = await redact_with_deadline(context.dependencies.redactor, asked)
    left = " ".join(without_placeholders(redacted.text).split())
    left_out = "identifying" if redacted.removed else context.query.get("done", "")
    if not words_of(left):
        return None, left_out or "no_word"
    return left, left_out


async def _show_page(context: RequestContext, known: Known, filters: Filters, after: Optional[Key]) -> HTTPResponse:
    def read_page(connection: Connection) -> queue.Page:
        return queue.page(connection, filters, after, SIZE)

    held = as_query(filters)
    page = await context.read_audited(read_page, "", **_audit_detail(held))
    form = await _form(context, known, held)
    to_undo = await read_undoable(context)
    # A view says itself which filters are set.
    named = [] if any(view.is_current for view in form["views"]) else held.items()
    return context.render(
        "queue.html",
        to_undo=to_undo,
        **form,
        entries=page.entries,
        size=SIZE,
        active=[ActiveFilter(name, value, address({**held, name: ""})) for name, value in named],
        own_query=f"?{urlencode(held)}" if held else "",
        first_page=address(held) if after else "",
        next_page=address({**held, AFTER: encode_cursor(page.after, filters)}) if page.after else "",
        problem=None,
    )


def _audit_detail(held: Dict[str, str]) -> Dict[str, object]:
    """Return the filters for the audit log. It is never deleted, so it stores only the number of words in a search."""
    kept: Dict[str, object] = {name: value for name, value in held.items() if name != "q"}
    return {**kept, "words": len(words_of(held["q"]))} if "q" in held else kept


async def _show_problem(context: RequestContext, known: Known, refusal: RefusalError) -> HTTPResponse:
    """Show the form as it was filled in, and what is wrong with it."""
    problem = context.explain(refusal)
    held = {name: value[:LONGEST_SEARCH] for name, value in context.query.items()}
    form = await _form(context, known, held)
    return context.render("queue.html", problem.status, to_undo=None, **form, active=[], problem=problem)


async def _form(context: RequestContext, known: Known, held: Dict[str, str]) -> FormValues:
    topics = topic_labels(context.dependencies.library)
    return {
        "choices": choices(known, topics),
        "held": held,
        "label": lambda what, word: topics.get(word, word) if what == "topic" else label(what, word),
        "needs": PRIORITIES,
        "longest": LONGEST_SEARCH,
        "views": await _views(context, known, held),
    }


async def _views(context: RequestContext, known: Known, held: Dict[str, str]) -> List[View]:
    """Return the links above the queue. `held` are the filters that are set now."""
    topics = context.dependencies.library.topics
    asked = {name: parse(query, known, topics, context.staff.name) for name, query in VIEWS.items()}
    counts = await context.read(lambda connection: queue.count_up_to(connection, [*asked.values()], MAX_COUNT + 1))
    return [
        View(label("view", name), address(as_query(filters)), as_query(filters) == held, _capped(count))
        for (name, filters), count in zip(asked.items(), counts, strict=True)
    ]


def _capped(count: int) -> str:
    return str(count) if count <= MAX_COUNT else f"{MAX_COUNT}+"


def _is_not_canonical(context: RequestContext, filters: Filters) -> bool:
    given = {name: value for name, value in context.query.items() if name not in (AFTER, "done")}
    return given != as_query(filters)


def address(query: Dict[str, str]) -> str:
    """Return the queue's address with these query parameters, leaving out empty ones."""
    kept = urlencode({name: value for name, value in query.items() if value})
    return f"{PATH}?{kept}" if kept else PATH


ROUTES = [Route("GET", PATH, READERS, "queue", show)]
