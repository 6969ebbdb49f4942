"""Whether the page may say that its answers were checked, looked up seldom and never for long."""

import asyncio
import logging
import time
from typing import Awaitable, Callable, Optional

logger = logging.getLogger(__name__)

#: Seconds for which an answer of the store holds.
HOLDS_FOR = 60.0
#: Seconds that a page waits for one, at most; it claims nothing where the store takes longer.
PATIENCE = 0.2


class ReviewClaim:
    """What the store said last. Nothing is claimed before it has answered, or when it fails to."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Claim nothing yet; `clock` is in seconds."""
        self._clock = clock
        self._is_earned = False
        self._asked_at: Optional[float] = None
        self._asking: Optional["asyncio.Task[None]"] = None

    async def is_earned(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        """Whether a review may be claimed now; `ask` asks the store."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at >= HOLDS_FOR:
            self._asked_at, self._is_earned = now, False
            self._asking = asyncio.create_task(self._ask(ask))
        if self._asking is not None and not self._asking.done():
            await asyncio.wait({self._asking}, timeout=PATIENCE)
        return self._is_earned

    async def _ask(self, ask: Callable[[], Awaitable[bool]]) -> None:
        try:
            self._is_earned = await ask()
        except Exception as error:
            # The message of an exception may hold what is stored; its type may not.
            logger.error("Whether the texts are signed off could not be looked up: %s.", type(error).__name__)
