"""The queue: which conversations to read first, and search."""

from typing import Any, Callable, Collection, Dict, List, NamedTuple, Optional, Sequence, Tuple, TypedDict
from urllib.parse import parse_qsl, urlencode

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, READERS, Route
from bot.console.filters import AFTER, LONGEST_SEARCH, ME, as_query, choices, decode_cursor, encode_cursor, parse
from bot.console.labels import label, topic_labels
from bot.console.pages.transcript import read_undoable
from bot.console.request import RefusalError, RequestContext, read_number
from bot.redaction.deadline import redact_with_deadline
from bot.store import queue, saved_views
from bot.store.queue import Known
from bot.store.queue_filters import Filters, Key
from bot.store.saved_views import SavedView
from bot.store.search_index import words_of
from bot.store.triage import PRIORITIES
from bot.text.placeholders import without_placeholders

PATH = "/queue"
#: Query parameters: the numbers of the conversations on a page, and the count of new ones that it already shows.
SEEN, NEW = "seen", "new"
#: The path of saved views, to which each view's id is added.
SAVED = f"{PATH}/views"
#: Maximum number of characters in the name of a saved view.
MAX_NAME = 40
#: Conversations per page.
SIZE = 50
#: The filters for escalated conversations, and the maximum number shown to leads above the queue.
ESCALATED, MOST_ESCALATED = {"state": "escalated"}, 20
#: The links above the queue, by name in labels.yml, and the filters that each one sets.
VIEWS: Dict[str, Dict[str, str]] = {
    "all": {},
    "danger": {"need": "danger"},
    "harm": {"need": "disclosure"},
    "no_service": {"need": "dead_end"},
    "unsure": {"need": "unsure"},
    "language": {"language": "other"},
    "mine": {"reviewer": ME},
}
#: The largest count shown for a view. Counting stops there, so that a long queue takes no longer to count.
MAX_COUNT = 99


class View(NamedTuple):
    """A link above the queue: its label, its address, whether it is the current view, and its number of conversations.

    `held` is a number up to `MAX_COUNT`, followed by a plus sign if there are more. It is empty for a saved view, whose
    id is `saved`.
    """

    words: str
    address: str
    is_current: bool
    held: str
    saved: Optional[int] = None


class ActiveFilter(NamedTuple):
    """A filter that is set: its name, its value, and the address of the queue without it."""

    name: str
    value: str
    without: str


class FormValues(TypedDict):
    """The template values for the filter form. `held` contains the values to fill the form in with."""

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
    return await show_page(context, known, filters, after)


async def show_new(context: RequestContext) -> HTTPResponse:
    """Show how many conversations on the first page of the queue are new since the page was loaded.

    The response contains only the number. If the page already shows that number, the response is empty, so that screen
    readers do not announce it again.
    """
    known = await context.read(lambda connection: queue.known(connection, READERS))
    seen = {number for number in map(read_number, context.query.get(SEEN, "").split(",")) if number is not None}
    held = {name: value for name, value in context.query.items() if name not in (SEEN, NEW)}
    filters = parse(held, known, context.dependencies.library.topics, context.staff.name)
    page = await context.read(lambda connection: queue.page(connection, context.now, filters, None, SIZE))
    new = sum(entry.review["number"] not in seen for entry in page.entries)
    if str(new) == context.query.get(NEW, ""):
        return HTTPResponse(status=204)
    return context.render("queue-new.html", **_new_values(as_query(filters), context.query.get(SEEN, ""), new))


def _new_values(held: Dict[str, str], seen: str, new: int) -> Dict[str, Any]:
    """Return the template values for the line that says how many conversations are new."""
    asked = {**held, SEEN: seen, NEW: str(new)}
    return {"new": new, "refresh": address(held), "ask_again": f"{PATH}/new?{urlencode(asked)}"}


