"""Summarises the metrics for a range of days. Pure.

Every number in a summary has been through `suppress`, so pages and files may show all of them.
"""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple, TypedDict

from bot.console.estimates import Sample, what_was_missed
from bot.console.suppress import ONLY_FEW, WITHHELD, Table, is_few, suppress, suppress_parts
from bot.content.hours import LONDON
from bot.content.models import ASKERS, URGENCIES
from bot.store.metrics import STEPS, Total
from bot.store.review_log import OPENING
from bot.store.triage import FEEDBACK

#: The tables, in page order.
TABLES = (
    *("day", "hour", "topic", "urgency", "dead_end", "feedback", "language"),
    *("fallback", "asker", "service", "took", "model", "removed"),
    *("led_on", "unhelpful", "opened"),
)
HOURS = tuple(f"{hour:02}" for hour in range(24))
_TOOK = (*map(str, STEPS), "more")
_FALLBACK = "nlu_fallback"


class Summary(NamedTuple):
    """The metrics for a range of days, without the numbers that must be hidden.

    `conversations` is the number that began in the range and have at least one message, and `messages` is the number of
    messages that people sent. Either is None if it is too small to show. If there are too few conversations, there are
    no tables. `half` and `nearly_all` are the steps from bot/store/metrics.py within which half and 95 % of the answers
    were given, or "" if unknown. `sample` has what readers found in the random sample.
    """

    conversations: Optional[int]
    messages: Optional[int]
    tables: Mapping[str, Table]
    half: str
    nearly_all: str
    sample: Sample = Sample(0)


class TopicRow(NamedTuple):
    """A topic's number of conversations, and how many led to a service or did not help. Hidden numbers are None."""

    topic: str
    conversations: Optional[int]
    led_on: Optional[int]
    unhelpful: Optional[int]


class Line(TypedDict):
    """A line of a file: a number from a table, or a total with an empty `value`.

    A hidden number is None, and `hidden` says why.
    """

    figure: str
    value: str
    number: Optional[int]
    hidden: str


#: The columns of a line, in order.
COLUMNS = tuple(Line.__annotations__)


def summarise(totals: Iterable[Total], by_day: Mapping[str, int], by_hour: Mapping[str, int]) -> Summary:
    """Summarise the counts for a range of days.

    Args:
        totals: the counts from bot/store/metrics.py for the whole range.
        by_day: the number of conversations on each day, including days without any.
        by_hour: the number of conversations that began in each hour, from 00 to 23.
    """
    numbers: Dict[str, Dict[str, int]] = defaultdict(dict)
    for what, value, number in totals:
        numbers[what][value] = number
    conversations = sum(by_day.values())
    # The chat's own opening is counted as a turn, but is not a message.
    openings = numbers["intent"].get(OPENING, 0)
    messages = max(0, numbers["turn"].get("", 0) - openings)
    if conversations == 0 or is_few(conversations):
        return Summary(_shown(conversations), _shown(messages), {}, "", "")
    fallbacks = min(messages, numbers["intent"].get(_FALLBACK, 0))
    askers = numbers["asker"]
    complete = {
        **{name: dict(sorted(numbers[name].items())) for name in TABLES},
        "day": by_day,
        "hour": _all(HOURS, by_hour),
        "urgency": _all(URGENCIES, numbers["urgency"]),
        "dead_end": _all(("yes", "no", "unasked"), numbers["dead_end"]),
        "feedback": _all(FEEDBACK, numbers["feedback"]),
        "took": _all(_TOOK, numbers["took"]),
        "opened": _by_service(numbers["opened"]),
        "fallback": {"yes": fallbacks, "no": messages - fallbacks},
        "asker": _all(ASKERS, {**askers, "unknown": max(0, askers.get("unknown", 0) - openings)}),
    }
    tables = {name: suppress(complete[name]) for name in TABLES}
    # These counts break down the topic counts shown next to them. Those in `led_on` do not, because they include
    # conversations that have since been erased.
    tables["unhelpful"] = suppress_parts(complete["unhelpful"], tables["topic"])
    half, nearly_all = (within(tables["took"], part * sum(complete["took"].values())) for part in (0.5, 0.95))
    missed = what_was_missed(numbers["missed"], conversations - _with_reason(numbers["stands_out"]), len(by_day))
    return Summary(_shown(conversations), _shown(messages), tables, half, nearly_all, missed)


