"""The review queue's filters, and their translation into SQL conditions."""

from datetime import date, timedelta
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import ColumnCollection

from bot.store import quiet
from bot.store.days import begins_at
from bot.store.queries import NOW
from bot.store.schema import staff
from bot.store.triage import PRIORITIES, priorities_of

#: The value of `Filters.state` that matches every state, including reviewed.
ANY_STATE = "all"
#: The value of `Filters.reviewer` that matches unassigned conversations.
NOBODY = "nobody"
#: Filters whose value must equal the column of the same name.
_PLAIN = ("topic", "urgency", "asker", "model", "language")

#: Filters that would reveal something about a conversation still in progress.
_REVEALING = ("asker", "model", "language", "flag", "q")


class Key(NamedTuple):
    """A conversation's sort key in the queue, made up of columns of the `review` table."""

    is_open: int
    need: int
    last_at: int
    number: int


class Filters(NamedTuple):
    """Filters for the queue. None matches everything, except that a `state` of None excludes reviewed conversations.

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


class Shape(NamedTuple):
    """The conditions that filters impose on a review, without the values to compare with.

    Building a statement takes longer than running it, so the queue's statements are built once per shape.
    """

    compared: Tuple[str, ...]
    is_unassigned: bool
    is_revealing: bool


def shape(filters: Filters) -> Shape:
    """Return the shape of the filters' conditions."""
    is_revealing = any(getattr(filters, name) is not None for name in _REVEALING)
    return Shape(tuple(_compared(filters)), filters.reviewer == NOBODY, is_revealing)


def values(filters: Filters, now: int) -> Dict[str, object]:
    """Return the parameter values for `conditions` at `now`."""
    return {"now": now, **_compared(filters)}


def conditions(columns: ColumnCollection, asked: Shape) -> List[ColumnElement]:
    """Return the conditions that filters impose on a review's `columns`, except on `is_open`, `need` and postings.

    Conversations still in progress are excluded, unless staff may know that they exist and what their topic is.
    """
    found = [quiet.may_be_listed(columns, NOW, only_readable=asked.is_revealing)]
    found += [_COMPARISONS[name](columns, sa.bindparam(name)) for name in asked.compared]
    return [*found, columns.staff_id.is_(None)] if asked.is_unassigned else found


def open_values(filters: Filters) -> Tuple[int, ...]:
    """Return the values of `is_open` that the filters allow."""
    return {ANY_STATE: (0, 1), "reviewed": (0,)}.get(filters.state or "", (1,))


def priorities(filters: Filters) -> List[int]:
    """Return the values of `need` that the filters allow, as indexes into `PRIORITIES`."""
    possible = priorities_of(filters.urgency, filters.language)
    return [PRIORITIES.index(priority) for priority in possible if filters.need in (None, priority)]


def _compared(filters: Filters) -> Dict[str, object]:
    """Return the values to compare reviews with, by their names in `_COMPARISONS`."""
    found = {
        **{name: getattr(filters, name) for name in _PLAIN},
        "since": begins_at(filters.first) if filters.first is not None else None,
        "before": _end_of(filters.last),
        "state": filters.state if filters.state != ANY_STATE else None,
        "reviewer": filters.reviewer if filters.reviewer != NOBODY else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _end_of(day: Optional[date]) -> Optional[int]:
    return begins_at(day + timedelta(days=1)) if day is not None and day < date.max else None


def _is_equal(name: str) -> Callable[[ColumnCollection, ColumnElement], ColumnElement]:
    return lambda columns, value: columns[name] == value


def _is_assigned(columns: ColumnCollection, name: ColumnElement) -> ColumnElement:
    return columns.staff_id == sa.select(staff.c.id).where(staff.c.name == name).scalar_subquery()


_COMPARISONS: Dict[str, Callable[[ColumnCollection, ColumnElement], ColumnElement]] = {
    **{name: _is_equal(name) for name in (*_PLAIN, "state")},
    "since": lambda columns, value: columns.last_at >= value,
    "before": lambda columns, value: columns.last_at < value,
    "reviewer": _is_assigned,
}
