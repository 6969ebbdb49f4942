"""Whether the same message gets the same services whichever way it is worded (tests/talks/wordings.yml)."""

from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Sequence

import yaml

from bot.settings import ROOT

WORDINGS = ROOT / "tests" / "talks" / "wordings.yml"
Messages = Sequence[Mapping[str, Any]]


class Same(NamedTuple):
    """Shares of wordings that get what most wordings of the same message get."""

    in_sight: float
    """The same services in sight."""
    all_of_them: float
    """The same services, those that are folded too."""


def read_wordings(path: Path = WORDINGS) -> List[List[str]]:
    """The messages, each in its wordings."""
    return [list(one["wordings"]) for one in yaml.safe_load(path.read_text(encoding="utf-8"))]


def measure(wordings: Sequence[Sequence[str]], ask: Callable[[str], Messages]) -> Same:
    """Ask every wording as a first message.

    Args:
        wordings: messages, each in several wordings.
        ask: the reply to a first message.
    """
    replies = [[ask(text) for text in one] for one in wordings]
    return Same(_share(replies, _in_sight), _share(replies, _services))


def _share(replies: Sequence[Sequence[Messages]], of: Callable[[Messages], FrozenSet[str]]) -> float:
    counts: List[Dict[FrozenSet[str], int]] = [Counter(map(of, one)) for one in replies]
    return sum(max(count.values()) for count in counts) / sum(map(len, replies))


def _services(messages: Messages) -> FrozenSet[str]:
    return frozenset(str(one["id"]) for one in messages if one["kind"] == "service")


def _in_sight(messages: Messages) -> FrozenSet[str]:
    return _services([one for one in messages if not one.get("folded")])
