"""Reviewing a conversation: its state, assignment, flags and notes."""

import unicodedata
from typing import Callable

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, LEADS, READERS, Route
from bot.console.filters import as_query
from bot.console.labels import FLAGS
from bot.console.pages.queue import PATH as QUEUE
from bot.console.pages.transcript import QueuePosition, colleagues, path_of, position_of, show_problem
from bot.console.request import RefusalError, RequestContext, read_number
from bot.redaction.deadline import redact_with_deadline
from bot.redaction.redactor import is_too_long
from bot.store import queue, transcripts
from bot.store.triage import STATES

#: Maximum number of characters in a note.
MAX_NOTE = 2000

#: Changes a conversation, given its number and the version that the form was rendered from.
Work = Callable[[Connection, int, int], None]


async def set_state(context: RequestContext) -> HTTPResponse:
    """Set the state. After "reviewed", show the next conversation in the queue."""
    state = context.form.get("state", "")
    if state not in STATES:
        raise RefusalError("unknown_state")
    position = await position_of(context)
    is_done = state == "reviewed"
    # Read before the write transaction, which blocks every other writer, including the chat.
    on = await context.read(lambda connection: _next(connection, position)) if is_done else ""

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.set_state(connection, number, version, state, context.staff.id)

    return await _update(context, position, work, "reviewed" if is_done else "state", on, state=state)


async def take(context: RequestContext) -> HTTPResponse:
    """Assign the conversation to the member of staff who is signed in, even if somebody else has it."""

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.assign(connection, number, version, context.staff.id)

    return await _update(context, await position_of(context), work, "taken", staff=context.staff.name)


async def give_back(context: RequestContext) -> HTTPResponse:
    """Remove the assignment. Only leads may remove somebody else's."""

    def work(connection: Connection, number: int, version: int) -> None:
        before = transcripts.head(connection, number)
        transcripts.assign(connection, number, version, None)
        if before and before["staff_id"] != context.staff.id and context.role != LEAD:
            raise RefusalError("not_with_you")

    return await _update(context, await position_of(context), work, "given_back", staff="")


async def assign(context: RequestContext) -> HTTPResponse:
    """Assign the conversation to a colleague."""
    chosen = context.form.get("staff", "")
    account = next((one for one in await context.read(colleagues) if str(one.id) == chosen), None)
    if account is None:
        raise RefusalError("no_such_colleague")

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.assign(connection, number, version, account.id)

    return await _update(context, await position_of(context), work, "assigned", staff=account.name)


async def set_flag(context: RequestContext) -> HTTPResponse:
    """Set a flag."""
    flag = context.form.get("flag", "")
    if flag not in FLAGS:
        raise RefusalError("unknown_flag")

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.set_flag(connection, number, version, flag, context.staff.id, context.now)

    return await _update(context, await position_of(context), work, "flagged", flag=flag)


async def remove_flag(context: RequestContext) -> HTTPResponse:
    """Remove a flag. Only leads may remove a flag that somebody else set."""
    flag = context.form.get("flag", "")

    def work(connection: Connection, number: int, version: int) -> None:
        before = transcripts.flags_on(connection, number).get(flag)
        transcripts.take_flag(connection, number, version, flag)
        if before is None:
            raise RefusalError("unknown_flag")
        if before.staff_id != context.staff.id and context.role != LEAD:
            raise RefusalError("not_your_flag", who=before.name)

    return await _update(context, await position_of(context), work, "unflagged", flag=flag)


async def add_note(context: RequestContext) -> HTTPResponse:
    """Add a note, redacted like chat messages."""
    position = await position_of(context)
    # A browser sends a line break as two characters but counts it as one.
    typed = context.form.get("text", "").replace("\r\n", "\n").strip()
    if is_too_long(typed, MAX_NOTE):
        refusal = RefusalError("long_note", most=MAX_NOTE, length=len(unicodedata.normalize("NFKC", typed)))
        return await show_problem(context, position, refusal, "notes")
    redacted = await redact_with_deadline(context.dependencies.redactor, typed)
    if not redacted.text:
        return await show_problem(context, position, RefusalError("empty_note"), "notes")

    def add(connection: Connection) -> None:
        if not transcripts.add_note(connection, position.number, redacted.text, context.staff.id, context.now):
            raise RefusalError("not_found")

    await context.write_audited(add, str(position.number))
    done = "noted_without" if redacted.removed else "noted"
    return context.redirect(position.path, done=done, **as_query(position.filters))


def _next(connection: Connection, position: QueuePosition) -> str:
    """Return the path of the next conversation, or of the queue if this was the last one."""
    _, behind = queue.neighbours(connection, position.filters, position.number)
    return path_of(behind) if behind is not None else QUEUE


async def _update(
    context: RequestContext, position: QueuePosition, work: Work, done: str, on: str = "", **detail: object
) -> HTTPResponse:
    """Run `work` and redirect to `on`, or back to the conversation if `on` is empty.

    If the conversation has changed since the form was rendered, show the changes instead.
    """
    # A form without a version counts as version 0, which no conversation has, so it is rejected as stale.
    version = read_number(context.form.get("version", "")) or 0
    try:
        await context.write_audited(
            lambda connection: work(connection, position.number, version), str(position.number), **detail
        )
    except transcripts.StaleError:
        return await show_problem(context, position, RefusalError("stale"), "standing")
    return context.redirect(on or position.path, done=done, **as_query(position.filters))


_HERE = "/conversations/<number:int>"
ROUTES = [
    Route("POST", f"{_HERE}/state", READERS, "state", set_state),
    Route("POST", f"{_HERE}/take", READERS, "take", take),
    Route("POST", f"{_HERE}/give-back", READERS, "give_back", give_back),
    Route("POST", f"{_HERE}/assign", LEADS, "assign", assign),
    Route("POST", f"{_HERE}/flag", READERS, "flag", set_flag),
    Route("POST", f"{_HERE}/unflag", READERS, "unflag", remove_flag),
    Route("POST", f"{_HERE}/note", READERS, "note", add_note),
]
