"""Rate limits for conversations, addresses and sign-ins, and single-use keys. Both sites use this module.

Keys are stored only in memory, and only as hashes.
"""

import hashlib
import secrets
import time
from collections import OrderedDict, deque
from typing import Callable, Deque

#: Length of the sliding window in seconds.
WINDOW = 60.0
#: Messages allowed per conversation and window. This is enough for somebody who types fast in a panic.
MESSAGES = 40
#: Services that may be opened or called from a conversation per window.
OPENED = 20
#: Conversations that one address may start per window. All the pupils of a school may share an address.
STARTS = 60
#: Maximum number of keys in memory.
MAX_KEYS = 10_000
#: Seconds after which the salt and every count are discarded.
SALT_SECONDS = 60 * 60


class SingleUse:
    """Remembers the hashes of the keys that have been used."""

    def __init__(self) -> None:
        self._used: "OrderedDict[bytes, None]" = OrderedDict()

    def use(self, key: str) -> bool:
        """Mark `key` as used. Return whether this was its first use."""
        hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        if hashed in self._used:
            return False
        self._used[hashed] = None
        while len(self._used) > MAX_KEYS:
            self._used.popitem(last=False)
        return True


class RateLimit:
    """A sliding-window rate limit per key. Keys are stored as salted hashes."""

    def __init__(self, uses: int, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow each key `uses` uses within `window` seconds."""
        self._uses, self._window, self._clock = uses, window, clock
        self._times: "OrderedDict[bytes, Deque[float]]" = OrderedDict()
        self._new_salt()

    def wait(self, key: str) -> float:
        """Return the seconds until `key` may be used again. If it may be used now, count a use and return 0."""
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
        """Remove the last use of `key` from the count."""
        times = self._times_of(key)
        if times:
            times.pop()

    def _times_of(self, key: str) -> Deque[float]:
        hashed = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).digest()
        times = self._times.setdefault(hashed, deque())
        self._times.move_to_end(hashed)
        while len(self._times) > MAX_KEYS:
            self._times.popitem(last=False)
        return times

    def _new_salt(self) -> None:
        self._salt, self._salted_at = secrets.token_bytes(32), self._clock()
        self._times.clear()
