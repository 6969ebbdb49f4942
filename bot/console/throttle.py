"""Limits password guessing with unknown account names and across many names."""

import hashlib
import secrets
from collections import OrderedDict
from typing import Callable, NamedTuple

from bot.rate_limit import RateLimit
from bot.store.sign_in import wait_after

#: Number of wrong tries per minute, across all names, after which everybody has to wait.
TRIES_PER_MINUTE = 30
#: Maximum number of unknown names that are remembered.
MAX_NAMES = 10_000

_ALL = ""


class FailedTries(NamedTuple):
    """The number of failed tries with an unknown name, and when its lock ends, in seconds since 1970."""

    failures: int
    locked_until: int


class Throttle:
    """Counts wrong tries in memory. Names are stored as salted hashes, because people may type a password as a name."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Use `clock`, which returns seconds."""
        self._tries = RateLimit(TRIES_PER_MINUTE, clock=clock)
        self._unknown: "OrderedDict[bytes, FailedTries]" = OrderedDict()
        self._salt = secrets.token_bytes(32)

    def wait(self) -> float:
        """Return the seconds that everybody must wait. If that is 0, count a wrong try, which `forgive` takes back."""
        return self._tries.wait(_ALL)

    def forgive(self) -> None:
        """Stop counting the last try, because it was right."""
        self._tries.forgive(_ALL)

    def locked_until(self, name: str) -> int:
        """Return when an unknown name's lock ends. Unknown names are locked like accounts, so they look the same."""
        return self._unknown.get(self._hash(name), FailedTries(0, 0)).locked_until

    def fail(self, name: str, now: int) -> int:
        """Count a try with an unknown name, and return the seconds until the next one is allowed."""
        hashed = self._hash(name)
        failures = self._unknown.get(hashed, FailedTries(0, 0)).failures + 1
        wait = wait_after(failures)
        self._unknown[hashed] = FailedTries(failures, now + wait)
        self._unknown.move_to_end(hashed)
        while len(self._unknown) > MAX_NAMES:
            self._unknown.popitem(last=False)
        return wait

    def _hash(self, name: str) -> bytes:
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).digest()
