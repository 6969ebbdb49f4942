"""Injects every fault: `python -m evaluation.faults.run` prints a table and writes `faults-report.md`.

It takes about ten minutes on an idle machine, most of them spent on killing the server.
"""

import argparse
import json
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Dict, List, Optional, Sequence, TypedDict

from jinja2 import Environment, StrictUndefined
from rich.console import Console

from evaluation import REPORTS
from evaluation.faults import damage, serving
from evaluation.faults.damage import Fault
from evaluation.faults.machines import Unavailable

REPORT = REPORTS / "faults-report.json"
TEMPLATE = Path(__file__).with_name("faults-report.jinja")


class Row(TypedDict):
    """A line of the report. `passed` is None if the fault could not be injected."""

    name: str
    on: str
    passed: Optional[bool]
    seen: str


def play(fault: Fault) -> Row:
    """Inject one fault. Any unexpected exception counts as a failure of the program."""
    passed: Optional[bool]
    try:
        passed, seen = fault.play()
    except Unavailable as reason:
        passed, seen = None, str(reason)
    except Exception as error:
        passed, seen = False, f"{type(error).__name__}: {error}"
    return {"name": fault.name, "on": fault.on, "passed": passed, "seen": tidied(seen)}


def tidied(seen: str) -> str:
    """Return `seen` as one line that fits in a table, without the names of temporary directories."""
    without = re.sub(rf"{tempfile.gettempdir()}/[^/\s]+", "DIRECTORY", seen)
    return " ".join(without.replace("|", "/").split())


def write(rows: List[Row], planned: int) -> None:
    """Write the report as JSON and as Markdown, with the number of planned faults that are still missing."""
    REPORT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    played = [row for row in rows if row["passed"] is not None]
    counts: Dict[str, int] = {
        "withstood": sum(bool(row["passed"]) for row in played),
        "played": len(played),
        "left_out": len(rows) - len(played),
        "unfinished": planned - len(rows),
    }
    environment = Environment(undefined=StrictUndefined, trim_blocks=True)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        day=date.today().isoformat(), rows=rows, **counts
    )
    REPORT.with_suffix(".md").write_text(page + "\n", encoding="utf-8")


def kept(planned: Sequence[Fault], chosen: Sequence[Fault]) -> List[Row]:
    """Return the committed report's rows for planned faults that this run leaves out."""
    names, again = ({(fault.name, fault.on) for fault in faults} for faults in (planned, chosen))
    rows: List[Row] = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else []
    return [row for row in rows if (row["name"], row["on"]) in names - again]


def run() -> None:
    """Inject the faults and write both reports."""
    parser = argparse.ArgumentParser(description="Play faults and write evaluation/reports/faults-report.md.")
    parser.add_argument(
        "--only",
        action="append",
        help="play only faults whose name contains this, or another that is given; the report keeps all others",
    )
    parser.add_argument("--kills", type=int, default=serving.KILLS, help=f"how many; {serving.KILLS} unless told")
    parser.add_argument("--jobs", type=int, default=1, help="how many at the same time; 1 unless told")
    options = parser.parse_args()
    planned = [*damage.faults(), *serving.faults(options.kills)]
    chosen = [fault for fault in planned if any(part in fault.name for part in options.only or [""])]
    order = {(fault.name, fault.on): place for place, fault in enumerate(planned)}
    console, rows, failed = Console(highlight=False), kept(planned, chosen), 0
    with ThreadPoolExecutor(options.jobs) as threads:
        for row in threads.map(play, chosen):
            verdict = {True: "withstood", False: "NOT WITHSTOOD", None: "not played"}[row["passed"]]
            console.print(f"{verdict}: {row['name']} ({row['on']}): {row['seen']}", markup=False, soft_wrap=True)
            failed += row["passed"] is False
            # Write after each row, so that an interrupted run keeps its results.
            rows = sorted([*rows, row], key=lambda one: order[one["name"], one["on"]])
            write(rows, len(planned))
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    run()
