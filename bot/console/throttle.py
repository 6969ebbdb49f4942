"""Slows guessing of passwords down where no account can: with names that are nobody's, and one name after another."""

import hashlib
import secrets
from collections import OrderedDict
from typing import Callable, NamedTuple

from bot.limits import RateLimit
from bot.store.sign_in import wait_after

#: Wrong tries within a minute, with whatever names, after which everybody waits.
A_MINUTE = 30
#: Names remembered at once.
REMEMBERED = 10_000

_ALL = ""


class Wrong(NamedTuple):
    """Tries with a name that is nobody's, and until when the next one waits, in seconds since 1970."""

    failures: int
    locked_until: int


class Throttle:
    """Counts wrong tries in memory. Names are known by a salted hash: people type their password there."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Go by `clock`, which gives seconds."""
        self._tries = RateLimit(A_MINUTE, clock=clock)
        self._strangers: "OrderedDict[bytes, Wrong]" = OrderedDict()
        self._salt = secrets.token_bytes(32)

    def wait(self) -> float:
        """Seconds that everybody must wait; 0 where somebody may try, and then this call counts as a wrong try."""
        return self._tries.wait(_ALL)

    def forgive(self) -> None:
        """Take the last try off: it was right."""
        self._tries.forgive(_ALL)

    def locked_until(self, name: str) -> int:
        """Until when a name that is nobody's waits, as an account would: who guesses cannot tell them apart."""
        return self._strangers.get(self._hash(name), Wrong(0, 0)).locked_until

    def fail(self, name: str, now: int) -> int:
        """Count a try with a name that is nobody's; returns the seconds until the next one may be made."""
        hashed = self._hash(name)
        failures = self._strangers.get(hashed, Wrong(0, 0)).failures + 1
        wait = wait_after(failures)
        self._strangers[hashed] = Wrong(failures, now + wait)
        self._strangers.move_to_end(hashed)
        while len(self._strangers) > REMEMBERED:
            self._strangers.popitem(last=False)
        return wait

    def _hash(self, name: str) -> bytes:
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).digest()
