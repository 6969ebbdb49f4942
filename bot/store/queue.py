"""The review queue: conversations that match a set of filters, in the order they should be read.

Conversations are sorted by `Key` in descending order, so open conversations come first, then higher priorities, then
more recent conversations. Fetching a page takes about the same time however many conversations there are. See
docs/decisions/0011.
"""

from functools import lru_cache
from itertools import product
from math import prod
from typing import Collection, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, Select

from bot.store import metrics, quiet
from bot.store.queries import NOW, distinct
from bot.store.queue_filters import ANY_STATE, Filters, Key, Shape, conditions, open_values, priorities, shape, values
from bot.store.rows import HeldReview, as_held_review
from bot.store.schema import flags, reviews, staff
from bot.store.search_index import Posting, by_rarity, with_flag, with_words, words_of
from bot.store.triage import LEAST_DISTRESSING, PRIORITIES

#: If a search is expected to match at most this many conversations, it looks them all up and sorts them. Otherwise it
#: scans the queue first.
RARE = 10_000
#: A search always scans the queue if even the rarest of its words and flags occurs in more conversations than this.
COMMON = 40_000
#: The number of statements of each kind to cache. There is one for each combination of filters used.
_BUILT = 128
#: The number of conversations that a search for common words scans in its first stretch, and in total before giving up.
FIRST_STEPS = 1_000
STEPS = 100_000


class Entry(NamedTuple):
    """A conversation in the list: its review, the names of its flags, and whether it is still in progress.

    While it is in progress, staff may see only that somebody may be in danger, the topic, and when it began.
    """

    review: HeldReview
    flags: List[str]
    is_going_on: bool


class Page(NamedTuple):
    """A page of the queue. The next page begins after the key `after`, which is None on the last page.

    If the search is for common words that rarely occur together, a page can be short without being the last.
    """

    entries: List[Entry]
    after: Optional[Key]


class Known(NamedTuple):
    """Filter values that depend on the data: models (latest first), flags, and the names of staff who may read."""

    models: List[str]
    flags: List[str]
    staff: List[str]


class Wanted(NamedTuple):
    """A request for up to `size` keys after `after` (before it, if `is_back`) that match the filters at `now`."""

    now: int
    filters: Filters
    after: Optional[Key]
    size: int
    is_back: bool = False


class Found(NamedTuple):
    """The keys of matching conversations, and the key at which the search gave up, or None if it completed."""

    keys: List[Key]
    stopped: Optional[Key] = None


class Stretch(NamedTuple):
    """A stretch within a part of the queue: whether each end is bounded, and whether to scan it backwards."""

    begins: bool
    ends: bool
    is_back: bool


def page(connection: Connection, now: int, filters: Filters, after: Optional[Key], size: int) -> Page:
    """Return up to `size` conversations from the queue, starting after the key `after`, or at the top if it is None."""
    keys, stopped = _find(connection, Wanted(now, filters, after, size + 1))
    entries = _entries(connection, now, [key.number for key in keys[:size]])
    return Page(entries, keys[size - 1] if len(keys) > size else stopped)


def escalated(connection: Connection, now: int, most: int) -> List[Entry]:
    """Return up to `most` escalated conversations, in queue order."""
    return _entries(connection, now, list(connection.execute(_ESCALATED, {"most": most}).scalars()))


def neighbours(connection: Connection, now: int, filters: Filters, number: int) -> Tuple[Optional[int], Optional[int]]:
    """Return the numbers of the conversations before and after `number` in the queue, or None at either end.

    A conversation that no longer matches the filters, perhaps because it was just reviewed, keeps its old neighbours.
    """
    here = _place_of(connection, filters, number)
    if here is None:
        return None, None
    return _next(connection, now, filters, here, is_back=True), _next(connection, now, filters, here, is_back=False)


def count_up_to(connection: Connection, now: int, asked: Sequence[Filters], most: int) -> List[int]:
    """Count the conversations that match each set of filters, up to `most` for each. Words and flags are ignored."""
    return [
        connection.execute(
            _count(shape(filters)),
            {**values(filters, now), "open": open_values(filters), "needs": priorities(filters), "most": most},
        ).scalar_one()
        for filters in asked
    ]


def next_calm(connection: Connection, now: int, filters: Filters, number: int) -> Optional[int]:
    """Return the number of the first conversation after `number` that is not distressing, or None."""
    here = _place_of(connection, filters, number)
    if here is None:
        return None
    # Distressing conversations have the highest priorities, so no open one comes after this key.
    behind_distressing = here._replace(need=PRIORITIES.index(LEAST_DISTRESSING), last_at=0, number=0)
    return _next(connection, now, filters, min(here, behind_distressing), is_back=False)


