"""The summary of a span of days: what was counted, as it may be shown. Pure.

Everything in it went through `suppress`, so that pages and files need not think of small numbers.
"""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from bot.console.suppress import ONLY_FEW, Table, is_few, suppress
from bot.content.hours import LONDON
from bot.content.models import ASKERS, URGENCIES
from bot.store.metrics import STEPS
from bot.store.review_log import OPENING
from bot.store.triage import FEEDBACK

#: The tables, in the order in which they are shown.
TABLES = (
    *("day", "hour", "topic", "urgency", "dead_end", "feedback", "language"),
    *("fallback", "asker", "service", "took", "model", "removed"),
)
HOURS = tuple(f"{hour:02}" for hour in range(24))
_TOOK = (*map(str, STEPS), "more")
_FALLBACK = "nlu_fallback"

#: (what, value, number)
Counted = Tuple[str, str, int]


class Summary(NamedTuple):
    """What may be shown of a span of days.

    Conversations are those that began in it and in which somebody wrote; messages are what people wrote. Either is None
    where it is too small. Without enough conversations there are no tables. `half` and `nearly_all` are the steps of
    bot/store/metrics.py within which half and 95 % of the answers came, or "" where that is not known.
    """

    conversations: Optional[int]
    messages: Optional[int]
    tables: Mapping[str, Table]
    half: str
    nearly_all: str


def summarise(counted: Iterable[Counted], by_day: Mapping[str, int], by_hour: Mapping[str, int]) -> Summary:
    """The summary of what was counted.

    Args:
        counted: of the whole span, as bot/store/metrics.py counts.
        by_day: conversations on each of its days, also on those without any.
        by_hour: conversations by the hour, from 00 to 23, in which they began.
    """
    numbers: Dict[str, Dict[str, int]] = defaultdict(dict)
    for what, value, number in counted:
        numbers[what][value] = number
    conversations = sum(by_day.values())
    # What the door itself says to begin a conversation is counted as a turn, and is no message.
    openings = numbers["intent"].get(OPENING, 0)
    messages = max(0, numbers["turn"].get("", 0) - openings)
    if conversations == 0 or is_few(conversations):
        return Summary(_shown(conversations), _shown(messages), {}, "", "")
    fallbacks = min(messages, numbers["intent"].get(_FALLBACK, 0))
    asked = numbers["asker"]
    ready = {
        **{name: dict(sorted(numbers[name].items())) for name in TABLES},
        "day": by_day,
        "hour": _all(HOURS, by_hour),
        "urgency": _all(URGENCIES, numbers["urgency"]),
        "dead_end": _all(("yes", "no"), numbers["dead_end"]),
        "feedback": _all(FEEDBACK, numbers["feedback"]),
        "took": _all(_TOOK, numbers["took"]),
        "fallback": {"yes": fallbacks, "no": messages - fallbacks},
        "asker": _all(ASKERS, {**asked, "unknown": max(0, asked.get("unknown", 0) - openings)}),
    }
    tables = {name: suppress(ready[name]) for name in TABLES}
    half, nearly_all = (within(tables["took"], part * sum(ready["took"].values())) for part in (0.5, 0.95))
    return Summary(_shown(conversations), _shown(messages), tables, half, nearly_all)


def hours_in_london(counted: Iterable[Tuple[str, str, int]]) -> Mapping[str, int]:
    """Counts of (day, hour, number) in UTC, by the hour that a clock in Britain showed."""
    found: "Counter[str]" = Counter()
    for day, hour, number in counted:
        at = datetime.fromisoformat(f"{day}T{hour}:00+00:00").astimezone(LONDON)
        found[f"{at.hour:02}"] += number
    return found


def within(took: Table, answers: float) -> str:
    """The step within which at least so many answers came, or "" where that is not known.

    Args:
        took: answers by the step of bot/store/metrics.py in which they are counted, the fastest first. What is hidden
            there is not looked at, as if it came last.
        answers: how many.
    """
    reached = 0
    for row in took.rows:
        reached += row.number or 0
        if reached and reached >= answers:
            return row.value
    return ""


def lines(summary: Summary) -> List[Dict[str, object]]:
    """The summary as lines of a file. A number that is not shown is None, and `hidden` says why."""
    totals = (("conversations", summary.conversations), ("messages", summary.messages))
    rows = [(name, "", number, "" if number is not None else ONLY_FEW) for name, number in totals]
    for name, table in summary.tables.items():
        if table.rows:
            rows += [(name, row.value, row.number, table.hidden if row.number is None else "") for row in table.rows]
        elif table.hidden:
            rows.append((name, "", None, table.hidden))
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


#: What a line of `lines` holds.
COLUMNS = ("figure", "value", "number", "hidden")


def _shown(number: int) -> Optional[int]:
    return None if is_few(number) else number


def _all(values: Iterable[str], counted: Mapping[str, int]) -> Dict[str, int]:
    """Every value that there can be, in order, then whatever else was counted."""
    return {**{value: counted.get(value, 0) for value in values}, **dict(sorted(counted.items()))}
