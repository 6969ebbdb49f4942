"""Text sign-offs: who signed off which version, in what role and when. Rows are only ever added."""

from datetime import date
from typing import Dict, Iterable, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.content.sign_off import SignOff
from bot.content.texts import Text
from bot.store.schema import sign_offs, staff


def latest(connection: Connection) -> Dict[str, SignOff]:
    """Return the latest sign-off of each text, by text id. Texts whose latest sign-off was withdrawn are omitted."""
    last = sa.select(sa.func.max(sign_offs.c.id)).group_by(sign_offs.c.text)
    joined = sa.select(sign_offs, staff.c.name).join(staff, sign_offs.c.staff_id == staff.c.id)
    chosen = joined.where(sign_offs.c.id.in_(last), sign_offs.c.is_withdrawn.is_(False)).order_by(sign_offs.c.id)
    return {row.text: _sign_off(row) for row in connection.execute(chosen)}


def add(
    connection: Connection,
    at: int,
    staff_id: int,
    role: str,
    texts: Iterable[Text],
    confirmed_on: Optional[date] = None,
) -> None:
    """Sign off texts.

    Args:
        connection: a connection in a write transaction.
        at: the time, in seconds since 1970.
        staff_id: the account's id.
        role: the person's role, in their own words.
        texts: the texts, in the versions that the person read.
        confirmed_on: the day on which a service confirmed the facts. It is stored only for texts that have facts.
    """
    day = confirmed_on.isoformat() if confirmed_on else None
    rows = [{**_row(at, staff_id, role, text), "confirmed_on": day if text.has_facts else None} for text in texts]
    connection.execute(sign_offs.insert(), rows)


def take_back(connection: Connection, at: int, staff_id: int, text: Text) -> None:
    """Withdraw a text's sign-off."""
    connection.execute(sign_offs.insert(), {**_row(at, staff_id, "", text), "is_withdrawn": True})


def last_role(connection: Connection, staff_id: int) -> str:
    """Return the role in the person's latest sign-off, or an empty string if there is none."""
    theirs = sa.and_(sign_offs.c.staff_id == staff_id, sign_offs.c.is_withdrawn.is_(False))
    chosen = sa.select(sign_offs.c.role).where(theirs).order_by(sign_offs.c.id.desc()).limit(1)
    return str(connection.execute(chosen).scalar() or "")


def _row(at: int, staff_id: int, role: str, text: Text) -> Dict[str, object]:
    return {
        "text": text.id,
        "version": text.version,
        "staff_id": staff_id,
        "role": role,
        "at": at,
        "confirmed_on": None,
        "is_withdrawn": False,
    }


def _sign_off(row: Row) -> SignOff:
    day = date.fromisoformat(row.confirmed_on) if row.confirmed_on else None
    return SignOff(row.text, row.version, row.name, row.role, row.at, day)
