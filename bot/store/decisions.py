"""Staff decisions about a conversation: that it is reviewed, its outcome, and whether a second person agrees.

An outcome (escalated or not) has to be confirmed by a second person. Each decision moves the review to a new state, and
can be undone by the person who made it until the review changes again.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import ciphers, transcripts
from bot.store.schema import decisions, reviews, staff
from bot.store.sealing import opened, sealed
from bot.store.transcripts import StaleError
from bot.store.triage import WAITING

REVIEWED, ESCALATED, NOT_ESCALATED = "reviewed", "escalated", "not_escalated"
CONFIRMED, DISAGREED = "confirmed", "disagreed"
#: The outcomes, which a second person has to confirm.
OUTCOMES = (ESCALATED, NOT_ESCALATED)
#: The state that each kind of decision leads to.
STATE_AFTER: Dict[str, str] = {
    REVIEWED: "reviewed",
    ESCALATED: "escalated",
    NOT_ESCALATED: "unconfirmed",
    CONFIRMED: "reviewed",
    DISAGREED: "in_review",
}


class Decision(NamedTuple):
    """A decision: a row of `bot.store.schema.decisions`, with the name of the person who made it.

    `at` is in seconds since 1970. `code` says who the conversation was escalated to, or why it was not, and `note` is
    redacted. `version` is the review's version after the decision. Undoing it restores `state_before` and
    `holder_before`.
    """

    id: int
    number: int
    staff_id: int
    at: int
    kind: str
    code: str
    note: str
    version: int
    state_before: str
    holder_before: Optional[int]
    is_undone: bool
    name: str


class Choice(NamedTuple):
    """A decision to make: its kind and, for an outcome, a code and a redacted note, which can be empty."""

    kind: str
    code: str = ""
    note: str = ""


def history(connection: Connection, number: int) -> List[Decision]:
    """Return all decisions about a conversation, oldest first, including those that were undone."""
    return _chosen(connection, decisions.c.number == number)


def outcome_to_confirm(state: str, made: Sequence[Decision]) -> Optional[Decision]:
    """Return the outcome that is waiting for a second person, or None.

    Args:
        state: the review's state.
        made: the decisions about the conversation, oldest first.
    """
    outcomes = [one for one in made if one.kind in OUTCOMES and not one.is_undone]
    return outcomes[-1] if outcomes and state in WAITING else None


def decide(connection: Connection, number: int, version: int, choice: Choice, staff_id: int, now: int) -> None:
    """Store a decision and move the review to the resulting state.

    The conversation is assigned to `staff_id`, unless that person only confirms an outcome or disagrees with it.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    review = transcripts.head(connection, number)
    if review is None:
        raise StaleError
    is_second = choice.kind in (CONFIRMED, DISAGREED)
    holder = review["staff_id"] if is_second else staff_id
    transcripts.move(connection, review, version, STATE_AFTER[choice.kind], holder)
    row = {
        **choice._asdict(),
        "number": number,
        "staff_id": staff_id,
        "at": now,
        "version": version + 1,
        "state_before": review["state"],
        "holder_before": review["staff_id"],
        "is_undone": False,
    }
    cipher = ciphers.of_conversation(connection, review["conversation_id"])
    connection.execute(decisions.insert(), sealed(cipher, decisions, row))


def is_repeated(connection: Connection, number: int, version: int, choice: Choice, staff_id: int) -> bool:
    """Whether this person has already made this decision from `version`, and nobody has changed the review since.

    This happens if a form's button is pressed twice.
    """
    last = last_of(connection, staff_id)
    if last is None or (last.number, last.version) != (number, version + 1):
        return False
    return Choice(last.kind, last.code, last.note) == choice


def last_of(connection: Connection, staff_id: int) -> Optional[Decision]:
    """Return a person's last decision if it can still be undone, or None."""
    newest = sa.select(sa.func.max(decisions.c.id)).where(decisions.c.staff_id == staff_id)
    found = _chosen(connection, decisions.c.id == newest.scalar_subquery(), decisions.c.is_undone.is_(False))
    if not found:
        return None
    version = sa.select(reviews.c.version).where(reviews.c.number == found[0].number)
    return found[0] if connection.execute(version).scalar() == found[0].version else None


def undo(connection: Connection, number: int, version: int, staff_id: int) -> None:
    """Undo this person's decision that led to `version`, and restore the review's state and reviewer.

    Raises:
        StaleError: the review has a different version, or was deleted, or somebody else made the last decision.
    """
    review = transcripts.head(connection, number)
    same = (decisions.c.number == number, decisions.c.staff_id == staff_id, decisions.c.version == version)
    found = _chosen(connection, *same, decisions.c.is_undone.is_(False))
    if review is None or not found:
        raise StaleError
    transcripts.move(connection, review, version, found[0].state_before, found[0].holder_before)
    connection.execute(decisions.update().where(decisions.c.id == found[0].id).values(is_undone=True))


def count_escalated(connection: Connection) -> int:
    """Return the number of escalated conversations."""
    # The state is a literal, because databases do not use a partial index with a bound parameter.
    return int(connection.execute(sa.text("SELECT count(*) FROM review WHERE state = 'escalated'")).scalar_one())


def _chosen(connection: Connection, *conditions: object) -> List[Decision]:
    joined = decisions.join(staff, staff.c.id == decisions.c.staff_id).join(
        reviews, reviews.c.number == decisions.c.number
    )
    columns = [decisions.c[name] for name in Decision._fields if name != "name"]
    chosen = sa.select(*columns, staff.c.name, reviews.c.conversation_id).select_from(joined).where(*conditions)
    rows = connection.execute(chosen.order_by(decisions.c.id)).all()
    held = ciphers.of_conversations(connection, (row.conversation_id for row in rows))
    found = (opened(held[row.conversation_id], decisions, row._mapping) for row in rows)
    return [Decision(*(row[name] for name in Decision._fields)) for row in found]
