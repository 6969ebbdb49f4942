"""Queries for operators: whether the chat is paused, the latest purges, and reviews by number or conversation."""

from typing import List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.rows import Review, as_review
from bot.store.schema import pauses, purges, reviews

#: The largest integer that the database accepts.
_GREATEST = 2**63 - 1


class Purge(NamedTuple):
    """A row of `bot.store.schema.purges`: when a purge ran, the retention in days, and what it deleted."""

    id: int
    at: int
    keep_days: int
    closed: int
    forgotten: int
    turns: int


def paused_since(connection: Connection) -> Optional[int]:
    """Return when the chat was paused, in seconds since 1970, or None if it is not paused."""
    since: Optional[int] = connection.execute(sa.select(pauses.c.since)).scalar()
    return since


def last_purges(connection: Connection, most: int) -> List[Purge]:
    """Return up to `most` purges, latest first."""
    return [Purge(*row) for row in connection.execute(purges.select().order_by(purges.c.id.desc()).limit(most))]


def identified(connection: Connection, conversation_id: str) -> Optional[Review]:
    """Return a conversation's review, or None if it has none."""
    return _review(connection, reviews.c.conversation_id == conversation_id)


def numbered(connection: Connection, number: int) -> Optional[Review]:
    """Return the review with this number, or None if it was deleted."""
    return _review(connection, reviews.c.number == number) if number <= _GREATEST else None


def _review(connection: Connection, condition: sa.sql.ColumnElement) -> Optional[Review]:
    row = connection.execute(reviews.select().where(condition)).first()
    return as_review(row) if row is not None else None