def known(connection: Connection, readers: Collection[str]) -> Known:
    """Return the filter values that depend on the data.

    Args:
        connection: the database.
        readers: the roles that may read conversations. Disabled accounts are omitted, unless unreviewed conversations
            are still assigned to them.
    """
    return Known(
        metrics.models(connection),
        list(connection.execute(_FLAGS).scalars()),
        list(connection.execute(_READERS, {"roles": list(readers)}).scalars()),
    )


def _place_of(connection: Connection, filters: Filters, number: int) -> Optional[Key]:
    """Return a conversation's place in the queue, or None if the conversation does not exist."""
    row = connection.execute(reviews.select().where(reviews.c.number == number)).first()
    if row is None:
        return None
    is_open = row.is_open if filters.state == ANY_STATE else open_values(filters)[0]
    return Key(is_open, row.need, row.last_at, row.number)


def _next(connection: Connection, now: int, filters: Filters, here: Key, is_back: bool) -> Optional[int]:
    place: Optional[Key] = here
    while place is not None:
        keys, place = _find(connection, Wanted(now, filters, place, 1, is_back))
        if keys:
            return keys[0].number
    return None


@lru_cache(maxsize=_BUILT)
def _count(asked: Shape) -> Select:
    """Return a query for the number of conversations that match filters other than words and flags, up to `most`."""
    group = (_is_among(reviews.c.is_open, "open"), _is_among(reviews.c.need, "needs"))
    chosen = sa.select(reviews.c.number).where(*group, *conditions(reviews.c, asked)).limit(_MOST)
    return sa.select(sa.func.count()).select_from(chosen.subquery())


def _find(connection: Connection, wanted: Wanted) -> Found:
    postings = with_words(connection, sorted(words_of(wanted.filters.q or "")))
    if wanted.filters.flag is not None:
        postings.append(with_flag(wanted.filters.flag))
    if not postings:
        return _walk(connection, wanted, [])
    counts, rarest_first = by_rarity(connection, postings, COMMON + 1)
    if _together(connection, counts) > RARE or counts[0] > COMMON:
        found = _walk(connection, wanted, rarest_first)
        if found.stopped is None or counts[0] > COMMON:
            return found
    return _gather(connection, wanted, rarest_first)


def _together(connection: Connection, counts: List[int]) -> float:
    """Estimate how many conversations are in all the postings, assuming that the postings are independent."""
    every = max(connection.execute(sa.select(sa.func.max(reviews.c.number))).scalar() or 0, 1)
    return every * prod(count / every for count in counts)


def _gather(connection: Connection, wanted: Wanted, postings: List[Posting]) -> Found:
    """Look up every conversation that is in all the postings, then filter and sort."""
    now, filters, after, size, is_back = wanted
    numbers = postings[0].numbers(postings[1:])
    # The limit is never reached. It only stops the query planner from scanning the queue instead.
    named = sa.select(reviews).where(reviews.c.number.in_(numbers)).limit(COMMON).subquery().c
    place = [named[name] for name in Key._fields]
    group = (named.is_open.in_(open_values(filters)), named.need.in_(priorities(filters)))
    chosen = sa.select(*place).where(*group, *conditions(named, shape(filters)))
    if after is not None:
        chosen = chosen.where(_is_behind(place, "after", is_back))
    held = {**values(filters, now), **_bound("after", after)}
    return Found(_keys(connection, _in_order(chosen, place, is_back).limit(_MOST), held, size))


def _walk(connection: Connection, wanted: Wanted, postings: List[Posting]) -> Found:
    """Scan the queue in order and collect matches.

    If there are postings, the scan is divided into increasingly long stretches, and it gives up after about `STEPS`
    conversations.
    """
    now, filters, after, size, is_back = wanted
    had = [posting.is_had_by(reviews.c.number) for posting in postings]
    asked, fixed = shape(filters), values(filters, now)
    keys: List[Key] = []
    span, left = FIRST_STEPS, STEPS
    for (is_open, need), begin in _parts(filters, after, is_back):
        while True:
            held = {**fixed, "is_open": is_open, "need": need, **_bound("begin", begin)}
            end = _nth(connection, Stretch(begin is not None, False, is_back), held, span) if postings else None
            stretch = _within(Stretch(begin is not None, end is not None, is_back), asked)
            chosen = stretch.where(*had) if had else stretch
            keys += _keys(connection, chosen, {**held, **_bound("end", end)}, size - len(keys))
            if len(keys) == size:
                return Found(keys)
            if end is None:
                break
            left -= span
            if left <= 0:
                return Found(keys, end)
            begin, span = end, min(span * 4, left)
    return Found(keys)


def _parts(filters: Filters, after: Optional[Key], is_back: bool) -> Iterator[Tuple[Tuple[int, int], Optional[Key]]]:
    """Yield the parts of the queue, in order: each part's `is_open` and `need`, and the key after which to begin.

    A part consists of all conversations with these values. The index lists them in key order, and therefore in date
    order.
    """
    here = after[:2] if after is not None else None
    for group in sorted(product(open_values(filters), priorities(filters)), reverse=not is_back):
        if here is None or (group >= here if is_back else group <= here):
            yield group, after if group == here else None


