"""Decides whether the page may say that its answers were reviewed. The store's result is cached."""

import asyncio
import logging
import time
from typing import Awaitable, Callable, Optional

logger = logging.getLogger(__name__)

#: How long a result is cached, in seconds.
CACHE_SECONDS = 60.0
#: Maximum seconds that a page waits for the store. If the store takes longer, the page makes no claim.
LOOKUP_TIMEOUT = 0.2


class ReviewClaim:
    """The store's last result, or False if the store has not answered yet or has failed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without a result. `clock` returns the time in seconds."""
        self._clock = clock
        self._is_earned = False
        self._asked_at: Optional[float] = None
        self._asking: Optional["asyncio.Task[None]"] = None

    async def is_earned(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        """Whether the page may now say that its answers were reviewed. `ask` looks this up in the store."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at >= CACHE_SECONDS:
            self._asked_at, self._is_earned = now, False
            self._asking = asyncio.create_task(self._ask(ask))
        if self._asking is not None and not self._asking.done():
            await asyncio.wait({self._asking}, timeout=LOOKUP_TIMEOUT)
        return self._is_earned

    async def _ask(self, ask: Callable[[], Awaitable[bool]]) -> None:
        try:
            self._is_earned = await ask()
        except Exception as error:
            # Log only the type: the exception's message may contain stored text.
            logger.error("Whether the texts are signed off could not be looked up: %s.", type(error).__name__)
