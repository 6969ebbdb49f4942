"""Transcripts for staff, and the changes they make to a review: its state, assignment, flags and notes.

Each change states which version of the review the person saw, and is refused if there is a newer version. Notes are
only ever added, so they need no version.
"""

from typing import Dict, List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import review_log, triage
from bot.store.rows import HeldReview, Review, Turn, as_held_review, as_review
from bot.store.schema import flags, notes, reviews, staff


class Flag(NamedTuple):
    """A flag, with the id and name of the member of staff who set it, and the time in seconds since 1970."""

    flag: str
    staff_id: int
    at: int
    name: str


class Note(NamedTuple):
    """A note, with the name of the member of staff who added it, and the time in seconds since 1970."""

    at: int
    text: str
    name: str


class StaleError(Exception):
    """The review was changed or deleted after the person last saw it."""


def head(connection: Connection, number: int) -> Optional[HeldReview]:
    """Return the review with this number, or None if it was deleted."""
    joined = reviews.outerjoin(staff, staff.c.id == reviews.c.staff_id)
    chosen = sa.select(reviews, staff.c.name.label("holder")).select_from(joined).where(reviews.c.number == number)
    row = connection.execute(chosen).first()
    return as_held_review(row) if row is not None else None


def turns(connection: Connection, review: Review, after: int, most: int) -> List[Turn]:
    """Return up to `most` turns of a review's conversation, in order, starting after turn number `after`."""
    return review_log.turns_of(connection, review["conversation_id"], after, most)


def flags_on(connection: Connection, number: int) -> Dict[str, Flag]:
    """Return a conversation's flags by name, oldest first."""
    columns = (flags.c.flag, flags.c.staff_id, flags.c.at, staff.c.name)
    chosen = sa.select(*columns).join(staff, staff.c.id == flags.c.staff_id).where(flags.c.number == number)
    return {row.flag: Flag(*row) for row in connection.execute(chosen.order_by(flags.c.at, flags.c.flag))}


def notes_on(connection: Connection, number: int) -> List[Note]:
    """Return a conversation's notes, oldest first."""
    columns = (notes.c.at, notes.c.text, staff.c.name)
    chosen = sa.select(*columns).join(staff, staff.c.id == notes.c.staff_id).where(notes.c.number == number)
    return [Note(*row) for row in connection.execute(chosen.order_by(notes.c.id))]


def set_state(connection: Connection, number: int, version: int, state: str, staff_id: int) -> None:
    """Set a conversation's state to one of `triage.STATES`.

    Completing a review assigns the conversation to `staff_id`. Starting a review does the same if the conversation is
    unassigned.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    row = connection.execute(reviews.select().where(reviews.c.number == number)).first()
    if row is None:
        raise StaleError
    review = as_review(row)
    begins = state == "in_review" and review["staff_id"] is None
    holder = staff_id if begins or state == "reviewed" else review["staff_id"]
    changed: Review = {**review, "state": state}
    updated = triage.prioritised(changed)
    place = {"need": updated["need"], "is_open": updated["is_open"]}
    _change(connection, number, version, staff_id=holder, state=state, **place)


def assign(connection: Connection, number: int, version: int, staff_id: Optional[int]) -> None:
    """Assign a conversation to a member of staff, or unassign it if `staff_id` is None.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    _change(connection, number, version, staff_id=staff_id)


def set_flag(connection: Connection, number: int, version: int, flag: str, staff_id: int, now: int) -> None:
    """Set a flag. If it is already set, its author and time stay the same.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    _change(connection, number, version)
    if flag not in flags_on(connection, number):
        connection.execute(flags.insert(), {"number": number, "flag": flag, "staff_id": staff_id, "at": now})


def take_flag(connection: Connection, number: int, version: int, flag: str) -> None:
    """Remove a flag.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    _change(connection, number, version)
    connection.execute(flags.delete().where(flags.c.number == number, flags.c.flag == flag))


def add_note(connection: Connection, number: int, text: str, staff_id: int, now: int) -> bool:
    """Add a note, whose text must already be redacted. Return False if the conversation was deleted."""
    newer = reviews.update().where(reviews.c.number == number).values(version=reviews.c.version + 1)
    if connection.execute(newer).rowcount == 0:
        return False
    connection.execute(notes.insert(), {"number": number, "staff_id": staff_id, "at": now, "text": text})
    return True


def _change(connection: Connection, number: int, version: int, **values: object) -> None:
    seen = sa.and_(reviews.c.number == number, reviews.c.version == version)
    if connection.execute(reviews.update().where(seen).values(version=reviews.c.version + 1, **values)).rowcount == 0:
        raise StaleError
