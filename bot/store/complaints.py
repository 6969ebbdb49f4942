"""Fault reports about the chat, with the conversation if the person agreed to send it."""

from collections import Counter
from datetime import date
from typing import Dict, List, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from bot.store import quiet
from bot.store.days import counted_day
from bot.store.schema import complaints, reviews


class Reported(NamedTuple):
    """A fault reported with its conversation: the review's number, the kind of fault, and the rounded time."""

    number: int
    what: str
    at: int


def by_day(connection: Connection, now: int) -> Dict[date, "Counter[str]"]:
    """Return the number of reports of each kind of fault, by UTC day, latest first."""
    number = sa.func.count().label("number")
    chosen = sa.select(complaints.c.at, complaints.c.what, number).where(_may_be_shown(now))
    found: Dict[date, "Counter[str]"] = {}
    for row in connection.execute(chosen.group_by(complaints.c.at, complaints.c.what).order_by(complaints.c.at.desc())):
        found.setdefault(counted_day(row.at), Counter())[row.what] += row.number
    return found


def with_conversation(connection: Connection, now: int, most: int) -> List[Reported]:
    """Return up to `most` faults reported with their conversation, latest first."""
    chosen = (
        sa.select(reviews.c.number, complaints.c.what, complaints.c.at)
        .join(reviews, reviews.c.conversation_id == complaints.c.conversation_id)
        .where(_may_be_shown(now))
        .order_by(complaints.c.at.desc(), complaints.c.id.desc())
    )
    return [Reported(*row) for row in connection.execute(chosen.limit(most))]


def purge(connection: Connection, now: int, keep_seconds: int) -> int:
    """Delete reports that are past their retention, and return how many were deleted."""
    return int(connection.execute(complaints.delete().where(complaints.c.at <= now - keep_seconds)).rowcount)


def erase(connection: Connection, conversation_id: str) -> None:
    """Delete the reports that were sent with a conversation."""
    connection.execute(complaints.delete().where(complaints.c.conversation_id == conversation_id))


def _may_be_shown(now: int) -> ColumnElement:
    """Return an SQL condition that excludes reports from conversations still in progress."""
    own = complaints.c.conversation_id
    return sa.or_(own.is_(None), own.not_in(quiet.ids_going_on(now)))
