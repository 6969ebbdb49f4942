"""Anonymous daily counts of conversations and turns."""

from collections import Counter
from datetime import date
from typing import Dict, Iterable, List, Mapping, NamedTuple, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from bot.store.days import counted_day_and_hour
from bot.store.rows import NewReview, Turn
from bot.store.schema import daily_counts
from bot.store.triage import stands_out

#: (day, what, value)
Count = Tuple[str, str, str]

#: The upper bounds of the ranges for response times, in milliseconds.
STEPS = (25, 50, 100, 250, 500, 1000, 5000)
_NONE: Mapping[Count, int] = {}

#: The `what` of counts for a single version of the assistant. Their value is the version, a slash and a name from
#: `VERSION_COUNTS`. In pairs, the names count conversations that asked for something and were not, or were, offered a
#: service; messages that were not, or were, understood; conversations that helped, or did not; and randomly sampled
#: conversations where something, or nothing, was missed.
VERSION = "version"
VERSION_COUNTS = (
    *("unserved", "served", "fallback", "understood", "helped", "not_helped", "missed", "nothing_missed"),
)
_FALLBACK = "nlu_fallback"


class Total(NamedTuple):
    """A count, summed over several days."""

    what: str
    value: str
    number: int


def of_review(review: NewReview) -> Iterable[Count]:
    """Return a conversation's contributions to the counts for the day it began."""
    day, hour = counted_day_and_hour(review["started_at"])
    counted = {
        "conversation": "spoken",
        "hour": hour,
        "topic": review["topic"],
        "urgency": review["urgency"],
        "language": review["language"],
        "feedback": review["feedback"],
        "dead_end": dead_end(review["was_asked"], review["was_offered"]),
        "stands_out": "yes" if stands_out(review) else "no",
        "unhelpful": review["topic"] if review["feedback"] == "not_helped" else "",
        "sampled": "yes" if review["is_sampled"] else "",
        "missed": review["missed"],
    }
    counts = [(day, what, value) for what, value in counted.items() if value]
    return [*counts, *((day, VERSION, f"{review['model']}/{name}") for name in _of_version(review) if review["model"])]


def dead_end(was_asked: bool, was_offered: bool) -> str:
    """Return whether a conversation was a dead end: "yes", "no", or "unasked" if it asked for nothing."""
    if not was_asked:
        return "unasked"
    return "no" if was_offered else "yes"


def _of_version(review: NewReview) -> Iterable[str]:
    """Return the names in `VERSION_COUNTS` that apply to a conversation, for the last version that answered it."""
    served = {"yes": "unserved", "no": "served"}.get(dead_end(review["was_asked"], review["was_offered"]))
    missed = {"": None, "no": "nothing_missed"}.get(review["missed"], "missed")
    feedback = review["feedback"] if review["feedback"] != "none" else None
    return [name for name in (served, missed, feedback) if name]


def of_opened(review: NewReview, service: str, is_first: bool) -> Iterable[Count]:
    """Return the counts for a service opened or called from a conversation, dated to the conversation's first day.

    Args:
        review: the conversation's review.
        service: the service's id.
        is_first: whether this is the first service opened from the conversation.
    """
    day, _ = counted_day_and_hour(review["started_at"])
    counted = [("opened", f"{review['topic']}/{service}"), *([("led_on", review["topic"])] if is_first else [])]
    return [(day, what, value) for what, value in counted]


def of_turn(turn: Turn) -> Iterable[Count]:
    """Return a turn's contributions to the counts for the day it took place."""
    day, _ = counted_day_and_hour(turn["at"])
    counted = [
        ("turn", ""),
        ("intent", turn["intent"]),
        ("asker", turn["asker"] or "unknown"),
        *(("removed", kind) for kind in turn["removed"]),
        *(("service", reply["id"]) for reply in turn["replies"] if reply["kind"] == "service"),
    ]
    if turn["model"]:
        counted.append(("model", turn["model"]))
        # The chat's own opening has no text.
        if turn["text"]:
            understood = "fallback" if turn["intent"] == _FALLBACK else "understood"
            counted.append((VERSION, f"{turn['model']}/{understood}"))
    if turn["took_ms"] is not None:
        counted.append(("took", step(turn["took_ms"])))
    return [(day, what, value) for what, value in counted]


def step(milliseconds: int) -> str:
    """Return the upper bound of a response time's range, in milliseconds, or "more" for the last range."""
    return next((str(end) for end in STEPS if milliseconds <= end), "more")


