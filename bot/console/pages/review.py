"""Reviewing a conversation: its state, decisions, assignment, flags and notes."""

import unicodedata
from typing import Callable, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, LEADS, READERS, Route
from bot.console.filters import as_query
from bot.console.labels import FLAGS, LABELS
from bot.console.pages.queue import PATH as QUEUE
from bot.console.pages.transcript import (
    DECIDED,
    QueuePosition,
    colleagues,
    has_read,
    next_of,
    path_of,
    position_of,
    show_lost_note,
    show_problem,
)
from bot.console.request import RefusalError, RequestContext, read_number
from bot.redaction.deadline import redact_with_deadline
from bot.redaction.redactor import Redacted, is_too_long
from bot.store import decisions, quiet, transcripts
from bot.store.decisions import CONFIRMED, DISAGREED, OUTCOMES, REVIEWED, Choice, outcome_to_confirm
from bot.store.rows import HeldReview
from bot.store.triage import is_danger

#: Maximum number of characters in a note.
MAX_NOTE = 2000
#: Maximum number of characters in a decision's note.
MAX_DECISION_NOTE = 500
#: The code of an outcome that needs a note to explain it.
OTHER = "other"
#: The states that staff can set. Decisions set the others.
SETTABLE = ("new", "in_review")

#: Changes a conversation, given its number and the version that the form was rendered from.
Work = Callable[[Connection, int, int], None]


class _RepeatedError(Exception):
    """The same form was submitted twice, and the first submission has already taken effect."""


#: Refuses a decision about a conversation, given its review and any outcome waiting to be confirmed.
Rule = Callable[[HeldReview, Optional[decisions.Decision]], None]


async def set_state(context: RequestContext) -> HTTPResponse:
    """Set the state to one of `SETTABLE`."""
    state = context.form.get("state", "")
    if state not in SETTABLE:
        raise RefusalError("unknown_state")

    def work(connection: Connection, number: int, version: int) -> None:
        transcripts.set_state(connection, number, version, state, context.staff.id)

    return await _update(context, await position_of(context), work, "state", state=state)


async def mark_reviewed(context: RequestContext) -> HTTPResponse:
    """Mark a conversation as reviewed, if nobody is in danger and no outcome is waiting to be confirmed."""

    def rule(review: HeldReview, waiting: Optional[decisions.Decision]) -> None:
        if waiting is not None:
            raise RefusalError("needs_second_person")
        if is_danger(review):
            raise RefusalError("outcome_missing")

    return await _decide(context, await position_of(context), Choice(REVIEWED), rule)


async def record_outcome(context: RequestContext) -> HTTPResponse:
    """Record an outcome: who the conversation was escalated to, or why it was not escalated."""

    def rule(review: HeldReview, waiting: Optional[decisions.Decision]) -> None:
        if waiting is not None:
            raise RefusalError("needs_second_person")

    position = await position_of(context)
    kind, _, code = context.form.get("outcome", "").partition(":")
    if kind not in OUTCOMES or code not in LABELS[kind]:
        return await show_problem(context, position, RefusalError("outcome_missing"), "outcome")
    try:
        note = await _decision_note(context, is_required=code == OTHER)
    except RefusalError as refusal:
        return await show_problem(context, position, refusal, "note")
    return await _decide(context, position, Choice(kind, code, note), rule)


async def confirm(context: RequestContext) -> HTTPResponse:
    """Confirm an outcome that somebody else recorded."""
    return await _decide(context, await position_of(context), Choice(CONFIRMED), _second_person(context))


async def disagree(context: RequestContext) -> HTTPResponse:
    """Disagree with an outcome that somebody else recorded, and return the conversation to review with a note."""
    position = await position_of(context)
    try:
        note = await _decision_note(context, is_required=True)
    except RefusalError as refusal:
        return await show_problem(context, position, refusal, "note")
    return await _decide(context, position, Choice(DISAGREED, note=note), _second_person(context))


async def undo(context: RequestContext) -> HTTPResponse:
    """Undo this person's last decision, if nobody has changed the conversation since."""

    def work(connection: Connection, number: int, version: int) -> None:
        decisions.undo(connection, number, version, context.staff.id)

    return await _update(context, await position_of(context), work, "undone")


def _second_person(context: RequestContext) -> Rule:
    def rule(review: HeldReview, waiting: Optional[decisions.Decision]) -> None:
        if waiting is None:
            raise RefusalError("nothing_to_confirm")
        if waiting.staff_id == context.staff.id:
            raise RefusalError("own_outcome")

    return rule


