"""The words shown to staff for stored values (states, flags, topics), days and times."""

from datetime import date
from pathlib import Path
from typing import Dict, Tuple

import yaml

from bot.content.models import Library
from bot.store.days import in_london
from bot.store.deletion import ROUNDING

#: Maps each kind (state, flag …) to a mapping from stored values to the words to show.
LABELS: Dict[str, Dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "templates" / "labels.yml").read_text(encoding="utf-8")
)
#: The flags that staff can set, in order.
FLAGS: Tuple[str, ...] = tuple(LABELS["flag"])


def label(what: str, word: str) -> str:
    """Return the words for a stored value, or the value itself if it has no label."""
    return LABELS[what].get(word, word)


def topic_labels(library: Library) -> Dict[str, str]:
    """Map each topic's name to its description."""
    return {name: topic.about[:1].upper() + topic.about[1:] for name, topic in library.topics.items()}


def day(of: date) -> str:
    """Format a day."""
    return f"{of:%-d %B %Y}"


def day_of(at: int) -> str:
    """Format the time `at`, in seconds since 1970, as a day in London."""
    return day(in_london(at))


def moment(at: int) -> str:
    """Format the time `at`, in seconds since 1970, as a day and time in London."""
    return f"{day_of(at)}, {in_london(at):%H:%M}"


def time_of(at: int) -> str:
    """Format the time `at`, in seconds since 1970, as the time of day in London."""
    return f"{in_london(at):%H:%M}"


def period(first: int, last: int) -> str:
    """Format the period between two times, naming the day only once if both are on the same day."""
    if first == last:
        return moment(first)
    begin, end = in_london(first), in_london(last)
    return f"{moment(first)} – {f'{end:%H:%M}' if begin.date() == end.date() else moment(last)}"


def ago(at: int, now: int) -> str:
    """Format how long ago a message was sent, given its time `at`, which was rounded down to the quarter-hour.

    After a week, this is the date, with the year if the date would be ambiguous without it.
    """
    quarters = max(now - at, 0) // ROUNDING
    days = (in_london(now).date() - in_london(at).date()).days
    if quarters == 0:
        return LABELS["ago"]["quarter"]
    if quarters < 4:
        return LABELS["ago"]["minutes"].format(number=15 * quarters)
    if quarters < 4 * 24:
        return LABELS["ago"]["hours"].format(number=quarters // 4)
    if days == 1:
        return LABELS["ago"]["yesterday"]
    if days < 7:
        return LABELS["ago"]["days"].format(number=days)
    return f"{in_london(at):{'%-d %b' if days < 300 else '%-d %b %Y'}}"


def iso(at: int) -> str:
    """Format the time `at`, in seconds since 1970, for the `datetime` attribute of a time element."""
    return in_london(at).isoformat()
