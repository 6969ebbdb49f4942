"""Limits password guessing with unknown account names and across many names."""

from bot.rate_limit import Counts, Rule
from bot.store.sign_in import wait_after

#: Number of failed sign-in attempts per minute, across all names, after which everybody has to wait.
TRIES_PER_MINUTE = 30

_RULE = Rule("sign_ins", TRIES_PER_MINUTE)
_UNKNOWN = "unknown_names"
_ALL = ""


class Throttle:
    """Counts failed attempts. `Counts` keeps names as salted hashes, because people may type a password as a name."""

    def __init__(self, counts: Counts) -> None:
        """Count in `counts`."""
        self._counts = counts

    async def wait(self) -> float:
        """Return how many seconds everybody must wait. If it is 0, count an attempt, which `forgive` can take back."""
        return await self._counts.wait(_RULE, _ALL)

    async def forgive(self) -> None:
        """Take back the last attempt, because it succeeded."""
        await self._counts.forgive(_RULE, _ALL)

    async def locked_until(self, name: str) -> int:
        """Return when an unknown name's lock ends. Unknown names are locked too, so that they look like accounts."""
        tries = await self._counts.tries(_UNKNOWN, name)
        return tries.last_at + wait_after(tries.failures)

    async def fail(self, name: str, now: int) -> int:
        """Count an attempt with an unknown name, and return the seconds until the next one is allowed."""
        return wait_after((await self._counts.fail(_UNKNOWN, name, now)).failures)
