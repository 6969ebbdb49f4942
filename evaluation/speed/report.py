"""Judges the measurements, and writes `evaluation/reports/report.md` and the table of sizes in `docs/operating.md`."""

import os
import platform
from datetime import date
from pathlib import Path
from typing import Dict, NamedTuple

from bot.templates import report_template
from evaluation import REPORTS
from evaluation.processes import Cores
from evaluation.speed import sizing
from evaluation.speed.assistants import DEFAULT, ENCODER, OURS, SIDE_BY_SIDE, Compared
from evaluation.speed.closed_loop import WRITERS, Load
from evaluation.speed.sample import EXAMPLES, Sample
from evaluation.speed.serving import Delay, Ready, Serving

REPORT = REPORTS / "report.md"
TEMPLATE = Path(__file__).with_name("report.jinja")
#: The default pipeline's median milliseconds per message and its messages per second, measured with little training
#: data and a small vocabulary.
EARLIER = (29.0, 36.0)
#: How many times faster ours must be than the default pipeline with a small vocabulary.
AHEAD = 4
#: Maximum delay that one message may cause another, in milliseconds.
MOST_DELAY = 100.0


class Figures(NamedTuple):
    """All the measurements. `ready` is for `streetwise serve`; the assistants in `compared` run without HTTP."""

    compared: Compared
    sample: Sample
    ready: Ready
    echo: Load
    serving: Serving
    delay: Delay
    cores: Cores


def judge(figures: Figures) -> Dict[str, bool]:
    """Return whether each target was reached, by name."""
    ours, default = figures.compared.kinds[OURS], figures.compared.kinds[DEFAULT]
    return {
        "median": ours.median <= 15 and ours.median <= default.median / 2,
        "fifth": ours.median <= default.median / 5,
        "rate": ours.rate >= 5 * default.rate,
        "ahead": ours.median <= default.median / AHEAD and ours.rate >= AHEAD * default.rate,
        "ahead_of_earlier": ours.median <= EARLIER[0] / AHEAD and ours.rate >= AHEAD * EARLIER[1],
        "cpu": ours.cpu <= 8,
        "long": figures.compared.late <= 1.2 * figures.compared.early,
        "ready": figures.ready.seconds <= 12,
        "quarter": figures.ready.seconds <= default.ready / 4,
        "memory": figures.ready.memory <= 600,
        "two": figures.serving.gain >= 1.8,
        "delay": figures.delay.longest <= MOST_DELAY,
    }


def render(figures: Figures) -> str:
    """Return the report as Markdown."""
    kinds = figures.compared.kinds
    return (
        report_template(TEMPLATE).render(
            ours=kinds[OURS],
            default=kinds[DEFAULT],
            encoder=kinds[ENCODER],
            **figures._asdict(),
            reached=judge(figures),
            table=sizing.table(sizing.sizes(figures.serving)),
            earlier=EARLIER,
            ahead=AHEAD,
            writers=WRITERS,
            most=EXAMPLES,
            most_delay=MOST_DELAY,
            day=date.today().isoformat(),
            machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            side_by_side=SIDE_BY_SIDE,
            ms=lambda value: f"{value:.1f} ms",
            count=lambda value: f"{value:,}",
            percent=lambda value: f"{100 * value:.0f} %",
            of=lambda value, other: f"1/{other / value:.1f}",
            times=lambda value, other: f"{value / other:.1f} ×",
            yes=lambda is_reached: "yes" if is_reached else "**no**",
        )
        + "\n"
    )


def write(figures: Figures) -> Dict[str, bool]:
    """Write the report and the document's table, and return whether each target was reached.

    Raises:
        ValueError: the document has no placeholder for the table.
    """
    document = sizing.with_table(
        sizing.DOCUMENT.read_text(encoding="utf-8"), sizing.table(sizing.sizes(figures.serving))
    )
    REPORT.write_text(render(figures), encoding="utf-8")
    sizing.DOCUMENT.write_text(document, encoding="utf-8")
    return judge(figures)
