"""The chat's rate limits and its request queue. Messages that indicate danger bypass both if there is room."""

from contextlib import asynccontextmanager
from typing import AsyncIterator, Callable, Iterable, Optional

from bot.chat.admission import BusyError, Gate
from bot.chat.problems import ChatError
from bot.rate_limit import ALL_COMPLAINTS, COMPLAINTS, DANGERS, MESSAGES, OPENED, STARTS, Counts, LocalCounts, Rule

_MESSAGES, _OPENS = Rule("messages", MESSAGES), Rule("opened", OPENED)
#: Messages that indicate danger, and conversations that begin with one, have their own limit.
_DANGERS = Rule("dangers", DANGERS)
_COMPLAINTS, _ALL_COMPLAINTS = Rule("complaints", COMPLAINTS), Rule("all_complaints", ALL_COMPLAINTS)


def no_danger() -> bool:
    """Return False. This is the default for requests that cannot indicate danger."""
    return False


class Limits:
    """One chat's limits."""

    def __init__(self, counts: Optional[Counts] = None, starts: int = STARTS, gate: Optional[Gate] = None) -> None:
        """Set up the limits.

        Args:
            counts: the rate-limit counters, by default in this process's memory.
            starts: the number of conversations that a network may start per minute.
            gate: makes requests wait for their turn, by default a new one.
        """
        self._counts, self._gate = counts or LocalCounts(), gate or Gate()
        self.messages, self.starts, self.opens = _MESSAGES, Rule("starts", starts), _OPENS

    async def count(self, limit: Rule, key: str, is_danger: Callable[[], bool] = no_danger) -> None:
        """Count a use of `key`. Above the limit, messages that indicate danger count against a separate limit.

        Raises:
            ChatError: `key` has been used too often.
        """
        wait = await self._counts.wait(limit, key)
        if wait and not is_danger():
            raise ChatError("too_many", retry_after=wait)
        if wait and (wait := await self._counts.wait(_DANGERS, key)):
            raise ChatError("danger_unanswered", retry_after=wait)

    async def count_report(self, keys: Iterable[str]) -> None:
        """Count a fault report against each of `keys`, which identify its conversation and network.

        Raises:
            ChatError: there are too many reports for one of `keys`, or in total.
        """
        for key in keys:
            await self.count(_COMPLAINTS, key)
        # This also limits clients on unknown networks, and many networks acting together.
        await self.count(_ALL_COMPLAINTS, "")

    @asynccontextmanager
    async def turn(self, key: str, is_danger: Callable[[], bool] = no_danger) -> AsyncIterator[None]:
        """Wait until it is a request's turn in conversation `key`, and hold its place until the block ends.

        Raises:
            ChatError: the chat is too busy.
        """
        try:
            async with self._gate.turn(key, is_danger):
                yield
        except BusyError as busy:
            name = "danger_unanswered" if busy.is_danger else "overloaded"
            raise ChatError(name, retry_after=busy.retry_after) from None
