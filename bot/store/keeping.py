"""What those who run the chat look up: whether it is paused, the last purges, and which conversation has a number."""

from typing import List, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.schema import pauses, purges, reviews

#: The greatest number that a database can give.
_GREATEST = 2**63 - 1


def paused_since(connection: Connection) -> Optional[int]:
    """Since when the chat is paused, in seconds since 1970; None if it is not."""
    since: Optional[int] = connection.execute(sa.select(pauses.c.since)).scalar()
    return since


def last_purges(connection: Connection, most: int) -> List[Row]:
    """The last times that something was removed for its age, at most `most`, the latest first."""
    return list(connection.execute(purges.select().order_by(purges.c.id.desc()).limit(most)))


def identified(connection: Connection, conversation_id: str) -> Optional[Row]:
    """The review of the conversation with that id; None if there is none."""
    return connection.execute(reviews.select().where(reviews.c.conversation_id == conversation_id)).first()


def numbered(connection: Connection, number: int) -> Optional[Row]:
    """The review of the conversation that the console shows under `number`; None if there is none any more."""
    if number > _GREATEST:
        return None
    return connection.execute(reviews.select().where(reviews.c.number == number)).first()
