"""Decides which conversations staff may read. As the chat's page promises, nobody reads along while the writer types.

A conversation is in progress until it is closed, or until no message has arrived for `QUIET_SECONDS`. Until then, staff
see none of its words and nothing derived from them. If somebody may be in danger, they see only that it exists. A
later message hides it again. Every query that shows conversations to staff uses `going_on`.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, Select
from sqlalchemy.sql.expression import ColumnCollection

from bot.store.queries import Moment
from bot.store.schema import conversations, reviews
from bot.store.triage import PRIORITIES

#: Seconds without a message before staff may read a conversation.
QUIET_SECONDS = 15 * 60
_DANGER = PRIORITIES.index("danger")


class GoingOnError(Exception):
    """The conversation is still in progress, so nobody may read it yet."""


def ids_going_on(now: Moment) -> Select:
    """Return a query for the ids of the conversations in progress."""
    # An alias, because the query may be a subquery of one that reads the same table.
    one = conversations.alias().c
    return sa.select(one.id).where(one.is_closed == 0, one.last_at > now - QUIET_SECONDS)


def going_on(now: Moment) -> Select:
    """Return a query for the review numbers of the conversations in progress."""
    one = reviews.alias().c
    return sa.select(one.number).where(one.conversation_id.in_(ids_going_on(now)))


def may_be_listed(columns: ColumnCollection, now: Moment, only_readable: bool) -> ColumnElement:
    """Return an SQL condition on a review's `columns`: whether staff may know now that the conversation exists.

    Args:
        columns: the columns of a review.
        now: the current time in seconds since 1970, or a parameter for it.
        only_readable: exclude conversations in progress, even if somebody may be in danger.
    """
    is_readable = columns.number.not_in(going_on(now))
    return is_readable if only_readable else sa.or_(columns.need == _DANGER, is_readable)


def is_going_on(connection: Connection, number: int, now: int) -> bool:
    """Whether the conversation with review number `number` is in progress at `now`."""
    same = going_on(now).subquery()
    return connection.execute(sa.select(same.c.number).where(same.c.number == number)).first() is not None


def check(connection: Connection, number: int, now: int) -> None:
    """Check that a conversation may be read. If so, anything that the same transaction has already read may be shown.

    Raises:
        GoingOnError: the conversation is still in progress.
    """
    if is_going_on(connection, number, now):
        raise GoingOnError
