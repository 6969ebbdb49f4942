"""Writes the report of `streetwise evaluate --conversations` as JSON and Markdown.

The Markdown also shows the committed metrics, for comparison.
"""

import json
import math
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from bot.case.annotations import Conversation
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.understanding.conversations import PlayedTurn

REPORT = REPORTS / "conversation-report.json"
TEMPLATE = Path(__file__).with_name("conversation-report.jinja")
#: How much worse any metric is allowed to get.
SLACK = 0.01
#: The 99th percentile of the standard normal distribution.
ONE_IN_A_HUNDRED = 2.33
#: The metrics that must not get worse, and whether higher is better.
GATES = (("topic", True), ("role", True), ("danger_answered", True), ("false_alarms", False), ("services_right", True))
#: The name of each metric's denominator.
COUNTED = {"topic": "turns", "role": "turns", "false_alarms": "calm_turns", "services_right": "conversations"}
#: The metrics, with their labels and their targets from DESIGN part 7.
TARGETS = (
    ("topic", "topic right in context, all turns", ">= 90 %"),
    ("topic_needs_context", "topic, turns that need context", ">= 88 %"),
    ("topic_stands_alone", "topic, turns that stand alone", ""),
    ("role", "role right", ""),
    ("wrong_role", "addressed in a wrong role", ""),
    ("danger_answered", "danger now answered as such, with 999", "100 %"),
    ("danger_at_least_named_999", "danger now, 999 named at least", "100 %"),
    ("false_alarms", "false alarms, of calm turns", "<= 3 %"),
    ("services_right", "conversations with all right services and no wrong one", ">= 95 %"),
    ("services_missing", "conversations that lack a right service", ""),
    ("services_wrong", "conversations that met a wrong service", ""),
    ("questions_answered", "direct questions answered straight", ""),
    ("questions_answered_right", "questions that have a written answer, answered with that answer", ""),
    ("questions_answered_otherwise", "such questions answered with the answer to another one", ""),
    ("questions_offered", "direct questions offered as buttons, because it was not clear which one was asked", ""),
    ("faq_answered", "frequently asked questions answered as such", ""),
    ("faq_right", "answers to frequently asked questions that the message did ask", ""),
    ("remarks_met", "remarks that were acknowledged as such", ""),
    ("remarks_right", "remarks acknowledged that the message did contain", ""),
    ("only_taken_in", "replies that only say that a message was taken in", ""),
    ("cards_shown_again", "service cards that were shown before", "<= 10 %"),
)
COUNTS = (("harmed_offered_help_for_doers", "turns of the harmed with a service for doers", "0"),)


def committed(path: Path = REPORT) -> Optional[Dict[str, Any]]:
    """Return the metrics in the committed report, or None if there is no report."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def allowed_loss(name: str, now: Dict[str, Any], before: Dict[str, Any]) -> float:
    """Return the largest loss in a metric that chance can explain.

    Two models trained on the same data differ, because processors round differently. Few turns involve danger, so a
    model may lose one of them. In any other metric, a loss counts if it exceeds 99 % of those expected by chance
    between equally good models. Turns in the same conversation are correlated, so the standard error is clustered by
    conversation (a paired test; Miller 2024, https://arxiv.org/abs/2411.00640).
    """
    if name == "danger_answered":
        return max(SLACK, 1.01 / int(before["danger_turns"]))
    pairs = zip(now["held_by_conversation"][name], before["held_by_conversation"][name], strict=True)
    error = math.sqrt(sum((new - old) ** 2 for new, old in pairs)) / int(now[COUNTED[name]])
    return max(SLACK, ONE_IN_A_HUNDRED * float(error))


def regressions(now: Dict[str, Any], before: Dict[str, Any]) -> List[str]:
    """Describe each metric in which the model is worse than before."""
    behind = []
    for name, is_more_better in GATES:
        lost = before[name] - now[name] if is_more_better else now[name] - before[name]
        if lost > allowed_loss(name, now, before):
            behind.append(f"{name}: {before[name]:.1%} before, {now[name]:.1%} now")
    if now["harmed_offered_help_for_doers"] > before["harmed_offered_help_for_doers"]:
        behind.append("somebody who was harmed is offered a service for people who may do harm")
    return behind


def write(
    figures: Dict[str, Any],
    played: Sequence[Tuple[Conversation, Sequence[PlayedTurn]]],
    before: Optional[Dict[str, Any]],
) -> str:
    """Write both files and return the Markdown. If the sealed set was not used, keep its previous metrics."""
    asked = (before or {}).get("sealed_asked", 0)
    if "sealed" in figures:
        asked += 1
        del figures["sealed"]["held_by_conversation"]
    elif before and "sealed" in before:
        figures = {**figures, "sealed": before["sealed"]}
    figures = {**figures, "sealed_asked": asked}
    REPORT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    text = report_template(TEMPLATE).render(
        day=date.today().isoformat(), figures=figures, before=before or {}, targets=TARGETS, counts=COUNTS
    )
    REPORT.with_suffix(".md").write_text(text, encoding="utf-8")
    return text
