"""Lays out a table as a bar or column chart: positions, sizes and axis labels. Pure.

Horizontal values are percentages of the chart's width, and vertical values are pixels. A chart therefore fits both a
phone and a sheet of paper, with the same text size on both.
"""

from itertools import count
from textwrap import wrap
from typing import Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, TypeVar

from bot.console.suppress import FEW, Table

#: Maximum number of characters in a line of a label, so that it fits next to a number on a phone.
LINE = 34
#: Height in pixels of a line of text, a bar, and the gap between a bar and the next label.
LINE_HEIGHT, BAR_HEIGHT, GAP = 18, 12, 14
#: Heights in pixels of the parts of a column chart: the top number, the columns, and the labels below them.
TOP, PLOT, BELOW = 20, 120, 22
#: Width of a bar in percent, and height of a column in pixels, for a hidden number. Neither depends on the number.
STUB, STUB_HEIGHT = 4.0, 10.0
#: Percentage of the width reserved for the axis numbers, and the fraction of its slot that a column fills.
LEFT, FILLED = 8.0, 0.8


class Bar(NamedTuple):
    """A bar and the label above it. `number` is None if it is hidden."""

    label: str
    number: Optional[int]
    lines: Tuple[str, ...]
    y: int
    width: float


class Bars(NamedTuple):
    """A bar chart. `largest` is the longest bar, or None if no number is shown."""

    height: int
    bars: Tuple[Bar, ...]
    largest: Optional[Bar]


class Column(NamedTuple):
    """A column in a column chart. `number` is None if it is hidden."""

    label: str
    number: Optional[int]
    x: float
    width: float
    y: float
    height: float


class Tick(NamedTuple):
    """A horizontal grid line at a number."""

    number: int
    y: float


class Mark(NamedTuple):
    """A label below the columns. `anchor` says whether its middle or its end is at `x`."""

    label: str
    x: float
    anchor: str


class Columns(NamedTuple):
    """A column chart. `largest` is the tallest column, or None if no number is shown."""

    height: int
    bottom: int
    columns: Tuple[Column, ...]
    ticks: Tuple[Tick, ...]
    marks: Tuple[Mark, ...]
    largest: Optional[Column]


Drawn = TypeVar("Drawn", Bar, Column)


def bars(table: Table, labels: Mapping[str, str], in_order: bool = False) -> Bars:
    """Lay out a table as a bar chart.

    Args:
        table: a result of `suppress`.
        labels: maps values to their labels. A value without a label is shown unchanged.
        in_order: whether to keep the values in order. Otherwise, the largest comes first, and hidden numbers come last,
            sorted by label so that their position does not reveal their size.
    """
    named = [(labels.get(row.value, row.value), row.number) for row in table.rows]
    if not in_order:
        named.sort(key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))
    maximum = max((number for _, number in named if number), default=0)
    drawn: List[Bar] = []
    y = 0
    for label, number in named:
        lines = tuple(wrap(label, LINE)) or (label,)
        width = STUB if number is None else 100.0 * number / (maximum or 1)
        drawn.append(Bar(label, number, lines, y, round(width, 2)))
        y += len(lines) * LINE_HEIGHT + BAR_HEIGHT + GAP
    return Bars(y, tuple(drawn), _largest(drawn))


def columns(table: Table, labels: Mapping[str, str], marks: Mapping[str, str]) -> Columns:
    """Lay out a table as a column chart, keeping its order.

    Args:
        table: a result of `suppress`.
        labels: maps values to their labels. A value without a label is shown unchanged.
        marks: maps some of the values to the labels below their columns.
    """
    steps = ticks(max((row.number for row in table.rows if row.number), default=0))
    top = steps[-1] or 1
    wide = (100 - LEFT) / (len(table.rows) or 1)
    drawn: List[Column] = []
    under: List[Mark] = []
    for place, (value, number) in enumerate(table.rows):
        begin = LEFT + wide * place
        height = STUB_HEIGHT if number is None else PLOT * number / top
        box = (begin + wide * (1 - FILLED) / 2, wide * FILLED, TOP + PLOT - height, height)
        drawn.append(Column(labels.get(value, value), number, *(round(side, 2) for side in box)))
        if value in marks:
            under.append(_mark(marks[value], begin + wide / 2))
    lines = tuple(Tick(number, round(TOP + PLOT - PLOT * number / top, 2)) for number in steps if number)
    return Columns(TOP + PLOT + BELOW, TOP + PLOT, tuple(drawn), lines, tuple(under), _largest(drawn))


def ticks(maximum: int) -> Tuple[int, ...]:
    """Return round numbers from 0 up to the first that reaches `maximum`, in three steps or fewer."""
    step = next(step for step in _steps() if 3 * step >= maximum)
    return tuple(range(0, maximum + step, step)) if maximum else (0,)


def _steps() -> Iterator[int]:
    """Yield 5, 10, 20, 50 and so on. The axis skips smaller numbers because they must not be shown."""
    return (lead * 10**power for power in count() for lead in (1, 2, 5) if power or lead == FEW)


def _largest(drawn: Sequence[Drawn]) -> Optional[Drawn]:
    return max((one for one in drawn if one.number), key=lambda one: one.number or 0, default=None)


def _mark(label: str, x: float) -> Mark:
    # A centred label at the right edge would be cut off.
    return Mark(label, 100, "end") if x > 93 else Mark(label, round(x, 2), "middle")
