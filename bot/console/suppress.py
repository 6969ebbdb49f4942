"""Hides small numbers, because staff might recognise the people behind a number below five. Pure.

Hidden numbers cannot be worked out from the rest of their table and its total, even by somebody who knows this rule:
they are the smallest, include at least two different values, and all look the same. Swapping two of them does not
change what is shown. If that is impossible, the whole table is hidden. tests/console/test_suppress.py tries every
small table. Nothing prevents somebody from comparing two ranges that differ by one day.
"""

from typing import Collection, Iterable, Mapping, NamedTuple, Optional, Tuple

#: The smallest number above 0 that is shown.
FEW = 5

#: Why numbers in a table are hidden: they are below `FEW`; or some are, and the next smallest would reveal them; or the
#: whole table is hidden, because too few numbers are left to hide them among.
NOTHING, ONLY_FEW, WITHHELD, WHOLE = "", "few", "withheld", "whole"


class Row(NamedTuple):
    """A value and its count; None if the count is hidden."""

    value: str
    number: Optional[int]


class Table(NamedTuple):
    """Counts that may be shown, in their original order, and why the rest are hidden."""

    rows: Tuple[Row, ...]
    hidden: str


def is_few(number: int) -> bool:
    """Whether a number is too small to be shown."""
    return 0 < number < FEW


def suppress(numbers: Mapping[str, int]) -> Table:
    """Hide the counts that must not be shown together with their total.

    Args:
        numbers: maps values to counts, none below 0. Their order must not depend on the counts.
    """
    different = sorted({number for number in numbers.values() if number})
    few = [number for number in different if is_few(number)]
    if not few:
        return _table(numbers, 0, NOTHING)
    hidden, why = (few, ONLY_FEW) if len(few) > 1 else (different[:2], WITHHELD)
    is_none_left = hidden == different
    # If no number is left, a small total may be enough to reveal its parts.
    if is_none_left and (why == WITHHELD or sum(numbers.values()) < 2 * FEW):
        return Table((), WHOLE)
    return _table(numbers, hidden[-1], why)


def share(table: Table, value: str, among: Collection[str] = ()) -> Optional[float]:
    """Return the fraction, from 0 to 1, of the counts that belong to a value.

    Returns None if the fraction would reveal a hidden number, or if nothing was counted.

    Args:
        table: a result of `suppress`.
        value: the value whose fraction to return.
        among: the values that make up the whole; those of the whole table if empty.
    """
    counted = {row.value: row.number for row in table.rows if not among or row.value in among}
    whole = _sum(counted.values())
    part = counted.get(value, 0)
    if not whole or part is None or is_few(part) or is_few(whole - part):
        return None
    return part / whole


def _table(numbers: Mapping[str, int], most: int, hidden: str) -> Table:
    rows = (Row(value, None if 0 < number <= most else number) for value, number in numbers.items())
    return Table(tuple(rows), hidden)


def _sum(numbers: Iterable[Optional[int]]) -> Optional[int]:
    known = list(numbers)
    return None if None in known else sum(number or 0 for number in known)
