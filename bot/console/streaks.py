"""How many distressing transcripts each member of staff has opened in a row, kept in memory and soon forgotten.

It only decides which conversation comes next. Nothing about it is stored or shown to anybody.
"""

from typing import Callable, Dict, NamedTuple

#: After this many in a row, the next conversation is a calmer one.
ENOUGH = 3
#: Without a distressing transcript for this many seconds, counting starts again.
FORGOTTEN_AFTER = 60 * 60


class Streak(NamedTuple):
    """How many were opened in a row, and when the last one was, in seconds since 1970."""

    opened: int
    at: float


class Streaks:
    """The streak of each account."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Use `clock`, which returns seconds."""
        self._clock = clock
        self._streaks: Dict[int, Streak] = {}

    def add(self, staff_id: int) -> None:
        """Count a distressing transcript that was opened."""
        self._streaks[staff_id] = Streak(self._count(staff_id) + 1, self._clock())

    def end(self, staff_id: int) -> None:
        """Start again, because a transcript that is not distressing was read."""
        self._streaks.pop(staff_id, None)

    def is_enough(self, staff_id: int) -> bool:
        """Whether a calmer conversation should come next."""
        return self._count(staff_id) >= ENOUGH

    def _count(self, staff_id: int) -> int:
        streak = self._streaks.get(staff_id)
        return streak.opened if streak and self._clock() - streak.at < FORGOTTEN_AFTER else 0
