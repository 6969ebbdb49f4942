"""Transcripts for staff, how far each person has read, and changes to state, assignment, flags and notes.

Each change states which version of the review the person saw, and is refused if there is a newer version. Notes are
only ever added, so they need no version.
"""

from typing import Dict, List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import ciphers, quiet, review_log, triage
from bot.store.rows import HeldReview, Review, Turn, as_held_review
from bot.store.schema import flags, notes, openings, reviews, staff
from bot.store.schema import turns as all_turns
from bot.store.sealing import PLAIN, opened, sealed


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


def turns(connection: Connection, review: Review, now: int, after: int, most: int) -> List[Turn]:
    """Return up to `most` turns of a review's conversation, in order, starting after turn number `after`.

    Raises:
        GoingOnError: the conversation is still in progress at `now`.
    """
    found = review_log.turns_of(connection, review["conversation_id"], after, most)
    # Check afterwards, so that a turn stored in the meantime is not shown.
    quiet.check(connection, review["number"], now)
    return found


def record_shown(connection: Connection, number: int, staff_id: int, after: int, most: int) -> None:
    """Record that a person was shown up to `most` turns of a conversation, starting after turn number `after`.

    Nothing is recorded if they have not been shown all earlier turns, or if the conversation was deleted.
    """
    # Erasing the conversation waits for this lock, and then deletes the row added here.
    locked = sa.select(reviews.c.conversation_id).where(reviews.c.number == number)
    row = connection.execute(locked.with_for_update(read=True, key_share=True)).first()
    if row is None or after > _shown(connection, number, staff_id):
        return
    same = sa.and_(all_turns.c.conversation_id == row.conversation_id, all_turns.c.number > after)
    page = sa.select(all_turns.c.number).where(same).order_by(all_turns.c.number).limit(most).subquery()
    last = connection.execute(sa.select(sa.func.max(page.c.number))).scalar()
    if last is not None:
        connection.execute(_SHOW, {"number": number, "staff_id": staff_id, "turn": last})


def was_shown(connection: Connection, review: Review, staff_id: int) -> bool:
    """Whether every turn of a conversation so far was shown to this person."""
    same = all_turns.c.conversation_id == review["conversation_id"]
    last = connection.execute(sa.select(sa.func.max(all_turns.c.number)).where(same)).scalar()
    return last is not None and _shown(connection, review["number"], staff_id) >= int(last)


def _shown(connection: Connection, number: int, staff_id: int) -> int:
    """Return the number of the last turn recorded as shown to this person, or 0."""
    same = (openings.c.number == number, openings.c.staff_id == staff_id)
    return int(connection.execute(sa.select(openings.c.turn).where(*same)).scalar() or 0)


def flags_on(connection: Connection, number: int) -> Dict[str, Flag]:
    """Return a conversation's flags by name, oldest first."""
    columns = (flags.c.flag, flags.c.staff_id, flags.c.at, staff.c.name)
    chosen = sa.select(*columns).join(staff, staff.c.id == flags.c.staff_id).where(flags.c.number == number)
    return {row.flag: Flag(*row) for row in connection.execute(chosen.order_by(flags.c.at, flags.c.flag))}


def notes_on(connection: Connection, number: int) -> List[Note]:
    """Return a conversation's notes, oldest first."""
    chosen = sa.select(notes, staff.c.name).join(staff, staff.c.id == notes.c.staff_id).where(notes.c.number == number)
    rows = connection.execute(chosen.order_by(notes.c.id)).all()
    cipher = ciphers.of_review(connection, number) if rows else PLAIN
    return [Note(row.at, opened(cipher, notes, row._mapping)["text"], row.name) for row in rows]


def set_state(connection: Connection, number: int, version: int, state: str, staff_id: int) -> None:
    """Set a conversation's state to "new" or "in_review". The other states follow from decisions.

    Starting a review assigns the conversation to `staff_id` if it is unassigned.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    review = head(connection, number)
    if review is None:
        raise StaleError
    begins = state == "in_review" and review["staff_id"] is None
    move(connection, review, version, state, staff_id if begins else review["staff_id"])


def move(connection: Connection, review: Review, version: int, state: str, holder: Optional[int]) -> None:
    """Set a review's state and reviewer (an account id), and update its place in the queue.

    Raises:
        StaleError: the review has a different version, or was deleted.
    """
    changed: Review = {**review, "state": state}
    updated = triage.prioritised(changed)
    place = {"need": updated["need"], "is_open": updated["is_open"]}
    _change(connection, review["number"], version, staff_id=holder, state=state, **place)


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
    row = {"number": number, "staff_id": staff_id, "at": now, "text": text}
    connection.execute(notes.insert(), sealed(ciphers.of_review(connection, number), notes, row))
    return True


def _change(connection: Connection, number: int, version: int, **values: object) -> None:
    seen = sa.and_(reviews.c.number == number, reviews.c.version == version)
    if connection.execute(reviews.update().where(seen).values(version=reviews.c.version + 1, **values)).rowcount == 0:
        raise StaleError


# A single statement, because two requests may arrive at once. Going back to an earlier page changes nothing.
_SHOW = sa.text(
    "INSERT INTO review_opening (number, staff_id, turn) VALUES (:number, :staff_id, :turn) "
    "ON CONFLICT (number, staff_id) DO UPDATE SET turn = excluded.turn WHERE excluded.turn > review_opening.turn"
)