@lru_cache(maxsize=_BUILT)
def _within(stretch: Stretch, asked: Optional[Shape] = None) -> Select:
    """Return a query for up to `most` keys in a stretch, in order, that match all filters except postings.

    `_nth` adds an offset to it.
    """
    chosen = sa.select(*_KEY).where(
        reviews.c.is_open == sa.bindparam("is_open"),
        reviews.c.need == sa.bindparam("need"),
        *([_is_behind(_PLACE, "begin", stretch.is_back)] if stretch.begins else []),
        *([_is_up_to(_PLACE, "end", stretch.is_back)] if stretch.ends else []),
        *(conditions(reviews.c, asked) if asked is not None else []),
    )
    return _in_order(chosen, _PLACE, stretch.is_back).limit(_MOST)


def _bound(name: str, key: Optional[Key]) -> Dict[str, int]:
    """Return the parameter values for the columns of the key called `name`."""
    return {f"{name}_{column}": value for column, value in key._asdict().items()} if key is not None else {}


def _parameters(place: Sequence[ColumnElement], name: str) -> ColumnElement:
    return sa.tuple_(*(sa.bindparam(f"{name}_{column.name}", type_=sa.Integer) for column in place))


def _is_behind(place: Sequence[ColumnElement], name: str, is_back: bool) -> ColumnElement:
    """Return an SQL condition that is true for conversations after the key called `name`, or before it if `is_back`.

    The condition compares the columns `place`, which are the last columns of a key.
    """
    key = _parameters(place, name)
    return sa.tuple_(*place) > key if is_back else sa.tuple_(*place) < key


def _is_up_to(place: Sequence[ColumnElement], name: str, is_back: bool) -> ColumnElement:
    """Return an SQL condition that is true for conversations up to and including the key; see `_is_behind`."""
    key = _parameters(place, name)
    return sa.tuple_(*place) <= key if is_back else sa.tuple_(*place) >= key


def _is_among(column: ColumnElement, name: str) -> ColumnElement:
    return column.in_(sa.bindparam(name, expanding=True))


def _in_order(chosen: Select, place: Sequence[ColumnElement], is_back: bool) -> Select:
    return chosen.order_by(*(column.asc() if is_back else column.desc() for column in place))


def _keys(connection: Connection, chosen: Select, held: Mapping[str, object], size: int) -> List[Key]:
    return [Key(*row) for row in connection.execute(chosen, {**held, "most": size})]


def _nth(connection: Connection, stretch: Stretch, held: Mapping[str, object], number: int) -> Optional[Key]:
    """Return the key at position `number` in a stretch, counted from 1, or None if there are fewer keys."""
    row = connection.execute(_within(stretch).offset(number - 1), {**held, "most": 1}).first()
    return Key(*row) if row is not None else None


def _entries(connection: Connection, now: int, numbers: List[int]) -> List[Entry]:
    named = {"numbers": numbers}
    found = {row.number: as_held_review(row) for row in connection.execute(_HELD, named)}
    marked: Dict[int, List[str]] = {number: [] for number in numbers}
    for row in connection.execute(_FLAGS_OF, named):
        marked[row.number].append(row.flag)
    going_on = set(connection.execute(_GOING_ON, {**named, "now": now}).scalars())
    return [Entry(found[number], marked[number], number in going_on) for number in numbers]


_KEY = [reviews.c[name] for name in Key._fields]
#: The columns that decide the order when `is_open` and `need` are equal.
_PLACE = _KEY[2:]
_MOST = sa.bindparam("most")

# These statements are built once, because they run for every page and take longer to build than to run.
_HELD = (
    sa.select(reviews, staff.c.name.label("holder"))
    .select_from(reviews.outerjoin(staff, staff.c.id == reviews.c.staff_id))
    .where(_is_among(reviews.c.number, "numbers"))
)
_FLAGS_OF = flags.select().where(_is_among(flags.c.number, "numbers")).order_by(flags.c.flag)
_GOING_ON = sa.select(reviews.c.number).where(
    _is_among(reviews.c.number, "numbers"), reviews.c.number.in_(quiet.going_on(NOW))
)
# The state is a literal, because databases do not use a partial index with a bound parameter.
_ESCALATED = _in_order(
    sa.select(reviews.c.number).where(sa.text("review.state = 'escalated'")), [reviews.c.need, *_PLACE], is_back=False
).limit(_MOST)
_FLAGS = distinct(flags.c.flag)
_READERS = (
    sa.select(staff.c.name)
    .where(
        _is_among(staff.c.role, "roles"),
        sa.or_(
            staff.c.disabled_at.is_(None), sa.exists().where(reviews.c.staff_id == staff.c.id, reviews.c.is_open == 1)
        ),
    )
    .order_by(staff.c.name)
)
