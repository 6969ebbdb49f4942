"""A conversation's transcript, folded under a content note if it is distressing."""

from typing import Dict, List, Literal, Mapping, NamedTuple, Optional, Sequence, Tuple, TypedDict
from urllib.parse import urlencode

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, READERS, Route
from bot.console.chat_view import as_shown, gists, offered, pieces, render_once
from bot.console.drafts import Draft
from bot.console.filters import AFTER, as_query, parse
from bot.console.labels import FLAGS, LABELS, label
from bot.console.pages import procedure
from bot.console.pages.going_on import goes_on, show_going_on
from bot.console.request import RefusalError, RequestContext, read_number
from bot.content.page import load_page_words
from bot.store import audit, decisions, queue, quiet, release, staff, transcripts, workload
from bot.store.days import counted_day
from bot.store.decisions import Decision, outcome_to_confirm
from bot.store.queue_filters import Filters
from bot.store.release import Item
from bot.store.review_log import OPENING
from bot.store.rows import HeldReview, Turn
from bot.store.staff import Account
from bot.store.transcripts import Flag, Note
from bot.store.triage import PRIORITIES, SURE, is_danger, is_distressing

#: The action for reading a transcript in the audit log.
VIEW = "view"
#: The value of the query parameter "done" on the page that follows a decision.
DECIDED = "decided"
#: Prefix of the form fields that record what the page showed.
SAW = "saw_"
#: Turns per page. A script may have sent thousands, and rendering them all would block other requests.
TURNS = 100


class QueuePosition(NamedTuple):
    """A conversation, and the filters of the queue it was opened from."""

    number: int
    filters: Filters

    @property
    def path(self) -> str:
        """The conversation's path."""
        return path_of(self.number)

    @property
    def query(self) -> str:
        """The filters as a query string that starts with "?", or an empty string if there are none."""
        named = urlencode(as_query(self.filters))
        return f"?{named}" if named else ""


#: A form field that staff fill in, or an empty string.
Field = Literal["", "text", "note", "outcome"]
#: The form fields whose contents are shown again if they were not saved.
TYPED: Tuple[Field, ...] = ("text", "note", "outcome")


class Problem(TypedDict):
    """Why a form could not be processed, and the field to correct, if any."""

    field: Field
    title: str
    detail: str


class TranscriptValues(TypedDict):
    """The template values for a conversation."""

    position: QueuePosition
    review: HeldReview
    is_folded: bool
    has_read: bool
    """Whether this person has been shown every message, and so may make a decision."""
    is_danger: bool
    need: str
    procedure: str
    topic: str
    opened_today: int
    is_enough: bool
    """Whether the reader has reached the daily limit on distressing transcripts."""
    with_room: List[str]
    """At the limit, the names of colleagues who have not reached it."""
    turns: List[Turn]
    onward: str
    """The address of the next page of turns, or an empty string on the last page."""
    flags: Mapping[str, Flag]
    all_flags: List[str]
    """The flags to choose from, including any set here before they were removed from labels.yml."""
    notes: List[Note]
    note_count: int
    decisions: List[Decision]
    """Every decision about the conversation, without its note if the conversation is folded."""
    waiting: Optional[Decision]
    """The outcome waiting for a second person to confirm it."""
    to_undo: Optional[Decision]
    """The decision that led to this page, if this person can still undo it."""
    seen: Dict[str, str]
    before: Optional[int]
    behind: Optional[int]
    passed_over: Optional[int]
    """The next conversation in the queue, if `behind` skips it for a calmer one after several distressing ones."""
    colleagues: List[Account]
    release_item: Optional[Item]
    """The conversation's place in a release sample, if this member of staff has to judge it."""
    changes: List[Tuple[str, str, str]]
    problem: Optional[Problem]
    typed: Dict[str, str]
    """What was typed or chosen in a form that was not saved."""
    draft: Optional[Draft]
    """The note that the reader was writing when their session ended, if they have not saved it since."""


def path_of(number: int) -> str:
    """Return a conversation's path."""
    return f"/conversations/{number}"


