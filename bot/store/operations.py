"""Queries for running the chat: whether it is paused, the latest purges, and reviews by number or conversation."""

from typing import List, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.schema import pauses, purges, reviews

#: Largest integer that the database accepts.
_GREATEST = 2**63 - 1


def paused_since(connection: Connection) -> Optional[int]:
    """When the chat was paused, in seconds since 1970; None if it is not paused."""
    since: Optional[int] = connection.execute(sa.select(pauses.c.since)).scalar()
    return since


def last_purges(connection: Connection, most: int) -> List[Row]:
    """At most `most` purges, latest first."""
    return list(connection.execute(purges.select().order_by(purges.c.id.desc()).limit(most)))


def identified(connection: Connection, conversation_id: str) -> Optional[Row]:
    """The review of a conversation, or None."""
    return connection.execute(reviews.select().where(reviews.c.conversation_id == conversation_id)).first()


def numbered(connection: Connection, number: int) -> Optional[Row]:
    """The review with that number, or None if it was deleted."""
    if number > _GREATEST:
        return None
    return connection.execute(reviews.select().where(reviews.c.number == number)).first()
