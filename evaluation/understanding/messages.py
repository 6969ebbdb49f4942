"""How well single messages are understood: the figures of `streetwise evaluate`, and what of them may not get worse.

A message counts as understood if the topic read is its labelled topic or one that it lists under "also". The
development set (`tests/nlu/development.jsonl`) was written by other people than the training data, and no model was
trained on it; readers who did not see the labels agreed with 99 % of them. We read its errors. Nobody reads those of
the unseen set (`unseen.jsonl`): only its figures are reported, so they flatter less.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

from bot.settings import ROOT
from evaluation import REPORTS

DEVELOPMENT = ROOT / "tests" / "nlu" / "development.jsonl"
UNSEEN = ROOT / "tests" / "nlu" / "unseen.jsonl"
REPORT = REPORTS / "nlu-report.json"
CRISIS, SCOPE, SMALL_TALK = "crisis", "out_of_scope", "small_talk"
DANGER = "immediate_danger"
WORST = 40
BINS = 10


class EvaluationError(ValueError):
    """A file of messages cannot be evaluated; the message says which line and why."""


class Judged(NamedTuple):
    """A message, and how it was read."""

    message: Dict[str, Any]
    read: Mapping[str, Any]

    @property
    def understood(self) -> bool:
        """True if the topic read is the labelled one or a listed alternative."""
        return self.read["topic"] == self.message["topic"] or self.read["topic"] in self.message["also"]


def read_messages(path: Path, topics: Iterable[str]) -> List[Dict[str, Any]]:
    """The messages of a JSON-lines file: `text` and `topic`, and if known `id`, `also`, `asker`, `urgency`, `register`.

    Raises:
        EvaluationError: a line cannot be read or names no topic.
    """
    known, messages = set(topics), []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
            named = {message["topic"], *message.get("also", [])}
            text = message["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{path}, line {number}: needs an object with a text and a topic ({error})."
            ) from error
        if not isinstance(text, str) or not named <= known:
            raise EvaluationError(
                f"{path}, line {number}: {named - known or text} is no topic or text. Mend that line."
            )
        messages.append({"id": str(number), "also": [], **message})
    if not messages:
        raise EvaluationError(f"{path} holds no message.")
    return messages


def judge(messages: Iterable[Dict[str, Any]], read: Callable[[str], Mapping[str, Any]]) -> List[Judged]:
    """Read every message."""
    return [Judged(message, read(message["text"])) for message in messages]


def measure(judged: Sequence[Judged]) -> Dict[str, Any]:
    """All figures of the report."""
    crisis = [j for j in judged if j.message["topic"] == CRISIS]
    calm = [j for j in judged if not _is_danger(j.message)]
    outside = [j for j in judged if j.message["topic"] == SCOPE]
    return {
        "messages": len(judged),
        "topic": _share(j.understood for j in judged),
        "topic_strict": _share(j.read["topic"] == j.message["topic"] for j in judged),
        "macro_f1": _macro_f1(judged),
        "crisis_recall": _share(j.read["topic"] == CRISIS for j in crisis),
        "crisis_messages": len(crisis),
        "false_alarms": _share(j.read["topic"] == CRISIS for j in calm),
        "out_of_scope_taken_up": _share(j.read["topic"] not in (SCOPE, SMALL_TALK) for j in outside),
        "out_of_scope_messages": len(outside),
        "asked_which": _share(j.read["intent"] == "nlu_fallback" for j in judged),
        "understood_when_not_asked": _share(j.understood for j in judged if j.read["intent"] != "nlu_fallback"),
        "calibration_error": calibration_error(judged),
        "asker": _share(j.read["asker"] == j.message["asker"] for j in judged if "asker" in j.message),
        "urgency": _share(j.read["urgency"] == j.message["urgency"] for j in judged if "urgency" in j.message),
        "by_topic": _by(judged, "topic"),
        "by_register": _by(judged, "register"),
        "by_asker": _by(judged, "asker"),
        "crises": {j.message["text"]: j.read["topic"] == CRISIS for j in crisis},
    }


def plain(figures: Dict[str, Any]) -> Dict[str, Any]:
    """The single figures, without those by message or by group."""
    return {name: value for name, value in figures.items() if not isinstance(value, dict)}


def missed_crises(judged: Sequence[Judged]) -> List[Judged]:
    """Messages of danger that were read as something else."""
    return [j for j in judged if j.message["topic"] == CRISIS and j.read["topic"] != CRISIS]


def lost_crises(now: Dict[str, Any], before: Dict[str, Any]) -> List[str]:
    """Messages of danger that are newly missed, if they outnumber those that are newly recognised.

    Only messages in both sets of figures count, so that the file may grow.

    Args:
        now: figures from `measure`.
        before: figures from `committed`.
    """
    was, known = before["crises"], now["crises"]
    lost = [text for text, recognised in known.items() if was.get(text) and not recognised]
    gained = [text for text, recognised in known.items() if was.get(text) is False and recognised]
    return lost if len(lost) > len(gained) else []


def worst(judged: Sequence[Judged]) -> List[Judged]:
    """The errors with the highest confidence."""
    wrong = [j for j in judged if not j.understood]
    return sorted(wrong, key=lambda j: -j.read["confidence"])[:WORST]


def calibration_error(judged: Sequence[Judged]) -> float:
    """Mean distance between confidence and share understood, over ten bins (expected calibration error)."""
    bins: Dict[int, List[Judged]] = defaultdict(list)
    for one in judged:
        bins[min(int(one.read["confidence"] * BINS), BINS - 1)].append(one)
    distances: List[float] = [
        len(group) * abs(_share(j.understood for j in group) - sum(j.read["confidence"] for j in group) / len(group))
        for group in bins.values()
    ]
    return round(float(sum(distances)) / len(judged), 4)


def confusion(judged: Sequence[Judged]) -> "Counter[tuple[str, str]]":
    """How often a topic was read as another; a listed alternative counts as the topic itself."""
    return Counter((j.message["topic"], j.message["topic"] if j.understood else j.read["topic"]) for j in judged)


def committed(path: Path = REPORT) -> Optional[Dict[str, Any]]:
    """The figures of the committed report, or None if there is none.

    Raises:
        EvaluationError: the file is not such a report.
    """
    if not path.exists():
        return None
    try:
        figures: Dict[str, Any] = {"crises": {}, **json.loads(path.read_text(encoding="utf-8"))}
    except (ValueError, TypeError) as error:
        raise EvaluationError(f"{path} is no report of 'streetwise evaluate'; give its JSON file.") from error
    return figures


def _is_danger(message: Dict[str, Any]) -> bool:
    return message["topic"] == CRISIS or CRISIS in message["also"] or message.get("urgency") == DANGER


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 1.0


def _by(judged: Sequence[Judged], key: str) -> Dict[str, float]:
    groups: Dict[str, List[bool]] = defaultdict(list)
    for one in judged:
        if key in one.message:
            groups[one.message[key]].append(one.understood)
    return {name: _share(group) for name, group in sorted(groups.items())}


def _macro_f1(judged: Sequence[Judged]) -> float:
    table = confusion(judged)
    topics = sorted({topic for pair in table for topic in pair})
    scores = []
    for topic in topics:
        right = table[topic, topic]
        said = sum(count for (_, read), count in table.items() if read == topic)
        meant = sum(count for (true, _), count in table.items() if true == topic)
        scores.append(2 * right / (said + meant) if said + meant else 0.0)
    return round(sum(scores) / len(scores), 4)