async def _decide(context: RequestContext, position: QueuePosition, choice: Choice, rule: Rule) -> HTTPResponse:
    """Make a decision, if this person has read the conversation and `rule` allows it, and show the next conversation.

    If the same form is submitted twice, the second response is the same as the first.
    """
    # Read before the write transaction, which blocks every other writer, including the chat.
    on = await context.read(lambda connection: _next(connection, context, position))

    def work(connection: Connection, number: int, version: int) -> None:
        review = transcripts.head(connection, number)
        if review is None or review["version"] != version:
            is_repeated = decisions.is_repeated(connection, number, version, choice, context.staff.id)
            raise _RepeatedError if is_repeated else transcripts.StaleError
        if not has_read(connection, context, review):
            raise RefusalError("not_read")
        if review["is_sampled"] and not review["missed"]:
            raise RefusalError("sample_unanswered")
        rule(review, outcome_to_confirm(review["state"], decisions.history(connection, number)))
        decisions.decide(connection, number, version, choice, context.staff.id, context.now)

    detail = {"outcome": choice.kind, "code": choice.code} if choice.code else {}
    try:
        return await _update(context, position, work, DECIDED, on, **detail)
    except _RepeatedError:
        return context.redirect(on, done=DECIDED, **as_query(position.filters))


async def _decision_note(context: RequestContext, is_required: bool) -> str:
    """Return a decision's note, redacted.

    Raises:
        RefusalError: the note is too long, or is required but empty.
    """
    note = await _redacted(context, context.form.get("note", ""), MAX_DECISION_NOTE)
    if is_required and not note.text:
        raise RefusalError("decision_note_missing")
    return note.text


async def _redacted(context: RequestContext, typed: str, most: int) -> Redacted:
    """Redact a note in the same way as chat messages.

    Raises:
        RefusalError: it has more than `most` characters.
    """
    # A browser sends a line break as two characters but counts it as one.
    typed = typed.replace("\r\n", "\n").strip()
    if is_too_long(typed, most):
        raise RefusalError("long_note", most=most, length=len(unicodedata.normalize("NFKC", typed)))
    return await redact_with_deadline(context.dependencies.redactor, typed)


async def take(context: RequestContext) -> HTTPResponse:
    """Assign the conversation to the member of staff who is signed in, even if it is assigned to somebody else."""

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
    try:
        redacted = await _redacted(context, context.form.get("text", ""), MAX_NOTE)
        if not redacted.text:
            raise RefusalError("empty_note")
    except RefusalError as refusal:
        return await show_problem(context, position, refusal, "text")

    def add(connection: Connection) -> None:
        if not transcripts.add_note(connection, position.number, redacted.text, context.staff.id, context.now):
            raise RefusalError("note_without_conversation")

    try:
        await context.write_audited(add, str(position.number))
    except RefusalError as refusal:
        if refusal.name != "note_without_conversation":
            raise
        return show_lost_note(context, redacted.text)
    context.drafts.drop(context.staff.id, position.number)
    done = "noted_without" if redacted.removed else "noted"
    return context.redirect(position.path, done=done, **as_query(position.filters))


def _next(connection: Connection, context: RequestContext, position: QueuePosition) -> str:
    """Return the path of the next conversation, or of the queue if this was the last one."""
    behind = next_of(connection, context, position)
    return path_of(behind) if behind is not None else QUEUE


async def _update(
    context: RequestContext, position: QueuePosition, work: Work, done: str, on: str = "", **detail: object
) -> HTTPResponse:
    """Run `work` and redirect to `on`, or back to the conversation if `on` is empty.

    If the conversation has changed since the form was rendered, or `work` refuses, show why above the conversation.
    """
    version = _version(context)

    def checked(connection: Connection) -> None:
        quiet.check(connection, position.number, context.now)
        work(connection, position.number, version)

    try:
        await context.write_audited(checked, str(position.number), **detail)
    except (transcripts.StaleError, quiet.GoingOnError):
        return await show_problem(context, position, RefusalError("stale"))
    except RefusalError as refusal:
        return await show_problem(context, position, refusal)
    return context.redirect(on or position.path, done=done, **as_query(position.filters))


def _version(context: RequestContext) -> int:
    """Return the version that the form was rendered from.

    A form without a version counts as version 0, which no conversation has, so it is rejected as stale.
    """
    return read_number(context.form.get("version", "")) or 0


_HERE = "/conversations/<number:int>"
ROUTES = [
    Route("POST", f"{_HERE}/state", READERS, "state", set_state),
    Route("POST", f"{_HERE}/review", READERS, "review", mark_reviewed),
    Route("POST", f"{_HERE}/outcome", READERS, "outcome", record_outcome),
    Route("POST", f"{_HERE}/confirm", READERS, "confirm", confirm),
    Route("POST", f"{_HERE}/disagree", READERS, "disagree", disagree),
    Route("POST", f"{_HERE}/undo", READERS, "undo", undo),
    Route("POST", f"{_HERE}/take", READERS, "take", take),
    Route("POST", f"{_HERE}/give-back", READERS, "give_back", give_back),
    Route("POST", f"{_HERE}/assign", LEADS, "assign", assign),
    Route("POST", f"{_HERE}/flag", READERS, "flag", set_flag),
    Route("POST", f"{_HERE}/unflag", READERS, "unflag", remove_flag),
    Route("POST", f"{_HERE}/note", READERS, "note", add_note, typed="text"),
]
