"""The number of people who can write at the same time, by cores and memory, as measured and projected."""

import math
import re
from pathlib import Path
from typing import List, NamedTuple

from bot.settings import ROOT
from bot.templates import report_template
from evaluation.speed.serving import Serving

#: Seconds between two messages from a person, who reads the answer first and then types.
EVERY = 30.0
#: The share of a core that may be used. The rest is headroom for peaks.
MOST = 0.7
#: The core counts in the table, besides the two that were measured.
MORE_CORES = (4, 8)
DOCUMENT = ROOT / "docs" / "operating.md"
TEMPLATE = Path(__file__).with_name("sizing.jinja")
#: The table in the document is between these two lines.
BEGIN, END = "<!-- `make bench` writes this table. -->", "<!-- The table ends here. -->"


class Size(NamedTuple):
    """A machine: its cores, the number of processes that answer the chat, and their capacity.

    `rate` is in messages per second with all cores busy, and `memory` is for all processes, in MB. `how` is "measured",
    "shared" (measured, but the clients used part of the same cores) or "projected".
    """

    cores: int
    processes: int
    rate: float
    memory: float
    how: str

    @property
    def people(self) -> int:
        """The number of people who can write at the same time, rounded down to two digits."""
        return two_digits(MOST * self.rate * EVERY)


def two_digits(value: float) -> int:
    """Round down to two significant digits."""
    unit = 10 ** max(0, math.floor(math.log10(max(value, 1))) - 1)
    return int(value // unit * unit)


def sizes(serving: Serving) -> List[Size]:
    """Return the rows of the table.

    With more than one core, one process runs on each. A projected rate assumes that a message costs the same as with
    two workers, and that only the chat runs on the cores.
    """
    each, supervisor_and_console = serving.held_by_two.worker.share, _besides(serving)
    projected = [
        Size(cores, cores, cores * 1000 / serving.two.cost, supervisor_and_console + cores * each, "projected")
        for cores in (2, *MORE_CORES)
    ]
    return [
        Size(1, 1, serving.one_core.rate, serving.held_by_one.all.share, "measured"),
        Size(2, 2, serving.two.rate, serving.held_by_two.all.share, "shared"),
        *projected,
    ]


def _besides(serving: Serving) -> float:
    """The memory of the supervisor and the console."""
    return serving.held_by_two.all.share - 2 * serving.held_by_two.worker.share


def table(rows: List[Size]) -> str:
    """Return the table as Markdown, with the sentence that states its assumptions."""
    return report_template(TEMPLATE).render(sizes=rows, every=EVERY, most=MOST).strip()


def table_in(document: str) -> str:
    """Return the table in a document, or an empty string if it has not been written yet.

    Raises:
        ValueError: the document has no placeholder for the table.
    """
    found = re.search(f"{re.escape(BEGIN)}\n(.*?){re.escape(END)}", document, re.DOTALL)
    if found is None:
        raise ValueError(f"There is no '{BEGIN}' with '{END}' after it.")
    return found[1].strip()


def with_table(document: str, written: str) -> str:
    """Return a document with its table replaced.

    Raises:
        ValueError: the document has no placeholder for the table.
    """
    table_in(document)
    before, rest = document.split(f"{BEGIN}\n", 1)
    return f"{before}{BEGIN}\n{written}\n{END}{rest.partition(END)[2]}"
