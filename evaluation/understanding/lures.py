"""Reads stories that come close to danger, or only sound dangerous (tests/talks/lures).

They are written to mislead, so their figures cannot be compared with those for ordinary conversations. The sealed half
may be used no more than three times per issue.
"""

from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import yaml

from bot.case.annotations import Conversation, Turn
from bot.settings import ROOT
from evaluation.understanding.conversations import PlayedTurn, measure

#: The half that may be read, and the half for which only totals are reported.
READ, SEALED = (ROOT / "tests" / "talks" / "lures" / name for name in ("read.yml", "sealed.yml"))
#: The metrics that need only each turn's urgency.
FIGURES = ("danger_turns", "danger_answered", "danger_at_least_named_999", "calm_turns", "false_alarms")
#: The topic and urgency for each label. A turn with a hint counts as neither danger nor calm.
LABELS: Mapping[str, Tuple[str, str]] = {
    "now": ("crisis", "immediate_danger"),
    "hint": ("crisis", "concern"),
    "no": ("emotional_support", "concern"),
}


def read_lures(path: Path) -> List[Conversation]:
    """Return the stories as conversations in which only the urgency of each turn is annotated."""
    return [
        Conversation(story["story"], story["who"], tuple(_turn(one) for one in story["messages"]))
        for story in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def figures_of(played: Sequence[Tuple[Conversation, Sequence[PlayedTurn]]]) -> Dict[str, Any]:
    """Return the metrics that can be computed from the stories' annotations."""
    figures = measure(played)
    return {name: figures[name] for name in FIGURES}


def _turn(message: Dict[str, Any]) -> Turn:
    topic, urgency = LABELS[message["label"]]
    return Turn(
        text=message["text"],
        topics=(topic,),
        move="tells",
        role="asks",
        urgency=urgency,
        needs_context=False,
        asks=None,
        facts={},
    )