async def clean_search(context: RequestContext, asked: Optional[str]) -> Tuple[Optional[str], str]:
    """Return the searchable part of a query, and a label for the part that was removed.

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


async def show_page(
    context: RequestContext,
    known: Known,
    filters: Filters,
    after: Optional[Key] = None,
    left_out: Sequence[str] = (),
    refusal: Optional[RefusalError] = None,
) -> HTTPResponse:
    """Show a page of the queue.

    Args:
        context: the request.
        known: the values to filter by.
        filters: the filters that are set.
        after: the key that the page begins after, or None for the first page.
        left_out: filters of a saved view that no longer exist.
        refusal: why the filters could not be saved as a view, or None.
    """
    held = as_query(filters)
    is_leads = context.role == LEAD and not held and after is None

    def read_page(connection: Connection) -> Tuple[List[queue.Entry], queue.Page]:
        first = queue.escalated(connection, context.now, MOST_ESCALATED) if is_leads else []
        return first, queue.page(connection, context.now, filters, after, SIZE)

    first, page = await context.read_audited(read_page, "", **_audit_detail(held))
    above = {entry.review["number"] for entry in first}
    form = await _form(context, known, held)
    to_undo = await read_undoable(context)
    shown = next((view for view in form["views"] if view.is_current), None)
    # The name of the current view already says which filters are set.
    named = [] if shown else held.items()
    problem = context.explain(refusal) if refusal else None
    return context.render(
        "queue.html",
        problem.status if problem else 200,
        to_undo=to_undo,
        **form,
        first=first,
        first_query=f"?{urlencode(ESCALATED)}",
        entries=[entry for entry in page.entries if entry.review["number"] not in above],
        size=SIZE,
        active=[ActiveFilter(name, value, address({**held, name: ""})) for name, value in named],
        own_query=f"?{urlencode(held)}" if held else "",
        first_page=address(held) if after else "",
        next_page=address({**held, AFTER: encode_cursor(page.after, filters)}) if page.after else "",
        **_new_values(held, ",".join(str(entry.review["number"]) for entry in page.entries), 0),
        problem=None,
        saved=shown.saved if shown else None,
        left_out=left_out,
        not_saved=problem,
        typed=context.form.get("name", "").strip() if refusal else "",
        longest_name=MAX_NAME,
    )


def _audit_detail(held: Dict[str, str]) -> Dict[str, object]:
    """Return the filters for the audit log, which is never deleted and so stores only a search's word count."""
    kept: Dict[str, object] = {name: value for name, value in held.items() if name != "q"}
    return {**kept, "words": len(words_of(held["q"]))} if "q" in held else kept


async def _show_problem(context: RequestContext, known: Known, refusal: RefusalError) -> HTTPResponse:
    """Show the form again as it was filled in, with the problem."""
    problem = context.explain(refusal)
    held = {name: value[:LONGEST_SEARCH] for name, value in context.query.items()}
    form = await _form(context, known, held)
    return context.render(
        "queue.html", problem.status, to_undo=None, **form, active=[], problem=problem, left_out=[], saved=None
    )


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
    """Return the links above the queue. `held` contains the filters that are set now."""
    topics = context.dependencies.library.topics
    asked = {name: parse(query, known, topics, context.staff.name) for name, query in VIEWS.items()}

    def gather(connection: Connection) -> Tuple[List[int], List[SavedView]]:
        counts = queue.count_up_to(connection, context.now, [*asked.values()], MAX_COUNT + 1)
        return counts, saved_views.views_of(connection, context.staff.id)

    counts, saved = await context.read(gather)
    return [
        *(
            View(label("view", name), address(as_query(filters)), as_query(filters) == held, _capped(count))
            for (name, filters), count in zip(asked.items(), counts, strict=True)
        ),
        *(View(one.name, f"{SAVED}/{one.id}", dict(parse_qsl(one.query)) == held, "", one.id) for one in saved),
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


ROUTES = [
    Route("GET", PATH, READERS, "queue", show),
    Route("GET", f"{PATH}/new", READERS, "", show_new, keeps_open=False),
]
