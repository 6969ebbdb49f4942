"""Small numbers are not shown: behind a number below five staff might know who it is. Pure.

What is hidden cannot be worked out from the rest of its table and its total, not even by somebody who knows this rule:
the numbers that are hidden are the smallest, are at least two different ones, and all look the same. Swap two of them,
and what is shown stays as it is. Where that cannot be had, the whole table is hidden. tests/console/test_suppress.py
tries every small table. Two spans of days that differ by one day can still be compared; that is not prevented.
"""

from typing import Collection, Iterable, Mapping, NamedTuple, Optional, Tuple

#: The least number, beside none, that is shown.
FEW = 5

#: Why numbers of a table are hidden: they are below `FEW`; or some are, and the next smallest would give them away; or
#: the whole table is, since too little would be left to hide them behind.
NOTHING, ONLY_FEW, WITHHELD, WHOLE = "", "few", "withheld", "whole"


class Row(NamedTuple):
    """A value and how often it was counted; None where that is hidden."""

    value: str
    number: Optional[int]


class Table(NamedTuple):
    """What may be shown of counts, in the order in which they came, and why the rest is hidden."""

    rows: Tuple[Row, ...]
    hidden: str


def is_few(number: int) -> bool:
    """Whether a number is too small to be shown."""
    return 0 < number < FEW


def suppress(numbers: Mapping[str, int]) -> Table:
    """Counts as they may be shown beside their total.

    Args:
        numbers: counts by value, none below 0. Their order must not follow from them.
    """
    different = sorted({number for number in numbers.values() if number})
    few = [number for number in different if is_few(number)]
    if not few:
        return _table(numbers, 0, NOTHING)
    hidden, why = (few, ONLY_FEW) if len(few) > 1 else (different[:2], WITHHELD)
    is_none_left = hidden == different
    # With no number left, a small total alone may say what it is made of.
    if is_none_left and (why == WITHHELD or sum(numbers.values()) < 2 * FEW):
        return Table((), WHOLE)
    return _table(numbers, hidden[-1], why)


def share(table: Table, value: str, among: Collection[str] = ()) -> Optional[float]:
    """The share of a value, from 0 to 1; None where it would say what is hidden, or where nothing was counted.

    Args:
        table: as `suppress` gives it.
        value: the one whose share it is.
        among: the values that it is a share of; all of the table if none are named.
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
