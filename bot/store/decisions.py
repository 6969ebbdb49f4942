"""What staff decide about a conversation: that it is reviewed, what was done, and whether a second person agrees.

An outcome (escalated, or not) waits until somebody else confirms it. Each decision moves the review to a state, and can
be undone by the person who made it until anybody changes the review.
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
#: The decisions that say what was done, and that a second person has to confirm.
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
    """A decision, which is a row of `bot.store.schema.decisions` with the name of the person who made it.

    `at` is in seconds since 1970. `code` says to whom a conversation was escalated, or why it was not; `note` is
    redacted. `version` is the review's version after the decision; the two values from before it are for undoing.
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
    """What somebody decides: a kind, and for an outcome the code and a redacted note, which can be empty."""

    kind: str
    code: str = ""
    note: str = ""


def history(connection: Connection, number: int) -> List[Decision]:
    """Return all decisions about a conversation, oldest first, including those that were undone."""
    return _chosen(connection, decisions.c.number == number)


def outcome_to_confirm(state: str, made: Sequence[Decision]) -> Optional[Decision]:
    """Return the outcome that waits for a second person, or None.

    Args:
        state: the review's state.
        made: the decisions about the conversation, oldest first.
    """
    outcomes = [one for one in made if one.kind in OUTCOMES and not one.is_undone]
    return outcomes[-1] if outcomes and state in WAITING else None


def decide(connection: Connection, number: int, version: int, choice: Choice, staff_id: int, now: int) -> None:
    """Make a decision, and move the review to the state that follows from it.

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

    A browser sends a form again if its button is pressed twice.
    """
    last = last_of(connection, staff_id)
    if last is None or (last.number, last.version) != (number, version + 1):
        return False
    return Choice(last.kind, last.code, last.note) == choice


def last_of(connection: Connection, staff_id: int) -> Optional[Decision]:
    """Return the last decision that a person made, if it can still be undone, or None."""
    newest = sa.select(sa.func.max(decisions.c.id)).where(decisions.c.staff_id == staff_id)
    found = _chosen(connection, decisions.c.id == newest.scalar_subquery(), decisions.c.is_undone.is_(False))
    if not found:
        return None
    version = sa.select(reviews.c.version).where(reviews.c.number == found[0].number)
    return found[0] if connection.execute(version).scalar() == found[0].version else None


def undo(connection: Connection, number: int, version: int, staff_id: int) -> None:
    """Undo the decision that led to `version`, which this person made, and restore the review's state and reviewer.

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
    """Return how many conversations are escalated."""
    # Written out, because only then do databases use the index that holds nothing else.
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
