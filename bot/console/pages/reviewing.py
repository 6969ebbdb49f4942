"""Reviewing a conversation: bringing it into another state, taking and giving it, its flags and its notes."""

import unicodedata
from typing import Any, Callable

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, LEADS, READERS, Route
from bot.console.filters import as_query
from bot.console.forms import read_number
from bot.console.labels import FLAGS
from bot.console.pages.queue import PATH as QUEUE
from bot.console.pages.transcript import Place, colleagues, explain, path_of, place_of
from bot.console.visit import RefusalError, Visit
from bot.privacy.in_time import redact_in_time
from bot.privacy.redact import is_too_long
from bot.store import queue, transcripts
from bot.store.triage import STATES

#: Characters of a note.
MOST_NOTE = 2000

#: Changes the conversation of a number that is still of a version.
Work = Callable[[Connection, int, int], None]


async def set_state(visit: Visit) -> HTTPResponse:
    """Bring it into another state; from one that is reviewed on to the next of the queue."""
    state = visit.form.get("state", "")
    if state not in STATES:
        raise RefusalError("unknown_state")
    place = await place_of(visit)
    is_done = state == "reviewed"
    # Looked up before anything is changed: whoever changes something lets nobody else write, the chat neither.
    on = await visit.read(lambda connection: _next(connection, place)) if is_done else ""

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.set_state(connection, number, version, state, visit.staff.id)

    return await _change(visit, place, work, "reviewed" if is_done else "state", on, state=state)


async def take(visit: Visit) -> HTTPResponse:
    """Take it, also from whoever has it."""

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.assign(connection, number, version, visit.staff.id)

    return await _change(visit, await place_of(visit), work, "taken", staff=visit.staff.name)


async def give_back(visit: Visit) -> HTTPResponse:
    """Let it be nobody's again."""

    def work(connection: Connection, number: int, version: int) -> None:
        before = transcripts.head(connection, number)
        transcripts.assign(connection, number, version, None)
        if before and before["staff_id"] != visit.staff.id and visit.role != LEAD:
            raise RefusalError("not_with_you")

    return await _change(visit, await place_of(visit), work, "given_back", staff="")


async def assign(visit: Visit) -> HTTPResponse:
    """Give it to somebody."""
    chosen = visit.form.get("staff", "")
    account = next((one for one in await visit.read(colleagues) if str(one.id) == chosen), None)
    if account is None:
        raise RefusalError("no_such_colleague")

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.assign(connection, number, version, account.id)

    return await _change(visit, await place_of(visit), work, "assigned", staff=account.name)


async def set_flag(visit: Visit) -> HTTPResponse:
    """Set one of the flags."""
    flag = visit.form.get("flag", "")
    if flag not in FLAGS:
        raise RefusalError("unknown_flag")

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.set_flag(connection, number, version, flag, visit.staff.id, visit.now)

    return await _change(visit, await place_of(visit), work, "flagged", flag=flag)


async def take_flag(visit: Visit) -> HTTPResponse:
    """Take a flag off: who set it may, and a lead."""
    flag = visit.form.get("flag", "")

    def work(connection: Connection, number: int, version: int) -> None:
        before = transcripts.flags_on(connection, number).get(flag)
        transcripts.take_flag(connection, number, version, flag)
        if before is None:
            raise RefusalError("unknown_flag")
        if before.staff_id != visit.staff.id and visit.role != LEAD:
            raise RefusalError("not_your_flag", who=before.name)

    return await _change(visit, await place_of(visit), work, "unflagged", flag=flag)


async def add_note(visit: Visit) -> HTTPResponse:
    """Add a note, redacted like what people type."""
    place = await place_of(visit)
    # A browser sends two characters for the end of a line and counts one.
    typed = visit.form.get("text", "").replace("\r\n", "\n").strip()
    if is_too_long(typed, MOST_NOTE):
        refusal = RefusalError("long_note", most=MOST_NOTE, length=len(unicodedata.normalize("NFKC", typed)))
        return await explain(visit, place, refusal, "notes")
    redacted = await redact_in_time(visit.parts.redactor, typed)
    if not redacted.text:
        return await explain(visit, place, RefusalError("empty_note"), "notes")

    def add(connection: Connection) -> None:
        if not transcripts.add_note(connection, place.number, redacted.text, visit.staff.id, visit.now):
            raise RefusalError("not_found")

    await visit.change(add, str(place.number))
    done = "noted_without" if redacted.removed else "noted"
    return visit.go(place.path, done=done, **as_query(place.filters))


def _next(connection: Connection, place: Place) -> str:
    """Where whoever is done with a conversation goes on."""
    _, behind = queue.neighbours(connection, place.filters, place.number)
    return path_of(behind) if behind is not None else QUEUE


async def _change(visit: Visit, place: Place, work: Work, done: str, on: str = "", **detail: Any) -> HTTPResponse:
    """Do `work` and go `on`, or back to the conversation; where somebody else was faster, show what they changed."""
    # No conversation has version 0: a form without one fits none.
    version = read_number(visit.form.get("version", "")) or 0
    try:
        await visit.change(lambda connection: work(connection, place.number, version), str(place.number), **detail)
    except transcripts.StaleError:
        return await explain(visit, place, RefusalError("stale"), "standing")
    return visit.go(on or place.path, done=done, **as_query(place.filters))


_HERE = "/conversations/<number:int>"
ROUTES = [
    Route("POST", f"{_HERE}/state", READERS, "state", set_state),
    Route("POST", f"{_HERE}/take", READERS, "take", take),
    Route("POST", f"{_HERE}/give-back", READERS, "give_back", give_back),
    Route("POST", f"{_HERE}/assign", LEADS, "assign", assign),
    Route("POST", f"{_HERE}/flag", READERS, "flag", set_flag),
    Route("POST", f"{_HERE}/unflag", READERS, "unflag", take_flag),
    Route("POST", f"{_HERE}/note", READERS, "note", add_note),
]
