"""Writes the report of `streetwise evaluate`, with old and new figures, a confusion matrix and the worst errors."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data

from bot.nlu.encoder import SentenceEncoder
from bot.settings import ROOT
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.understanding.messages import (
    REPORT,
    UNSEEN,
    Judged,
    committed,
    confusion,
    missed_crises,
    plain,
    worst,
)

TEMPLATE = Path(__file__).with_name("nlu-report.jinja")
PICTURE = REPORTS / "nlu-confusion.png"
NEIGHBOURS = 2


def write_report(judged: Sequence[Judged], figures: Dict[str, Any], file: Path) -> Path:
    """Write the figures as JSON and the report as Markdown with a picture, and return the path of the Markdown file."""
    before = committed()
    draw_confusion(confusion(judged), PICTURE)
    REPORT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    report = REPORT.with_suffix(".md")
    report.write_text(render(judged, figures, before, file), encoding="utf-8")
    return report


def figure_lines(figures: Dict[str, Any], before: Optional[Dict[str, Any]]) -> List[str]:
    """Return a heading and a line for each single figure, with its name, its old value if known, and its new value."""
    named = plain(figures)
    then = [("", "before")] + [(name, str((before or {}).get(name, ""))) for name in named]
    now = ["now", *map(str, named.values())]
    return [f"{name:<26}{was:>8}{is_now:>8}" for (name, was), is_now in zip(then, now, strict=True)]


def render(judged: Sequence[Judged], figures: Dict[str, Any], before: Optional[Dict[str, Any]], file: Path) -> str:
    """Return the report as Markdown."""
    errors = worst(judged)
    return report_template(TEMPLATE).render(
        day=date.today().isoformat(),
        file=file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name,
        now=figures,
        unseen=figures["unseen"],
        unseen_file=UNSEEN.name,
        then=(before or {}).get("unseen", {}),
        percent=_percent,
        before=before or {},
        yes=lambda is_reached: "yes" if is_reached else "**no**",
        picture=PICTURE.name,
        missed=missed_crises(judged),
        worst=list(zip(errors, neighbours([j.message["text"] for j in errors]), strict=True)),
    )


def neighbours(texts: Sequence[str]) -> List[List[Tuple[str, str]]]:
    """Return the training examples nearest to each text, as (intent, text) pairs."""
    if not texts:
        return []
    examples = load_data(str(ROOT / "data" / "nlu")).intent_examples
    encoder = SentenceEncoder.load()
    near = encoder.encode(texts) @ encoder.encode([example.get(TEXT) for example in examples]).T
    best = np.argsort(-near, axis=1)[:, :NEIGHBOURS]
    return [[(examples[i].get(INTENT), examples[i].get(TEXT)) for i in row] for row in best]


def draw_confusion(table: "Counter[Tuple[str, str]]", path: Path) -> None:
    """Draw the confusion matrix, with the labelled topics as rows and the predicted topics as columns."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    topics = sorted({topic for pair in table for topic in pair})
    counts = np.array([[table[meant, read] for read in topics] for meant in topics])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(11, 10))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(topics)), topics, rotation=90)
    axes.set_yticks(range(len(topics)), topics)
    axes.set_xlabel("read as")
    axes.set_ylabel("is about")
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, counts[row, column], ha="center", va="center", color=colour, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