async def position_of(context: RequestContext) -> QueuePosition:
    """Return the conversation and filters that a request specifies.

    Raises:
        RefusalError: a filter is invalid.
    """
    number = context.values["number"]
    known = await context.read(lambda connection: queue.known(connection, READERS))
    filters = parse(context.query, known, context.dependencies.library.topics, context.staff.name)
    return QueuePosition(number, filters)


async def show(context: RequestContext) -> HTTPResponse:
    """Show a conversation: the messages, the answers as the writer saw them, and how the messages were read."""
    position = await position_of(context)
    if await goes_on(context, position.number):
        return await show_going_on(context, position.number, VIEW, position.query)
    draft = context.drafts.get(context.staff.id, position.number)
    if draft and await context.read(lambda connection: transcripts.head(connection, position.number)) is None:
        context.drafts.drop(context.staff.id, position.number)
        return show_lost_note(context, draft.text)
    known = await _read(context, position)
    if not is_distressing(known["review"]):
        context.streaks.end(context.staff.id)
    to_undo = await read_undoable(context)
    return _render(context, {**known, "to_undo": to_undo})


async def read_undoable(context: RequestContext) -> Optional[Decision]:
    """Return the decision that led to this page, if it can still be undone, or None."""
    if context.query.get("done") != DECIDED:
        return None
    return await context.read(lambda connection: decisions.last_of(connection, context.staff.id))


async def _read(context: RequestContext, position: QueuePosition) -> TranscriptValues:
    """Record in the audit log that a conversation is shown, and fetch it. Unless it is folded, also mark it as read.

    A message that arrives in between is shown but does not count as read.
    """

    def record(connection: Connection) -> None:
        context.check_access(connection)
        is_folded = _is_folded(connection, context, _review(connection, context, position))
        if not is_folded:
            transcripts.record_shown(connection, position.number, context.staff.id, _after(context), TURNS)
        detail = {"folded": is_folded}
        audit.append(connection, context.now, context.staff.name, VIEW, str(position.number), detail)

    await context.dependencies.database.write(record)
    return await context.read(lambda connection: gather(connection, context, position))


def show_lost_note(context: RequestContext, text: str) -> HTTPResponse:
    """Show, only once, a redacted note whose conversation was deleted before the note was saved."""
    problem = context.explain(RefusalError("note_without_conversation"))
    return context.render("lost-note.html", problem.status, problem=problem, text=text)


async def unfold(context: RequestContext) -> HTTPResponse:
    """Open a distressing transcript. It stays open for this member of staff for the rest of the day.

    Once the daily limit is reached, the form must include a confirmation, which the audit log records. Without it, the
    page asks again.
    """
    position = await position_of(context)

    def look(connection: Connection) -> Tuple[bool, bool]:
        return _is_folded(connection, context, _review(connection, context, position)), _is_enough(connection, context)

    is_new, is_enough = await context.read(look)
    is_over = is_new and is_enough
    if is_over and context.form.get("over_limit") != "yes":
        return context.redirect(position.path, **as_query(position.filters))

    def count(connection: Connection) -> None:
        if is_distressing(_review(connection, context, position)):
            workload.record_exposure(connection, context.staff.id, _counted_today(context), position.number)

    await context.write_audited(count, str(position.number), **({"over_limit": True} if is_over else {}))
    if is_new:
        context.streaks.add(context.staff.id)
    return context.redirect(position.path, **as_query(position.filters))


async def show_problem(
    context: RequestContext, position: QueuePosition, refusal: RefusalError, field: Field = ""
) -> HTTPResponse:
    """Show why a form could not be processed, above the conversation as it is now.

    The page also says what has changed since the form was shown, and keeps what was typed.

    Args:
        context: the request with the form.
        position: the conversation.
        refusal: the reason.
        field: the field to correct, or an empty string.
    """
    if await goes_on(context, position.number):
        return await show_going_on(context, position.number, VIEW, position.query, refusal)
    known = await _read(context, position)
    words = context.explain(refusal)
    saw = {name[len(SAW) :]: value for name, value in context.form.items() if name.startswith(SAW)}
    told: TranscriptValues = {
        **known,
        "changes": changes(saw, known["seen"]),
        "problem": {"field": field, "title": words.title, "detail": words.detail},
        "typed": {name: context.form.get(name, "").strip() or known["typed"][name] for name in TYPED},
    }
    return _render(context, told, words.status)


