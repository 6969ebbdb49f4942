"""Measures which identifiers redaction misses and what else it removes, and writes the report.

Run it with `python -m evaluation.redaction.run`. In `tests/redaction/messages.jsonl`, the identifiers that must be
removed are marked as [[kind|as typed]]. Everything else must stay.
"""

import json
import re
import statistics
import time
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from bot.redaction.redactor import Redactor
from bot.settings import ROOT
from bot.templates import report_template
from evaluation import REPORTS

MESSAGES = ROOT / "tests" / "redaction" / "messages.jsonl"
#: Messages by an author who had not seen the recognizers. They were not used to write code or to train a model.
UNSEEN = ROOT / "tests" / "redaction" / "unseen.jsonl"
REPORT = REPORTS / "privacy-report.json"
TEMPLATE = Path(__file__).with_name("privacy-report.jinja")
LOWER = "name in lower case"

_MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\]")
_PLACEHOLDER = re.compile(r"<[a-z]+>")
_WORD = re.compile(r"[^\W_]+")


class Marked(NamedTuple):
    """A message as typed, with the kind and text of each identifier in it, in order."""

    id: str
    text: str
    marks: List[Tuple[str, str]]


class Outcome(NamedTuple):
    """The result of redacting a message.

    `left` holds the marks that were not completely removed. `extra` is the number of removals beyond the marks.
    """

    message: Marked
    redacted: str
    left: List[Tuple[str, str]]
    extra: int


def read_marked(path: Path = MESSAGES) -> List[Marked]:
    """Read the messages in a JSON-lines file."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Marked(one["id"], _MARK.sub(r"\2", one["text"]), _MARK.findall(one["text"])) for one in lines]


def redact_all(redactor: Redactor, messages: Sequence[Marked]) -> List[Outcome]:
    """Redact each message and find the marks that were not completely removed."""
    return [_outcome(redactor, message) for message in messages]


def measure(outcomes: Sequence[Outcome]) -> Dict[str, Any]:
    """Return the recall for each kind, and the fraction of messages without marks that lost something anyway."""
    marks, left = Counter(), Counter()  # type: Counter[str], Counter[str]
    for outcome in outcomes:
        marks.update(kind for mark in outcome.message.marks for kind in _kinds(mark))
        left.update(kind for mark in outcome.left for kind in _kinds(mark))
    clean = [outcome for outcome in outcomes if not outcome.message.marks]
    return {
        "messages": len(outcomes),
        "marks": dict(sorted(marks.items())),
        "recall": {kind: round(1 - left[kind] / count, 4) for kind, count in sorted(marks.items())},
        "clean_messages": len(clean),
        "clean_messages_touched": round(sum(outcome.extra > 0 for outcome in clean) / max(len(clean), 1), 4),
    }


def milliseconds(redactor: Redactor, messages: Sequence[Marked]) -> float:
    """Return the median time in ms to redact a message of 150 to 250 characters, taking the fastest of three runs."""
    texts = [message.text for message in messages if 150 <= len(message.text) <= 250]
    return round(statistics.median(min(_seconds(redactor, text) for _ in range(3)) for text in texts) * 1000, 2)


def _seconds(redactor: Redactor, text: str) -> float:
    started = time.perf_counter()
    redactor.redact(text)
    return time.perf_counter() - started


def _outcome(redactor: Redactor, message: Marked) -> Outcome:
    redacted = redactor.redact(message.text)
    remaining = Counter(_WORD.findall(_PLACEHOLDER.sub(" ", redacted.text).lower()))
    allowed = _allowed(message)
    left = [mark for mark in message.marks if any(remaining[w] > allowed[w] for w in _WORD.findall(mark[1].lower()))]
    return Outcome(message, redacted.text, left, max(0, len(redacted.removed) - len(message.marks)))


def _allowed(message: Marked) -> "Counter[str]":
    """Count how often each word occurs outside the marks."""
    words = Counter(_WORD.findall(message.text.lower()))
    words.subtract(word for _, text in message.marks for word in _WORD.findall(text.lower()))
    # If a mark ends inside a word ("[[name|zofia]]s"), its text is not a word in the message, so its count becomes
    # negative. The unary plus drops negative counts.
    return +words


def _kinds(mark: Tuple[str, str]) -> List[str]:
    kind, text = mark
    return [kind, LOWER] if kind == "name" and text.islower() else [kind]


def run() -> None:
    """Measure everything and write the report as JSON and Markdown."""
    redactor, messages = Redactor.load(), read_marked()
    outcomes = redact_all(redactor, messages)
    unseen = measure(redact_all(redactor, read_marked(UNSEEN)))
    figures = {**measure(outcomes), "milliseconds": milliseconds(redactor, messages), "unseen": unseen}
    REPORT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    missed: Dict[str, List[str]] = defaultdict(list)
    for outcome in outcomes:
        for kind, text in outcome.left:
            missed[kind].append(text)
    touched = [outcome for outcome in outcomes if not outcome.message.marks and outcome.extra]
    page = report_template(TEMPLATE).render(
        day=date.today().isoformat(), figures=figures, missed=dict(sorted(missed.items())), touched=touched
    )
    REPORT.with_suffix(".md").write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    run()
