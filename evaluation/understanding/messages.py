"""Measures how well single messages are understood, for `streetwise evaluate`, and finds crises that are newly missed.

A message counts as understood if the predicted topic is its labelled topic or a topic listed under "also". The
development set (`tests/nlu/development.jsonl`) and the training data were written by different people, and no model was
trained on the development set. Readers who had not seen its labels agreed with 99 % of them. We read the errors in the
development set, but nobody reads those in the unseen set (`unseen.jsonl`), so its figures are less flattering.
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
    """Raised if a file of messages cannot be evaluated. The error says which line is wrong and why."""


class Judged(NamedTuple):
    """A message and its reading."""

    message: Dict[str, Any]
    read: Mapping[str, Any]

    @property
    def understood(self) -> bool:
        """Whether the predicted topic is the labelled topic or a listed alternative."""
        return self.read["topic"] == self.message["topic"] or self.read["topic"] in self.message["also"]


def read_messages(path: Path, topics: Iterable[str]) -> List[Dict[str, Any]]:
    """Read the messages in a JSON-lines file.

    Each message has a `text` and a `topic` and, if known, `id`, `also`, `asker`, `urgency` and `register`.

    Raises:
        EvaluationError: the file has no messages, or a line cannot be read or has an unknown topic.
    """
    known, messages = set(topics), []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            message = json.loads(line.decode("utf-8"))
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
    """Pair every message with the reading that `read` returns for it."""
    return [Judged(message, read(message["text"])) for message in messages]


def measure(judged: Sequence[Judged]) -> Dict[str, Any]:
    """Return all the figures in the report."""
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
    """Return the single figures, without those that are broken down by message or group."""
    return {name: value for name, value in figures.items() if not isinstance(value, dict)}


def missed_crises(judged: Sequence[Judged]) -> List[Judged]:
    """Return the messages about a crisis that were read as something else."""
    return [j for j in judged if j.message["topic"] == CRISIS and j.read["topic"] != CRISIS]


def lost_crises(now: Dict[str, Any], before: Dict[str, Any]) -> List[str]:
    """Return the messages about a crisis that are newly missed, if they outnumber the newly recognised ones.

    Only messages in both sets of figures count, so that messages can be added to the file.

    Args:
        now: figures from `measure`.
        before: figures from `committed`.
    """
    was, known = before["crises"], now["crises"]
    lost = [text for text, recognised in known.items() if was.get(text) and not recognised]
    gained = [text for text, recognised in known.items() if was.get(text) is False and recognised]
    return lost if len(lost) > len(gained) else []


def worst(judged: Sequence[Judged]) -> List[Judged]:
    """Return the `WORST` errors made with the highest confidence."""
    wrong = [j for j in judged if not j.understood]
    return sorted(wrong, key=lambda j: -j.read["confidence"])[:WORST]


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error: the mean gap between confidence and fraction understood, over ten bins."""
    bins: Dict[int, List[Judged]] = defaultdict(list)
    for one in judged:
        bins[min(int(one.read["confidence"] * BINS), BINS - 1)].append(one)
    distances: List[float] = [
        len(group) * abs(_share(j.understood for j in group) - sum(j.read["confidence"] for j in group) / len(group))
        for group in bins.values()
    ]
    return round(float(sum(distances)) / len(judged), 4)


def confusion(judged: Sequence[Judged]) -> "Counter[tuple[str, str]]":
    """Count messages by labelled topic and predicted topic. A listed alternative counts as the labelled topic."""
    return Counter((j.message["topic"], j.message["topic"] if j.understood else j.read["topic"]) for j in judged)


def committed(path: Path = REPORT) -> Optional[Dict[str, Any]]:
    """Return the figures in the committed report, or None if there is no report.

    Raises:
        EvaluationError: the file is not a report of this kind.
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
