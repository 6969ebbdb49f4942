"""How fast one conversation, one address or one form may go; either site may ask.

What is counted is known by a salted hash that nobody can undo.
"""

import hashlib
import secrets
import time
from collections import OrderedDict, deque
from typing import Callable, Deque

#: Seconds in which uses are counted.
WINDOW = 60.0
#: Messages of one conversation within the window. A person in panic types fast; a script types faster.
MESSAGES = 40
#: Conversations begun from one address within the window. A school has one address for all its pupils.
STARTS = 60
#: Keys remembered at once.
REMEMBERED = 10_000
#: Seconds after which the salt is thrown away, and with it every count.
SALT_SECONDS = 60 * 60


class Once:
    """Things that may be used once, in memory and by their hash."""

    def __init__(self) -> None:
        self._used: "OrderedDict[bytes, None]" = OrderedDict()

    def use(self, thing: str) -> bool:
        """Use `thing`; whether it had not been used before."""
        hashed = hashlib.sha256(thing.encode("utf-8", "surrogatepass")).digest()
        if hashed in self._used:
            return False
        self._used[hashed] = None
        while len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
        return True


class RateLimit:
    """A sliding window for each key, in memory; the keys themselves are not kept."""

    def __init__(self, uses: int, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `uses` within `window` seconds."""
        self._uses, self._window, self._clock = uses, window, clock
        self._times: "OrderedDict[bytes, Deque[float]]" = OrderedDict()
        self._new_salt()

    def wait(self, key: str) -> float:
        """Seconds that `key` must wait; 0 where it may go on, and then this call counts."""
        now = self._clock()
        if now - self._salted_at >= SALT_SECONDS:
            self._new_salt()
        times = self._times_of(key)
        while times and now - times[0] >= self._window:
            times.popleft()
        if len(times) >= self._uses:
            return self._window - (now - times[0])
        times.append(now)
        return 0.0

    def forgive(self, key: str) -> None:
        """Take the last use of `key` off: it turned out to be one that need not be counted."""
        times = self._times_of(key)
        if times:
            times.pop()

    def _times_of(self, key: str) -> Deque[float]:
        hashed = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).digest()
        times = self._times.setdefault(hashed, deque())
        self._times.move_to_end(hashed)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        return times

    def _new_salt(self) -> None:
        self._salt, self._salted_at = secrets.token_bytes(32), self._clock()
        self._times.clear()
