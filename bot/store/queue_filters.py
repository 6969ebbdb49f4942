"""The review queue's filters, and the database conditions that they translate to."""

from datetime import date, timedelta
from typing import List, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import ColumnCollection

from bot.store import quiet
from bot.store.days import begins_at
from bot.store.schema import staff
from bot.store.triage import PRIORITIES, priorities_of

#: The value of `Filters.state` that matches every state, including reviewed.
ANY_STATE = "all"
#: The value of `Filters.reviewer` that matches unassigned conversations.
NOBODY = "nobody"
#: Filters whose value must equal the column of the same name.
_PLAIN = ("topic", "urgency", "asker", "model", "language")

#: Filters that would reveal something about a conversation that goes on.
_REVEALING = ("asker", "model", "language", "flag", "q")


class Key(NamedTuple):
    """A conversation's sort key in the queue, made up of columns of the `review` table."""

    is_open: int
    need: int
    last_at: int
    number: int


class Filters(NamedTuple):
    """Filters for the queue. None matches everything, except that a `state` of None leaves out reviewed conversations.

    `need` is a priority, and `reviewer` is an account name or `NOBODY`. `first` and `last` are days in London time.
    """

    first: Optional[date] = None
    last: Optional[date] = None
    need: Optional[str] = None
    topic: Optional[str] = None
    urgency: Optional[str] = None
    asker: Optional[str] = None
    flag: Optional[str] = None
    state: Optional[str] = None
    reviewer: Optional[str] = None
    model: Optional[str] = None
    language: Optional[str] = None
    # Words separated by spaces, all of which must occur.
    q: Optional[str] = None


def conditions(columns: ColumnCollection, filters: Filters, now: int) -> List[ColumnElement]:
    """Return the conditions that filters put on a review's `columns`, leaving out `is_open`, `need` and postings.

    Conversations that go on `now` are left out, unless staff may know that they exist and what they are about.
    """
    reveals = any(getattr(filters, name) is not None for name in _REVEALING)
    found = [quiet.may_be_listed(columns, now, only_readable=reveals)]
    found += [columns[name] == getattr(filters, name) for name in _PLAIN if getattr(filters, name) is not None]
    if filters.first is not None:
        found.append(columns.last_at >= begins_at(filters.first))
    if filters.last is not None and filters.last < date.max:
        found.append(columns.last_at < begins_at(filters.last + timedelta(days=1)))
    if filters.state not in (None, ANY_STATE):
        found.append(columns.state == filters.state)
    if filters.reviewer == NOBODY:
        found.append(columns.staff_id.is_(None))
    elif filters.reviewer is not None:
        account = sa.select(staff.c.id).where(staff.c.name == filters.reviewer)
        found.append(columns.staff_id == account.scalar_subquery())
    return found


def open_values(filters: Filters) -> Tuple[int, ...]:
    """Return the values of `is_open` that the filters allow."""
    return {ANY_STATE: (0, 1), "reviewed": (0,)}.get(filters.state or "", (1,))


def priorities(filters: Filters) -> List[int]:
    """Return the values of `need` that the filters allow, as indexes into `PRIORITIES`."""
    possible = priorities_of(filters.urgency) if filters.urgency is not None else PRIORITIES
    return [PRIORITIES.index(priority) for priority in possible if filters.need in (None, priority)]
