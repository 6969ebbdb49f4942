"""Measures whether a message gets the same services however it is worded (tests/talks/wordings.yml)."""

from collections import Counter
from pathlib import Path
from typing import Callable, Dict, FrozenSet, List, NamedTuple, Sequence

import yaml

from bot.content.message_types import Message
from bot.settings import ROOT

WORDINGS = ROOT / "tests" / "talks" / "wordings.yml"
Messages = Sequence[Message]


class Consistency(NamedTuple):
    """The fraction of wordings that get the most common set of services for their message."""

    visible: float
    """Counting only the visible services."""
    all_of_them: float
    """Counting all services, including folded ones."""


def read_wordings(path: Path = WORDINGS) -> List[List[str]]:
    """Read the messages, each as a list of its wordings."""
    return [list(one["wordings"]) for one in yaml.safe_load(path.read_text(encoding="utf-8"))]


def measure(wordings: Sequence[Sequence[str]], ask: Callable[[str], Messages]) -> Consistency:
    """Send every wording as a first message and compare the services in the replies.

    Args:
        wordings: the messages, each in several wordings.
        ask: a function that returns the reply to a first message.
    """
    replies = [[ask(text) for text in one] for one in wordings]
    return Consistency(_share(replies, _visible), _share(replies, _services))


def _share(replies: Sequence[Sequence[Messages]], of: Callable[[Messages], FrozenSet[str]]) -> float:
    counts: List[Dict[FrozenSet[str], int]] = [Counter(map(of, one)) for one in replies]
    return sum(max(count.values()) for count in counts) / sum(map(len, replies))


def _services(messages: Messages) -> FrozenSet[str]:
    return frozenset(one["id"] for one in messages if one["kind"] == "service")


def _visible(messages: Messages) -> FrozenSet[str]:
    return _services([one for one in messages if not one.get("folded")])