def add(connection: Connection, found: "Counter[Count]") -> None:
    """Add `found` to the stored counts. Its numbers may be negative."""
    changed = sorted((count, number) for count, number in found.items() if number)
    if changed:
        rows = [{"day": day, "what": what, "value": value, "number": n} for (day, what, value), n in changed]
        connection.execute(_ADD, rows)
    days = {day for (day, _, _), number in changed if number < 0}
    if days:
        # A count of zero would reveal that there used to be something to count. Only the changed days are checked,
        # because the table keeps growing.
        connection.execute(_DROP, {"days": sorted(days)})


def totals(connection: Connection) -> Dict[Tuple[str, str], int]:
    """Return the counts summed over all days, by (what, value)."""
    return {(row.what, row.value): row.number for row in between(connection, "", "9")}


def between(connection: Connection, first: str, last: str, without: Mapping[Count, int] = _NONE) -> List[Total]:
    """Return the counts from `first` to `last`, inclusive, less `without`, summed by `what` and `value`."""
    columns = daily_counts.c
    number = sa.func.sum(columns.number).label("number")
    chosen = sa.select(columns.what, columns.value, number).where(columns.day.between(first, last))
    rows = connection.execute(chosen.group_by(columns.what, columns.value))
    found = Counter({(row.what, row.value): int(row.number) for row in rows})
    found.subtract(_summed(((what, value), n) for (day, what, value), n in without.items() if first <= day <= last))
    return [Total(what, value, number) for (what, value), number in found.items() if number > 0]


def models(connection: Connection) -> List[str]:
    """Return the versions of the assistant that have answered messages, most recent first."""
    return list(connection.execute(_MODELS).scalars())


def of_version(connection: Connection, model: str, first: str, last: str) -> Dict[str, int]:
    """Return a version's counts from `first` to `last`, inclusive, by the names in `VERSION_COUNTS`."""
    columns = daily_counts.c
    values = [f"{model}/{name}" for name in VERSION_COUNTS]
    chosen = sa.select(columns.value, sa.func.sum(columns.number).label("number")).where(
        _among(first, last), columns.what == VERSION, columns.value.in_(values)
    )
    return {row.value.rpartition("/")[2]: int(row.number) for row in connection.execute(chosen.group_by(columns.value))}


def by_day(
    connection: Connection, first: str, last: str, what: str, value: str, without: Mapping[Count, int] = _NONE
) -> Dict[str, int]:
    """Return a single count for each day from `first` to `last`, inclusive, less `without`.

    Days without that count are omitted.
    """
    columns = daily_counts.c
    chosen = sa.select(columns.day, columns.number).where(
        _among(first, last), columns.what == what, columns.value == value
    )
    found = {row.day: row.number - without.get((row.day, what, value), 0) for row in connection.execute(chosen)}
    return {day: number for day, number in found.items() if number > 0}


def number_of(connection: Connection, first: date, last: date, what: str, value: str) -> int:
    """Return a single count, summed from `first` to `last`, inclusive."""
    return sum(by_day(connection, first.isoformat(), last.isoformat(), what, value).values())


def by_hour(
    connection: Connection, first: str, last: str, without: Mapping[Count, int] = _NONE
) -> List[Tuple[str, str, int]]:
    """Return (UTC day, UTC hour, number) for conversations that began from `first` to `last`, less `without`."""
    columns = daily_counts.c
    chosen = sa.select(columns.day, columns.value, columns.number).where(_among(first, last), columns.what == "hour")
    return [
        (row.day, row.value, row.number - without.get((row.day, "hour", row.value), 0))
        for row in connection.execute(chosen)
    ]


def _summed(counted: "Iterable[Tuple[Tuple[str, str], int]]") -> "Counter[Tuple[str, str]]":
    found: "Counter[Tuple[str, str]]" = Counter()
    for what, number in counted:
        found[what] += number
    return found


def _among(first: str, last: str) -> ColumnElement:
    # Given a list of days, the database looks up one row per day. Given a range, it would read every count in it.
    begin, end = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    return daily_counts.c.day.in_([date.fromordinal(day).isoformat() for day in range(begin, end + 1)])


# On the day of an upgrade, both versions have answered, and the newer one is the one that began later. The condition is
# a literal, because databases do not use a partial index with a bound parameter.
_MODELS = (
    sa.select(daily_counts.c.value)
    .where(sa.text("daily_count.what = 'model'"))
    .group_by(daily_counts.c.value)
    .order_by(sa.func.max(daily_counts.c.day).desc(), sa.func.min(daily_counts.c.day).desc())
)
# A single statement, because two processes may count at once. It works in both SQLite and PostgreSQL.
_ADD = sa.text(
    "INSERT INTO daily_count (day, what, value, number) VALUES (:day, :what, :value, :number) "
    "ON CONFLICT (day, what, value) DO UPDATE SET number = daily_count.number + excluded.number"
)
_DROP = daily_counts.delete().where(
    daily_counts.c.day.in_(sa.bindparam("days", expanding=True)), daily_counts.c.number <= 0
)
