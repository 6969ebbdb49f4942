"""A conversation as staff read it, and what they do with it: its state, who has it, its flags and its notes.

Whoever changes something says which version of the conversation they saw. Where another one is there by now, nothing
changes. Notes are only ever added, so a note fits any version.
"""

from typing import Any, Dict, List, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store import filing, review_log
from bot.store.schema import flags, notes, reviews, staff


class StaleError(Exception):
    """The conversation is of another version than whoever wanted to change it saw."""


def head(connection: Connection, number: int) -> Optional[Dict[str, Any]]:
    """A conversation's review with `holder`, the name of who has it (None: nobody); None if it is gone."""
    joined = reviews.outerjoin(staff, staff.c.id == reviews.c.staff_id)
    chosen = sa.select(reviews, staff.c.name.label("holder")).select_from(joined).where(reviews.c.number == number)
    row = connection.execute(chosen).first()
    return dict(row._mapping) if row is not None else None


def turns(connection: Connection, review: Dict[str, Any], after: int, most: int) -> List[Dict[str, Any]]:
    """What was said and answered in the conversation of a review, in order: at most so many turns behind a number."""
    return review_log.said_in(connection, review["conversation_id"], after, most)


def flags_on(connection: Connection, number: int) -> Dict[str, Row]:
    """The flags of a conversation: by flag, who set it (`staff_id`, `name`) and when (`at`)."""
    columns = (flags.c.flag, flags.c.staff_id, flags.c.at, staff.c.name)
    chosen = sa.select(*columns).join(staff, staff.c.id == flags.c.staff_id).where(flags.c.number == number)
    return {row.flag: row for row in connection.execute(chosen.order_by(flags.c.at, flags.c.flag))}


def notes_on(connection: Connection, number: int) -> List[Row]:
    """The notes of a conversation, the oldest first: `name`, `at`, `text`."""
    columns = (notes.c.at, notes.c.text, staff.c.name)
    chosen = sa.select(*columns).join(staff, staff.c.id == notes.c.staff_id).where(notes.c.number == number)
    return list(connection.execute(chosen.order_by(notes.c.id)))


def set_state(connection: Connection, number: int, version: int, state: str, staff_id: int) -> None:
    """Bring a conversation into one of `filing.STATES`.

    Whoever reviewed it has it from then on; whoever begins to review what nobody has takes it.

    Raises:
        StaleError: it is of another version, or gone.
    """
    review = connection.execute(reviews.select().where(reviews.c.number == number)).first()
    if review is None:
        raise StaleError
    begins = state == "in_review" and review.staff_id is None
    holder = staff_id if begins or state == "reviewed" else review.staff_id
    judged = filing.judged({**review._mapping, "state": state})
    kept = {name: judged[name] for name in ("state", "need", "is_open")}
    _change(connection, number, version, staff_id=holder, **kept)


def assign(connection: Connection, number: int, version: int, staff_id: Optional[int]) -> None:
    """Give a conversation to somebody, or with None to nobody.

    Raises:
        StaleError: it is of another version, or gone.
    """
    _change(connection, number, version, staff_id=staff_id)


def set_flag(connection: Connection, number: int, version: int, flag: str, staff_id: int, now: int) -> None:
    """Set a flag; one that is set already stays as whoever set it left it.

    Raises:
        StaleError: the conversation is of another version, or gone.
    """
    _change(connection, number, version)
    if flag not in flags_on(connection, number):
        connection.execute(flags.insert(), {"number": number, "flag": flag, "staff_id": staff_id, "at": now})


def take_flag(connection: Connection, number: int, version: int, flag: str) -> None:
    """Take a flag off.

    Raises:
        StaleError: the conversation is of another version, or gone.
    """
    _change(connection, number, version)
    connection.execute(flags.delete().where(flags.c.number == number, flags.c.flag == flag))


def add_note(connection: Connection, number: int, text: str, staff_id: int, now: int) -> bool:
    """Add a note, its text redacted already; whether there still is a conversation to add it to."""
    newer = reviews.update().where(reviews.c.number == number).values(version=reviews.c.version + 1)
    if connection.execute(newer).rowcount == 0:
        return False
    connection.execute(notes.insert(), {"number": number, "staff_id": staff_id, "at": now, "text": text})
    return True


def _change(connection: Connection, number: int, version: int, **values: Any) -> None:
    seen = sa.and_(reviews.c.number == number, reviews.c.version == version)
    if connection.execute(reviews.update().where(seen).values(version=reviews.c.version + 1, **values)).rowcount == 0:
        raise StaleError
