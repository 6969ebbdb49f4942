"""Drafts: notes that were being typed when a session ended, kept so that they can be saved after signing in again.

Drafts are kept in memory, after redaction, and only for an account that has just signed in. On disk, they would outlive
the conversations that they are about, and could be read from a copy of the database. Before sign-in, the text exists
only in the page where it was typed.
"""

from collections import OrderedDict
from typing import Callable, NamedTuple, Optional, Tuple

from bot.redaction.redactor import Redacted

#: How long a draft is kept, in seconds.
KEPT_SECONDS = 30 * 60
#: Maximum number of drafts. The oldest is dropped first.
MOST = 200


class Draft(NamedTuple):
    """A redacted text, whether redaction removed anything, and when the draft expires, in seconds since 1970."""

    text: str
    has_gaps: bool
    kept_until: float


class Drafts:
    """The drafts, at most one for each account and conversation."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Use `clock`, which returns seconds."""
        self._clock = clock
        self._drafts: "OrderedDict[Tuple[int, int], Draft]" = OrderedDict()

    def keep(self, staff_id: int, number: int, redacted: Redacted) -> None:
        """Keep a text for an account and a conversation, replacing any older one."""
        self._drop_expired()
        self.drop(staff_id, number)
        draft = Draft(redacted.text, bool(redacted.removed), self._clock() + KEPT_SECONDS)
        self._drafts[staff_id, number] = draft
        while len(self._drafts) > MOST:
            self._drafts.popitem(last=False)

    def get(self, staff_id: int, number: int) -> Optional[Draft]:
        """Return the draft, or None if there is none."""
        self._drop_expired()
        return self._drafts.get((staff_id, number))

    def drop(self, staff_id: int, number: int) -> None:
        """Discard a draft."""
        self._drafts.pop((staff_id, number), None)

    def _drop_expired(self) -> None:
        # Drafts are in order of expiry.
        while self._drafts and next(iter(self._drafts.values())).kept_until <= self._clock():
            self._drafts.popitem(last=False)