def _render(context: RequestContext, values: TranscriptValues, status: int = 200) -> HTTPResponse:
    services = context.dependencies.library.services
    return context.render(
        "transcript.html",
        status,
        path_of=path_of,
        pieces=pieces,
        as_shown=as_shown,
        gists=gists(values["turns"]),
        offered=offered(values["turns"], {name: one.name for name, one in services.items()}),
        each=render_once(),
        meanings=_meanings(context, values["turns"]),
        words=load_page_words(),
        opening=OPENING,
        sure=SURE,
        described=described,
        labels=LABELS,
        **values,
    )


def _meanings(context: RequestContext, turns: Sequence[Turn]) -> Dict[str, str]:
    """Return the words for each turn's intent and runner-up."""
    names = {name for turn in turns for name in (turn["intent"], turn["runner_up"]) if name}
    found = {name: context.dependencies.library.intent(name) for name in names}
    return {
        name: (intent.label or intent.meaning) if intent else label("intent", name) for name, intent in found.items()
    }


def gather(connection: Connection, context: RequestContext, position: QueuePosition) -> TranscriptValues:
    """Read the page's template values, without turns and notes if the conversation is folded.

    Raises:
        RefusalError: the conversation no longer exists.
    """
    review = _review(connection, context, position)
    is_folded = _is_folded(connection, context, review)
    opened = workload.count_exposures(connection, context.staff.id, _counted_today(context))
    is_enough = is_folded and opened >= workload.limit(connection)
    before, following = queue.neighbours(connection, context.now, position.filters, position.number)
    behind = _calmer(connection, context, position) or following
    shown, onward = _turns(connection, context, position, None if is_folded else review)
    flags = transcripts.flags_on(connection, review["number"])
    notes = transcripts.notes_on(connection, review["number"])
    made = decisions.history(connection, review["number"])
    draft = context.drafts.get(context.staff.id, review["number"])
    return {
        "position": position,
        "review": review,
        "is_folded": is_folded,
        "has_read": has_read(connection, context, review),
        "is_danger": is_danger(review),
        "need": PRIORITIES[review["need"]],
        "procedure": procedure.read(connection),
        "topic": _topic_label(context, review["topic"]),
        "opened_today": opened,
        "is_enough": is_enough,
        "with_room": _with_room(connection, context) if is_enough else [],
        "turns": shown,
        "onward": onward,
        "flags": flags,
        "all_flags": [*FLAGS, *(flag for flag in flags if flag not in FLAGS)],
        "notes": [] if is_folded else notes,
        "note_count": len(notes),
        "decisions": [one._replace(note="") for one in made] if is_folded else made,
        "waiting": outcome_to_confirm(review["state"], made),
        "to_undo": None,
        "seen": seen(review, list(flags), len(notes), made),
        "before": before,
        "behind": behind,
        "passed_over": following if following != behind else None,
        "colleagues": colleagues(connection) if context.role == LEAD else [],
        "release_item": None if is_folded else release.due(connection, context.staff.id, review["number"]),
        "changes": [],
        "problem": None,
        "typed": {**dict.fromkeys(TYPED, ""), "text": draft.text if draft else ""},
        "draft": draft,
    }


def has_read(connection: Connection, context: RequestContext, review: HeldReview) -> bool:
    """Whether a conversation is not folded and the signed-in member of staff has been shown all its messages."""
    is_folded = _is_folded(connection, context, review)
    return not is_folded and transcripts.was_shown(connection, review, context.staff.id)


def _turns(
    connection: Connection, context: RequestContext, position: QueuePosition, review: Optional[HeldReview]
) -> Tuple[List[Turn], str]:
    """Return the page of turns after the turn in the query, and the next page's address ("" on the last page)."""
    after = _after(context)
    turns = transcripts.turns(connection, review, context.now, after, TURNS + 1) if review else []
    if len(turns) <= TURNS:
        return turns, ""
    query = {**as_query(position.filters), AFTER: turns[TURNS - 1]["number"]}
    return turns[:TURNS], f"{position.path}?{urlencode(query)}"


