"""Rate limits (for conversations, addresses and sign-ins), single-use keys and failed attempts, for both sites.

Keys are stored only in memory, and only as hashes. A single process keeps its own counts, with `LocalCounts`. Several
processes share theirs, either in the supervisor's memory if they run on one machine (bot/control.py), or otherwise in
Redis (bot/redis_counts.py).
"""

import hashlib
import secrets
import time
from collections import OrderedDict, deque
from typing import Callable, Deque, Dict, NamedTuple, Optional, Protocol

#: Length of the sliding window in seconds.
WINDOW = 60.0
#: Messages allowed per conversation and window. This is enough for fast typing in a panic.
MESSAGES = 40
#: Services that may be opened or called from a conversation per window.
OPENED = 20
#: Messages that indicate danger are still answered after a limit is reached, up to this number per conversation or
#: network and window. Above that, the person gets a fixed answer.
DANGERS = 20
#: Conversations that a network may start per window, unless STREETWISE_STARTS says otherwise. A school's pupils may all
#: share an address, and a lesson may send them here at once. bot/chat/admission.py protects the chat from a flood.
STARTS = 600
#: Faults that may be reported per window: from one conversation or network, and in total.
COMPLAINTS, ALL_COMPLAINTS = 10, 100
#: Maximum number of keys in memory.
MAX_KEYS = 10_000
#: Seconds after which the salt and all counts are discarded.
SALT_SECONDS = 60 * 60


class Rule(NamedTuple):
    """A rate limit: a key may be used `uses` times within `window` seconds. Each rule has its own name."""

    name: str
    uses: int
    window: float = WINDOW


class Tries(NamedTuple):
    """The number of failed attempts with a key, and the time of the last one in seconds since 1970."""

    failures: int = 0
    last_at: int = 0


class Counts(Protocol):
    """Counts uses and failed attempts. Methods never fail: without the shared counts, this process keeps its own."""

    async def wait(self, rule: Rule, key: str) -> float:
        """Return the seconds until `key` may be used again. If it may be used now, count a use and return 0."""

    async def forgive(self, rule: Rule, key: str) -> None:
        """Remove the last use of `key` from the count."""

    async def use(self, kind: str, key: str) -> bool:
        """Mark a key of this kind as used. Return whether this was its first use."""

    async def fail(self, kind: str, key: str, now: int) -> Tries:
        """Count a failed attempt with a key of this kind, and return the failed attempts so far."""

    async def tries(self, kind: str, key: str) -> Tries:
        """Return the failed attempts with a key of this kind."""


class SingleUse:
    """Remembers the hashes of used keys."""

    def __init__(self) -> None:
        self._used: "OrderedDict[bytes, None]" = OrderedDict()

    def use(self, key: str) -> bool:
        """Mark `key` as used. Return whether this was its first use."""
        hashed = _hashed(key)
        if hashed in self._used:
            return False
        self._used[hashed] = None
        while len(self._used) > MAX_KEYS:
            self._used.popitem(last=False)
        return True


class KeyedValues:
    """Maps the hashes of keys to values. Above `MAX_KEYS`, the oldest are dropped."""

    def __init__(self) -> None:
        self._values: "OrderedDict[bytes, str]" = OrderedDict()

    def get(self, key: str) -> Optional[str]:
        """Return the value of `key`, or None if it has none."""
        return self._values.get(_hashed(key))

    def set(self, key: str, value: str) -> None:
        """Set the value of `key`."""
        self._values[_hashed(key)] = value
        while len(self._values) > MAX_KEYS:
            self._values.popitem(last=False)


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


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


class FailedTries:
    """Counts the failed attempts with each key. Keys are stored as salted hashes, because people type some of them."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)
        self._tries: "OrderedDict[bytes, Tries]" = OrderedDict()

    def fail(self, key: str, now: int) -> Tries:
        """Count a failed attempt, and return the failed attempts so far."""
        hashed = self._hash(key)
        tries = self._tries[hashed] = Tries(self._tries.get(hashed, Tries()).failures + 1, now)
        self._tries.move_to_end(hashed)
        while len(self._tries) > MAX_KEYS:
            self._tries.popitem(last=False)
        return tries

    def of(self, key: str) -> Tries:
        """Return the failed attempts with a key."""
        return self._tries.get(self._hash(key), Tries())

    def _hash(self, key: str) -> bytes:
        return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).digest()


class LocalCounts:
    """Counts in this process's memory. See `Counts`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Use `clock`, which returns seconds, for the rate limits."""
        self._clock = clock
        self._limits: Dict[Rule, RateLimit] = {}
        self._used: Dict[str, SingleUse] = {}
        self._failed: Dict[str, FailedTries] = {}

    async def wait(self, rule: Rule, key: str) -> float:
        """See `Counts`."""
        return self._limit(rule).wait(key)

    async def forgive(self, rule: Rule, key: str) -> None:
        """See `Counts`."""
        self._limit(rule).forgive(key)

    async def use(self, kind: str, key: str) -> bool:
        """See `Counts`."""
        return self._used.setdefault(kind, SingleUse()).use(key)

    async def fail(self, kind: str, key: str, now: int) -> Tries:
        """See `Counts`."""
        return self._failed.setdefault(kind, FailedTries()).fail(key, now)

    async def tries(self, kind: str, key: str) -> Tries:
        """See `Counts`."""
        return self._failed.setdefault(kind, FailedTries()).of(key)

    def _limit(self, rule: Rule) -> RateLimit:
        if rule not in self._limits:
            self._limits[rule] = RateLimit(rule.uses, rule.window, self._clock)
        return self._limits[rule]
