"""What conversations of the queue may be asked for by, as conditions for the database."""

from datetime import date, timedelta
from typing import Any, List, NamedTuple, Optional, Tuple

import sqlalchemy as sa

from bot.store.days import begins_at
from bot.store.filing import NEEDS, needs_of
from bot.store.schema import staff

#: What `Filters.state` holds for conversations in any state, reviewed ones too.
ANY_STATE = "all"
#: What `Filters.reviewer` holds for conversations that nobody has.
NOBODY = "nobody"
#: Filters that are columns of the same name.
_PLAIN = ("topic", "urgency", "asker", "model", "language")


class Key(NamedTuple):
    """A place in the queue."""

    is_open: int
    need: int
    last_at: int
    number: int


class Filters(NamedTuple):
    """What conversations of the queue must be; None lets every one through.

    Without a state, those that are not reviewed. `reviewer` is the name of an account, or `NOBODY`. Days are London's.
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
    # Words, with spaces between them, all of which occur.
    q: Optional[str] = None


def conditions(columns: Any, filters: Filters) -> List[Any]:
    """What `columns` of a review must be, but for `is_open`, need and postings."""
    found = [columns[name] == getattr(filters, name) for name in _PLAIN if getattr(filters, name) is not None]
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
    """What `is_open` may be."""
    return {ANY_STATE: (0, 1), "reviewed": (0,)}.get(filters.state or "", (1,))


def needs(filters: Filters) -> List[int]:
    """What need may be, as places in `NEEDS`."""
    possible = needs_of(filters.urgency) if filters.urgency is not None else NEEDS
    return [NEEDS.index(need) for need in possible if filters.need in (None, need)]
