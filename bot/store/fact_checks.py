"""Records of fact checks: who checked which fact in content/, and when."""

from datetime import date
from typing import Dict, NamedTuple, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from bot.store.schema import checks, staff


class Check(NamedTuple):
    """A check of a fact by a member of staff."""

    day: date
    staff_id: int
    name: str


def latest(connection: Connection) -> Dict[Tuple[str, str], Check]:
    """Return the latest check of every fact that has been checked, by the fact's kind and id."""
    chosen = sa.select(checks, staff.c.name).join(staff, checks.c.staff_id == staff.c.id).order_by(checks.c.checked_on)
    return {
        (row.kind, row.fact): Check(date.fromisoformat(row.checked_on), row.staff_id, row.name)
        for row in connection.execute(chosen)
    }


def add(connection: Connection, kind: str, fact: str, day: date, staff_id: int) -> bool:
    """Record a check. Return False if the fact was already checked on that day."""
    if connection.execute(sa.select(checks.c.fact).where(_on(kind, fact, day))).first() is not None:
        return False
    row = {"kind": kind, "fact": fact, "checked_on": day.isoformat(), "staff_id": staff_id}
    connection.execute(checks.insert(), row)
    return True


def take_back(connection: Connection, kind: str, fact: str, day: date, staff_id: int) -> bool:
    """Delete this person's check of a fact on a given day, and return whether there was one."""
    theirs = sa.and_(_on(kind, fact, day), checks.c.staff_id == staff_id)
    return bool(connection.execute(checks.delete().where(theirs)).rowcount)


def _on(kind: str, fact: str, day: date) -> ColumnElement:
    return sa.and_(checks.c.kind == kind, checks.c.fact == fact, checks.c.checked_on == day.isoformat())
