"""What a template draws of a table: where each bar and column stands, and which labels are at the axes. Pure.

Across, everything is in percent of the drawing's width, and down in pixels: a drawing fits a phone and a sheet of
paper, and its text keeps its size on both.
"""

from itertools import count
from textwrap import wrap
from typing import Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, TypeVar

from bot.console.suppress import FEW, Table

#: Characters in a line of a label: what fits beside a number on a phone.
LINE = 34
#: Pixels down of a line of text, of a bar, and between a bar and the next label.
LINE_HEIGHT, BAR_HEIGHT, GAP = 18, 12, 14
#: Pixels down of the columns' drawing: room for the topmost number, the columns, the labels beneath.
TOP, PLOT, BELOW = 20, 120, 22
#: How far a number that is hidden is drawn, whatever it is: percent across, pixels down.
STUB, STUB_HEIGHT = 4.0, 10.0
#: Percent across that are left free for the numbers of the axis, and the part of its place that a column fills.
LEFT, FILLED = 8.0, 0.8


class Bar(NamedTuple):
    """A bar under its label; `number` is None where it is hidden."""

    label: str
    number: Optional[int]
    lines: Tuple[str, ...]
    y: int
    width: float


class Bars(NamedTuple):
    """Bars beneath each other; `most` is the longest, if any number is shown."""

    height: int
    bars: Tuple[Bar, ...]
    most: Optional[Bar]


class Column(NamedTuple):
    """A column; `number` is None where it is hidden."""

    label: str
    number: Optional[int]
    x: float
    width: float
    y: float
    height: float


class Tick(NamedTuple):
    """A line across at a number."""

    number: int
    y: float


class Mark(NamedTuple):
    """A label beneath the columns; `anchor` is which part of it stands at `x`: middle or end."""

    label: str
    x: float
    anchor: str


class Columns(NamedTuple):
    """Columns beside each other; `most` is the highest, if any number is shown."""

    height: int
    bottom: int
    columns: Tuple[Column, ...]
    ticks: Tuple[Tick, ...]
    marks: Tuple[Mark, ...]
    most: Optional[Column]


Drawn = TypeVar("Drawn", Bar, Column)


def bars(table: Table, labels: Mapping[str, str], in_order: bool = False) -> Bars:
    """A table as bars.

    Args:
        table: as `suppress` gives it.
        labels: by value; a value without one is shown as it is.
        in_order: whether the values keep their order. Else the greatest comes first, and what is hidden comes last,
            by its label: its place must not tell how great it is.
    """
    named = [(labels.get(row.value, row.value), row.number) for row in table.rows]
    if not in_order:
        named.sort(key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))
    greatest = max((number for _, number in named if number), default=0)
    drawn: List[Bar] = []
    y = 0
    for label, number in named:
        lines = tuple(wrap(label, LINE)) or (label,)
        width = STUB if number is None else 100.0 * number / (greatest or 1)
        drawn.append(Bar(label, number, lines, y, round(width, 2)))
        y += len(lines) * LINE_HEIGHT + BAR_HEIGHT + GAP
    return Bars(y, tuple(drawn), _most(drawn))


def columns(table: Table, labels: Mapping[str, str], marks: Mapping[str, str]) -> Columns:
    """A table as columns, in its order.

    Args:
        table: as `suppress` gives it.
        labels: by value; a value without one is shown as it is.
        marks: what stands beneath some of the columns, by value.
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
    return Columns(TOP + PLOT + BELOW, TOP + PLOT, tuple(drawn), lines, tuple(under), _most(drawn))


def ticks(greatest: int) -> Tuple[int, ...]:
    """Round numbers from 0 to the first that is not below `greatest`, in three steps or fewer."""
    step = next(step for step in _steps() if 3 * step >= greatest)
    return tuple(range(0, greatest + step, step)) if greatest else (0,)


def _steps() -> Iterator[int]:
    """5, 10, 20, 50 and so on: an axis names no number that is too small to be shown."""
    return (lead * 10**power for power in count() for lead in (1, 2, 5) if power or lead == FEW)


def _most(drawn: Sequence[Drawn]) -> Optional[Drawn]:
    return max((one for one in drawn if one.number), key=lambda one: one.number or 0, default=None)


def _mark(label: str, x: float) -> Mark:
    # At the edge a label that stood in the middle would be cut off.
    return Mark(label, 100, "end") if x > 93 else Mark(label, round(x, 2), "middle")