def _after(context: RequestContext) -> int:
    """Return the number of the turn that the page begins after."""
    return read_number(context.query.get(AFTER, "")) or 0


def next_of(connection: Connection, context: RequestContext, position: QueuePosition) -> Optional[int]:
    """Return the conversation to read next, or None at the end of the queue.

    After several distressing conversations in a row, this is the next one that is not distressing, if there is one.
    """
    calmer = _calmer(connection, context, position)
    return calmer or queue.neighbours(connection, context.now, position.filters, position.number)[1]


def _calmer(connection: Connection, context: RequestContext, position: QueuePosition) -> Optional[int]:
    if not context.streaks.is_enough(context.staff.id):
        return None
    return queue.next_calm(connection, context.now, position.filters, position.number)


def colleagues(connection: Connection) -> List[Account]:
    """Return the accounts that conversations can be assigned to."""
    return [one for one in staff.everybody(connection) if one.role in READERS and one.disabled_at is None]


def seen(review: HeldReview, flags: List[str], notes: int, made: List[Decision]) -> Dict[str, str]:
    """Return the status shown on a page. Its forms send this back, so that later changes can be listed."""
    return {
        "state": label("state", review["state"]),
        "holder": review["holder"] or "",
        "flags": ", ".join(label("flag", flag) for flag in sorted(flags)),
        "notes": str(notes),
        "turns": str(review["turns"]),
        "decision": next((described(one) for one in reversed(made) if not one.is_undone), ""),
    }


def described(decision: Decision) -> str:
    """Describe a decision in a few words, without its note."""
    words = label("decision", decision.kind)
    return f"{words}: {label(decision.kind, decision.code)}" if decision.code else words


def changes(before: Dict[str, str], after: Dict[str, str]) -> List[Tuple[str, str, str]]:
    """Return the differences between two results of `seen` as (name, old, new), or none if `before` is empty."""
    # Empty fields are missing from a parsed form.
    held = {name: before.get(name, "") for name in after} if before else after
    return [(name, held[name], after[name]) for name in after if held[name] != after[name]]


def _review(connection: Connection, context: RequestContext, position: QueuePosition) -> HeldReview:
    """Return the review of a conversation that may be read.

    Raises:
        RefusalError: there is no such conversation.
        GoingOnError: it is still in progress.
    """
    review = transcripts.head(connection, position.number)
    if review is None:
        raise RefusalError("not_found")
    quiet.check(connection, position.number, context.now)
    return review


def _is_folded(connection: Connection, context: RequestContext, review: HeldReview) -> bool:
    has_opened = workload.was_exposed(connection, context.staff.id, _counted_today(context), review["number"])
    return is_distressing(review) and not has_opened


def refuse_folded(connection: Connection, context: RequestContext, number: int) -> None:
    """Refuse a request that would reveal words of a conversation that is folded for this person.

    Raises:
        RefusalError: it is folded, or no longer exists.
    """
    review = transcripts.head(connection, number)
    if review is None:
        raise RefusalError("not_found")
    if _is_folded(connection, context, review):
        raise RefusalError("not_read")


def _is_enough(connection: Connection, context: RequestContext) -> bool:
    opened = workload.count_exposures(connection, context.staff.id, _counted_today(context))
    return opened >= workload.limit(connection)


def _with_room(connection: Connection, context: RequestContext) -> List[str]:
    """Return the names of colleagues who have not reached the daily limit."""
    names = {one.id: one.name for one in colleagues(connection) if one.id != context.staff.id}
    return [names[one] for one in workload.with_room(connection, names, _counted_today(context))]


def _counted_today(context: RequestContext) -> str:
    """Return today's date as used for counting opened transcripts."""
    return counted_day(context.now).isoformat()


def _topic_label(context: RequestContext, topic: str) -> str:
    """Return the description of a topic, or its name if content/ no longer has it."""
    described = context.dependencies.library.topics.get(topic)
    return described.about if described is not None else topic


ROUTES = [
    Route("GET", "/conversations/<number:int>", READERS, VIEW, show),
    Route("POST", "/conversations/<number:int>/open", READERS, "open", unfold),
]
