"""Queries for running the chat: whether it is paused, the latest purges, and reviews by number or conversation."""

from typing import List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.rows import Review, as_review
from bot.store.schema import pauses, purges, reviews

#: Largest integer that the database accepts.
_GREATEST = 2**63 - 1


class Purge(NamedTuple):
    """A purge, a row of `bot.store.schema.purges`: when it was, the days for which words were kept, and its counts."""

    id: int
    at: int
    keep_days: int
    closed: int
    forgotten: int
    turns: int


def paused_since(connection: Connection) -> Optional[int]:
    """When the chat was paused, in seconds since 1970; None if it is not paused."""
    since: Optional[int] = connection.execute(sa.select(pauses.c.since)).scalar()
    return since


def last_purges(connection: Connection, most: int) -> List[Purge]:
    """At most `most` purges, latest first."""
    return [Purge(*row) for row in connection.execute(purges.select().order_by(purges.c.id.desc()).limit(most))]


def identified(connection: Connection, conversation_id: str) -> Optional[Review]:
    """The review of a conversation, or None."""
    return _review(connection, reviews.c.conversation_id == conversation_id)


def numbered(connection: Connection, number: int) -> Optional[Review]:
    """The review with that number, or None if it was deleted."""
    return _review(connection, reviews.c.number == number) if number <= _GREATEST else None


def _review(connection: Connection, condition: sa.sql.ColumnElement) -> Optional[Review]:
    row = connection.execute(reviews.select().where(condition)).first()
    return as_review(row) if row is not None else None
