"""Hides small numbers, because staff might recognise the people behind a number below five. Pure.

Hidden numbers cannot be worked out from the rest of their table and its total, even by somebody who knows this rule.
The hidden numbers are the smallest in the table, they include at least two different values, and they all look the
same, so swapping two of them would not change what is shown. If a table cannot be shown in this way, all of it is
hidden. tests/console/test_suppress.py tries every small table. It is still possible to compare two ranges that differ
by one day.
"""

from typing import Collection, Iterable, Mapping, NamedTuple, Optional, Tuple

#: The smallest number above 0 that is shown.
FEW = 5

#: Why numbers in a table are hidden. ONLY_FEW: they are below `FEW`. WITHHELD: some are below `FEW`, and the next
#: smallest number would reveal them. WHOLE: the whole table is hidden, because too few other numbers are left.
NOTHING, ONLY_FEW, WITHHELD, WHOLE = "", "few", "withheld", "whole"


class Row(NamedTuple):
    """A value and its count, which is None if it is hidden."""

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
    """Hide the small counts in a table, and any others that would reveal them together with the total.

    Args:
        numbers: maps values to counts of 0 or more. The order of the values must not depend on the counts.
    """
    different = sorted({number for number in numbers.values() if number})
    few = [number for number in different if is_few(number)]
    if not few:
        return _table(numbers, 0, NOTHING)
    hidden, why = (few, ONLY_FEW) if len(few) > 1 else (different[:2], WITHHELD)
    is_none_left = hidden == different
    # If every number is hidden, a small total may still reveal its parts.
    if is_none_left and (why == WITHHELD or sum(numbers.values()) < 2 * FEW):
        return Table((), WHOLE)
    return _table(numbers, hidden[-1], why)


def suppress_parts(parts: Mapping[str, int], wholes: Table) -> Table:
    """Hide the small counts in a breakdown that is shown next to a table of totals.

    All counts are hidden if one of them would reveal a hidden total or a small remainder.

    Args:
        parts: maps values to counts of 0 or more.
        wholes: a result of `suppress` with each value's total.
    """
    table, whole = suppress(parts), {row.value: row.number for row in wholes.rows}
    rests = [(whole.get(row.value) or 0) - row.number for row in table.rows if row.number]
    return table if all(rest >= 0 and not is_few(rest) for rest in rests) else Table((), WHOLE)


def share(table: Table, value: str, among: Collection[str] = ()) -> Optional[float]:
    """Return a value's count as a fraction of the whole, from 0 to 1.

    Return None if the fraction would reveal a hidden number, or if nothing was counted.

    Args:
        table: a result of `suppress`.
        value: the value whose fraction to return.
        among: the values that make up the whole, or all the table's values if empty.
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
