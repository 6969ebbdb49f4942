"""Compares two versions of the assistant by their counts. Pure.

Numbers below five stay hidden, as in `bot.console.suppress`.
"""

from typing import List, Mapping, NamedTuple, Optional, Tuple

from bot.console.estimates import difference, interval
from bot.console.suppress import share, suppress


class Share(NamedTuple):
    """A share from 0 to 1, the bounds of its 95% confidence interval, and the size of the whole."""

    share: float
    low: float
    high: float
    whole: int


class Compared(NamedTuple):
    """A measure, compared between two versions.

    Args:
        name: the measure.
        newer: its share for the newer version, or None if it is hidden or nothing was counted.
        older: its share for the older version, or None for the same reasons.
        verdict: "better" or "worse" if that is true of the newer version with 95% certainty, "open" if neither is, and
            "" if a share is None.
    """

    name: str
    newer: Optional[Share]
    older: Optional[Share]
    verdict: str


class _Measure(NamedTuple):
    """A measure: the count from `bot.store.metrics` to express as a share, and the counts that add up to the whole."""

    part: str
    whole: Tuple[str, ...]
    is_good: bool = False


#: The measures, in page order.
MEASURES = {
    "no_service": _Measure("unserved", ("unserved", "served")),
    "not_understood": _Measure("fallback", ("fallback", "understood")),
    "helped": _Measure("helped", ("helped", "not_helped"), is_good=True),
    "missed": _Measure("missed", ("missed", "nothing_missed")),
}


def compare(newer: Mapping[str, int], older: Mapping[str, int]) -> List[Compared]:
    """Compare the counts of two versions, keyed by the names in `bot.store.metrics.VERSION_COUNTS`."""
    return [_compared(name, measure, newer, older) for name, measure in MEASURES.items()]


def _compared(name: str, measure: _Measure, newer: Mapping[str, int], older: Mapping[str, int]) -> Compared:
    parts = [
        (counts.get(measure.part, 0), sum(counts.get(one, 0) for one in measure.whole)) for counts in (newer, older)
    ]
    shares = [_share(*one) for one in parts]
    return Compared(name, shares[0], shares[1], _verdict(parts[0], parts[1], measure.is_good) if all(shares) else "")


def _share(part: int, whole: int) -> Optional[Share]:
    shown = share(suppress({"part": part, "rest": whole - part}), "part")
    return None if shown is None else Share(shown, *interval(part, whole), whole=whole)


def _verdict(newer: Tuple[int, int], older: Tuple[int, int], is_good: bool) -> str:
    low, high = difference(newer, older)
    if low <= 0 <= high:
        return "open"
    return "better" if (low > 0) == is_good else "worse"
