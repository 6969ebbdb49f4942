"""The words shown to staff for stored values (states, flags, topics), days and times."""

from datetime import date
from pathlib import Path
from typing import Dict, Tuple

import yaml

from bot.content.models import Library
from bot.store.days import in_london

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


def clock(at: int) -> str:
    """Format the time `at`, in seconds since 1970, as the time of day in London."""
    return f"{in_london(at):%H:%M}"


def period(first: int, last: int) -> str:
    """Format the period between two times, naming the day only once if both are on the same day."""
    if first == last:
        return moment(first)
    begin, end = in_london(first), in_london(last)
    return f"{moment(first)} – {f'{end:%H:%M}' if begin.date() == end.date() else moment(last)}"
