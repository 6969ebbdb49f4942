"""A conversation as staff read it, folded under a content note where it is distressing."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import urlencode

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, READERS, Route
from bot.console.filters import AFTER, as_query, parse
from bot.console.forms import read_number
from bot.console.labels import FLAGS, label
from bot.console.visit import RefusalError, Visit
from bot.store import queue, staff, transcripts, workload
from bot.store.days import counted_day
from bot.store.queue_filters import Filters
from bot.store.review_log import OPENING
from bot.store.triage import PRIORITIES, SURE, is_distressing

#: The greatest number that a database can hold.
MOST = 2**63 - 1
#: What the name of a form's field begins with that says what its page showed.
SAW = "saw_"
#: Turns on a page. A script may have talked to the chat for a day, and while a page is made nobody is answered.
TURNS = 100


class Place(NamedTuple):
    """A conversation, and the queue in which somebody reads it."""

    number: int
    filters: Filters

    @property
    def path(self) -> str:
        """The address of the conversation."""
        return path_of(self.number)

    @property
    def query(self) -> str:
        """The queue's filters as they stand behind an address, the "?" with them; empty where there are none."""
        named = urlencode(as_query(self.filters))
        return f"?{named}" if named else ""


def path_of(number: int) -> str:
    """The address of a conversation."""
    return f"/conversations/{number}"


async def place_of(visit: Visit) -> Place:
    """Where a visit is.

    Raises:
        RefusalError: no conversation can have that number, or a filter cannot be what it is.
    """
    number = visit.values["number"]
    if not 0 < number <= MOST:
        raise RefusalError("not_found")
    known = await visit.read(queue.known)
    filters = parse(visit.query, known, visit.parts.library.topics, visit.staff.name)
    return Place(number, filters)


async def show(visit: Visit) -> HTTPResponse:
    """A conversation: what was said, how it was read, what was answered."""
    place = await place_of(visit)
    is_folded = await visit.read(lambda connection: _is_folded(connection, visit, _head(connection, place)))
    known = await visit.look(lambda connection: gather(connection, visit, place), str(place.number), folded=is_folded)
    return visit.page("transcript.html", **known)


async def unfold(visit: Visit) -> HTTPResponse:
    """Open a distressing transcript; for the rest of the day it stays open to whoever did."""
    place = await place_of(visit)

    def count(connection: Connection) -> None:
        if is_distressing(_head(connection, place)):
            workload.record_exposure(connection, visit.staff.id, _today(visit), place.number)

    await visit.change(count, str(place.number))
    return visit.go(place.path, **as_query(place.filters))


async def explain(visit: Visit, place: Place, refusal: RefusalError, where: str) -> HTTPResponse:
    """How a conversation stands, without its words, and why what a form asked for could not be done.

    What changed since the form's page was shown is told, and a note that was typed is not lost.

    Args:
        visit: brings the form.
        place: the conversation.
        refusal: why.
        where: the part of the page that says so, `standing` or `notes`.
    """
    known = await visit.read(lambda connection: gather(connection, visit, place))
    words = visit.problem(refusal)
    saw = {name[len(SAW) :]: value for name, value in visit.form.items() if name.startswith(SAW)}
    told = {
        "turns": [],
        "is_whole": False,
        "changes": changes(saw, known["seen"]),
        "problem": {"where": where, "title": words.title, "detail": words.detail},
        "typed": visit.form.get("text", "").strip(),
    }
    return visit.page("transcript.html", words.status, **{**known, **told})


def gather(connection: Connection, visit: Visit, place: Place) -> Dict[str, Any]:
    """What the page is made of; of a folded conversation no word of anybody's.

    Raises:
        RefusalError: the conversation is gone.
    """
    review = _head(connection, place)
    is_folded = _is_folded(connection, visit, review)
    opened = workload.count_exposures(connection, visit.staff.id, _today(visit))
    before, behind = queue.neighbours(connection, place.filters, place.number)
    return {
        "place": place,
        "review": review,
        "is_folded": is_folded,
        "is_whole": True,
        "need": PRIORITIES[review["need"]],
        "topic": _about(visit, review["topic"]),
        "opened_today": opened,
        "is_enough": opened >= workload.limit(connection),
        **_part(connection, visit, place, None if is_folded else review),
        **_marks(connection, review, is_folded),
        "before": before,
        "behind": behind,
        "colleagues": colleagues(connection) if visit.role == LEAD else [],
        "changes": [],
        "problem": None,
        "typed": "",
        **_TOOLS,
    }


