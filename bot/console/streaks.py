"""Keeps a brief in-memory count of the distressing transcripts that each member of staff opens in a row.

The counts only determine which conversation comes next. They are never stored or shown to anybody.
"""

from typing import Callable, Dict, NamedTuple

#: After this many in a row, the next conversation is a calmer one.
ENOUGH = 3
#: The count starts again after this many seconds without a distressing transcript.
FORGOTTEN_AFTER = 60 * 60


class Streak(NamedTuple):
    """The number of transcripts opened in a row, and when the last one was opened, in seconds since 1970."""

    opened: int
    at: float


class Streaks:
    """The streak of each account."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Use `clock`, which returns seconds."""
        self._clock = clock
        self._streaks: Dict[int, Streak] = {}

    def add(self, staff_id: int) -> None:
        """Count one more distressing transcript."""
        self._streaks[staff_id] = Streak(self._count(staff_id) + 1, self._clock())

    def end(self, staff_id: int) -> None:
        """Start counting again after a transcript that is not distressing."""
        self._streaks.pop(staff_id, None)

    def is_enough(self, staff_id: int) -> bool:
        """Whether a calmer conversation should come next."""
        return self._count(staff_id) >= ENOUGH

    def _count(self, staff_id: int) -> int:
        streak = self._streaks.get(staff_id)
        return streak.opened if streak and self._clock() - streak.at < FORGOTTEN_AFTER else 0
