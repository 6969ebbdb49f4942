"""The queue: conversations in the order in which they should be read, as far as filters let them through.

Its order is that of a `Key`, the greatest first: what is open, then by need, then the latest.
"""

from datetime import date, datetime, timezone
from typing import Any, List, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.filing import NEEDS
from bot.store.schema import flags, reviews, staff, words
from bot.store.words import hashed, words_of

#: What `Filters.state` holds for conversations in any state, reviewed ones too.
ANY_STATE = "all"
#: What `Filters.reviewer` holds for conversations that nobody has.
NOBODY = "nobody"
DAY_SECONDS = 24 * 60 * 60


class Key(NamedTuple):
    """A place in the queue."""

    is_open: int
    need: int
    last_at: int
    number: int


class Filters(NamedTuple):
    """What conversations of the queue must be; None lets every one through.

    Without a state, those that are not reviewed. `reviewer` is the name of an account, or `NOBODY`.
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


class Entry(NamedTuple):
    """A conversation as the list shows it: a row of `review`, the name of who has it, and its flags by name."""

    review: Row
    staff: Optional[str]
    flags: List[str]


class Page(NamedTuple):
    """Part of the queue; `after` is the place behind which it goes on, None where it ends."""

    entries: List[Entry]
    after: Optional[Key]


class Known(NamedTuple):
    """What there is to filter by beside what never changes: each by name, in order."""

    models: List[str]
    flags: List[str]
    staff: List[str]


def page(connection: Connection, filters: Filters, after: Optional[Key], size: int) -> Page:
    """Up to `size` conversations of the queue behind the place `after`, from its beginning without one."""
    keys = _keys(connection, filters, after, size + 1)
    entries = _entries(connection, [key.number for key in keys[:size]])
    return Page(entries, keys[size - 1] if len(keys) > size else None)


def neighbours(connection: Connection, filters: Filters, number: int) -> Tuple[Optional[int], Optional[int]]:
    """The numbers of the conversations before and after one in the queue; None where there is none.

    One that the filters do not let through any more, such as one that was just reviewed, has those between which it
    stood.
    """
    row = connection.execute(reviews.select().where(reviews.c.number == number)).first()
    if row is None:
        return None, None
    is_open = row.is_open if filters.state == ANY_STATE else int(filters.state != "reviewed")
    here = Key(is_open, row.need, row.last_at, row.number)
    before, behind = _keys(connection, filters, here, 1, is_backwards=True), _keys(connection, filters, here, 1)
    return (before[0].number if before else None), (behind[0].number if behind else None)


def known(connection: Connection) -> Known:
    """What there is to filter by."""
    models = sa.select(reviews.c.model).distinct().order_by(reviews.c.model)
    flag_names = sa.select(flags.c.flag).distinct().order_by(flags.c.flag)
    names = sa.select(staff.c.name).order_by(staff.c.name)
    chosen = (models, flag_names, names)
    return Known(*([name for (name,) in connection.execute(one) if name] for one in chosen))


def _keys(
    connection: Connection, filters: Filters, after: Optional[Key], size: int, is_backwards: bool = False
) -> List[Key]:
    key = [reviews.c[name] for name in Key._fields]
    chosen = sa.select(*key).where(*_conditions(filters)).limit(size)
    if after is not None:
        place = sa.tuple_(*key)
        chosen = chosen.where(place > tuple(after) if is_backwards else place < tuple(after))
    chosen = chosen.order_by(*(column.asc() if is_backwards else column.desc() for column in key))
    return [Key(*row) for row in connection.execute(chosen)]


def _conditions(filters: Filters) -> List[Any]:
    found = [reviews.c[name] == getattr(filters, name) for name in _COLUMNS if getattr(filters, name) is not None]
    if filters.first is not None:
        found.append(reviews.c.last_at >= _begin(filters.first))
    if filters.last is not None:
        found.append(reviews.c.last_at < _begin(filters.last) + DAY_SECONDS)
    if filters.need is not None:
        found.append(reviews.c.need == NEEDS.index(filters.need))
    if filters.state is None:
        found.append(reviews.c.is_open == 1)
    elif filters.state != ANY_STATE:
        found.append(reviews.c.state == filters.state)
    if filters.reviewer == NOBODY:
        found.append(reviews.c.staff_id.is_(None))
    elif filters.reviewer is not None:
        found.append(
            reviews.c.staff_id == sa.select(staff.c.id).where(staff.c.name == filters.reviewer).scalar_subquery()
        )
    if filters.flag is not None:
        found.append(sa.exists().where(flags.c.number == reviews.c.number, flags.c.flag == filters.flag))
    for word in sorted(words_of(filters.q or "")):
        found.append(sa.exists().where(words.c.number == reviews.c.number, words.c.word == hashed(word)))
    return found


def _entries(connection: Connection, numbers: List[int]) -> List[Entry]:
    chosen = (
        sa.select(reviews, staff.c.name.label("staff")).join(staff, isouter=True).where(reviews.c.number.in_(numbers))
    )
    rows = {row.number: row for row in connection.execute(chosen)}
    marked: "dict[int, List[str]]" = {number: [] for number in numbers}
    for row in connection.execute(flags.select().where(flags.c.number.in_(numbers)).order_by(flags.c.flag)):
        marked[row.number].append(row.flag)
    return [Entry(rows[number], rows[number].staff, marked[number]) for number in numbers]


def _begin(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp())


_COLUMNS = ("topic", "urgency", "asker", "model", "language")