def _part(connection: Connection, visit: Visit, place: Place, review: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    """The turns that fit on a page, from the one that the address names, and the address that goes on behind them."""
    held = visit.query.get(AFTER, "")
    after = read_number(held) or 0
    turns = transcripts.turns(connection, review, after, TURNS + 1) if review else []
    query = {**as_query(place.filters), AFTER: turns[TURNS - 1]["number"] if len(turns) > TURNS else ""}
    return {"turns": turns[:TURNS], "onward": f"{place.path}?{urlencode(query)}" if query[AFTER] else ""}


def colleagues(connection: Connection) -> List[Any]:
    """The accounts that conversations may be given to."""
    return [one for one in staff.everybody(connection) if one.role in READERS and one.disabled_at is None]


def seen(review: Dict[str, Any], flags: List[str], notes: int) -> Dict[str, str]:
    """What a page shows of how a conversation stands; its forms send it along, to tell later what changed."""
    return {
        "state": label("state", review["state"]),
        "holder": review["holder"] or "",
        "flags": ", ".join(label("flag", flag) for flag in sorted(flags)),
        "notes": str(notes),
        "turns": str(review["turns"]),
    }


def changes(before: Dict[str, str], after: Dict[str, str]) -> List[Tuple[str, str, str]]:
    """What differs between two of `seen`: its name, what it was and what it is; nothing if `before` is not known."""
    # A form that is read has no field that was empty.
    held = {name: before.get(name, "") for name in after} if before else after
    return [(name, held[name], after[name]) for name in after if held[name] != after[name]]


def pieces(text: str, kinds: List[str]) -> List[Tuple[str, bool]]:
    """A text in pieces, each with whether it is the kind of something that was taken out.

    Only placeholders of `kinds` are that; what a person put in angle brackets themselves is text.
    """
    if not kinds:
        return [(text, False)]
    placeholder = re.compile("<(" + "|".join(map(re.escape, sorted(set(kinds)))) + ")>")
    return [(piece, bool(place % 2)) for place, piece in enumerate(placeholder.split(text)) if piece]


def percent(share: float) -> str:
    """A share of 1 in percent."""
    return f"{100 * share:.0f}%"


def _head(connection: Connection, place: Place) -> Dict[str, Any]:
    review = transcripts.head(connection, place.number)
    if review is None:
        raise RefusalError("not_found")
    return review


def _marks(connection: Connection, review: Dict[str, Any], is_folded: bool) -> Dict[str, Any]:
    """What staff added to a conversation, and what of it the forms send along."""
    flags = transcripts.flags_on(connection, review["number"])
    notes = transcripts.notes_on(connection, review["number"])
    return {
        "flags": flags,
        # Also those that were set when there still were such flags.
        "all_flags": [*FLAGS, *(flag for flag in flags if flag not in FLAGS)],
        "notes": [] if is_folded else notes,
        "note_count": len(notes),
        "seen": seen(review, list(flags), len(notes)),
    }


def _is_folded(connection: Connection, visit: Visit, review: Dict[str, Any]) -> bool:
    has_opened = workload.was_exposed(connection, visit.staff.id, _today(visit), review["number"])
    return is_distressing(review) and not has_opened


def _today(visit: Visit) -> str:
    """The day under which it is counted that somebody opens a transcript."""
    return counted_day(visit.now).isoformat()


def _about(visit: Visit, topic: str) -> str:
    """What a topic is about; one that content/ describes no more is named."""
    described = visit.parts.library.topics.get(topic)
    return described.about if described is not None else topic


#: What the template calls.
_TOOLS = {"path_of": path_of, "percent": percent, "pieces": pieces, "opening": OPENING, "sure": SURE}

ROUTES = [
    Route("GET", "/conversations/<number:int>", READERS, "view", show),
    Route("POST", "/conversations/<number:int>/open", READERS, "open", unfold),
]
