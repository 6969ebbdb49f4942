"""The words for what the store keeps: states, flags, kinds and the like, and moments as staff read them."""

from datetime import datetime
from pathlib import Path
from typing import Dict, Tuple

import yaml

from bot.content.hours import LONDON

#: By what a word is (state, flag …) and the word as it is stored, what is shown.
LABELS: Dict[str, Dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "templates" / "labels.yml").read_text(encoding="utf-8")
)
#: The flags that can be set, in order.
FLAGS: Tuple[str, ...] = tuple(LABELS["flag"])


def label(what: str, word: str) -> str:
    """What is shown for a stored word; one that has no label is shown as it is."""
    return LABELS[what].get(word, word)


def when(moment: int) -> str:
    """A moment, in seconds since 1970, as a day and a time in London."""
    return f"{datetime.fromtimestamp(moment, LONDON):%-d %B %Y, %H:%M}"


def span(first: int, last: int) -> str:
    """From one moment to another, the day once where it is the same."""
    begin, end = datetime.fromtimestamp(first, LONDON), datetime.fromtimestamp(last, LONDON)
    if first == last:
        return when(first)
    return f"{when(first)} – {f'{end:%H:%M}' if begin.date() == end.date() else when(last)}"
