"""The words that staff read in the place of those which the store keeps: states, flags, topics and the like."""

from pathlib import Path
from typing import Dict, Tuple

import yaml

from bot.content.library import Library

#: By what a word is (state, flag …) and the word as it is stored, what is shown.
LABELS: Dict[str, Dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "templates" / "labels.yml").read_text(encoding="utf-8")
)
#: The flags that can be set, in order.
FLAGS: Tuple[str, ...] = tuple(LABELS["flag"])


def label(what: str, word: str) -> str:
    """What is shown for a stored word; one that has no label is shown as it is."""
    return LABELS[what].get(word, word)


def topic_labels(library: Library) -> Dict[str, str]:
    """What is shown for each topic: what it is about."""
    return {name: topic.about[:1].upper() + topic.about[1:] for name, topic in library.topics.items()}