def topic_rows(summary: Summary) -> List[TopicRow]:
    """Return the rows of the topics table."""
    if not summary.tables:
        return []
    counted = [
        {row.value: row.number for row in summary.tables[name].rows} for name in ("topic", "led_on", "unhelpful")
    ]
    return [TopicRow(topic, *(one.get(topic, 0) for one in counted)) for topic in sorted({*counted[0], *counted[1]})]


def hours_in_london(counted: Iterable[Tuple[str, str, int]]) -> Mapping[str, int]:
    """Convert counts in UTC, given as (day, hour, number), to totals for each hour of the day in London."""
    found: "Counter[str]" = Counter()
    for day, hour, number in counted:
        at = datetime.fromisoformat(f"{day}T{hour}:00+00:00").astimezone(LONDON)
        found[f"{at.hour:02}"] += number
    return found


def within(took: Table, answers: float) -> str:
    """Return the step within which at least `answers` answers were given, or "" if unknown.

    Args:
        took: the number of answers in each step from bot/store/metrics.py, fastest first. Hidden numbers count as 0.
        answers: the number of answers to reach.
    """
    reached = 0
    for row in took.rows:
        reached += row.number or 0
        if reached and reached >= answers:
            return row.value
    return ""


def lines(summary: Summary) -> List[Line]:
    """Return the summary as the lines of a file."""
    totals = (("conversations", summary.conversations), ("messages", summary.messages))
    rows = [(name, "", number, "" if number is not None else ONLY_FEW) for name, number in totals]
    rows += _sample_rows(summary.sample) if summary.tables else []
    for name, table in summary.tables.items():
        if table.rows:
            rows += [(name, row.value, row.number, table.hidden if row.number is None else "") for row in table.rows]
        elif table.hidden:
            rows.append((name, "", None, table.hidden))
    return [
        {"figure": name, "value": value, "number": number, "hidden": hidden} for name, value, number, hidden in rows
    ]


def _by_service(opened: Mapping[str, int]) -> Dict[str, int]:
    """Return how often each service was opened, from counts by topic and service."""
    found: "Counter[str]" = Counter()
    for value, number in sorted(opened.items(), key=lambda one: one[0].rpartition("/")[2]):
        found[value.rpartition("/")[2]] += number
    return dict(found)


def _with_reason(numbers: Mapping[str, int]) -> int:
    """Return the number of conversations that had a reason for review, or 0 if it cannot be shown."""
    shown = {row.value: row.number for row in suppress(_all(("yes", "no"), numbers)).rows}
    return shown.get("yes") or 0


def _sample_rows(sample: Sample) -> List[Tuple[str, str, Optional[int], str]]:
    read = ("sample", "read", sample.read, "" if sample.read is not None else ONLY_FEW)
    if not sample.read:
        return [read]
    found = {"danger": sample.danger, "harm": sample.harm}
    hidden = {name: WITHHELD if one is None else ONLY_FEW if one.found is None else "" for name, one in found.items()}
    return [read, *(("sample", name, one.found if one else None, hidden[name]) for name, one in found.items())]


def _shown(number: int) -> Optional[int]:
    return None if is_few(number) else number


def _all(values: Iterable[str], counted: Mapping[str, int]) -> Dict[str, int]:
    """Return the counts for `values` in order, then any others."""
    return {**{value: counted.get(value, 0) for value in values}, **dict(sorted(counted.items()))}
