"""Redaction on a thread, with a deadline, so that one text does not make other people wait.

Python's `re` holds the interpreter lock while it matches, so a thread alone does not keep the event loop free: bounded
repetition in every pattern does (tests/redaction/test_bounds.py). The deadline covers what that test has not seen. A
thread that misses it cannot be stopped; its result is discarded.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, TypeVar

from bot.redaction.redactor import Redacted, Redactor

T = TypeVar("T")

#: Seconds that one text may take; the longest texts take 0.1.
DEADLINE = 2.0
#: Texts redacted at the same time.
THREADS = 2
_threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="redaction")


class DeadlineError(RuntimeError):
    """A text took too long. The message contains nothing of the text."""


async def redact_with_deadline(redactor: Redactor, text: str, seconds: float = DEADLINE) -> Redacted:
    """Redact `text` on a thread; see `with_deadline`."""
    return await with_deadline(redactor.redact, text, seconds=seconds)


async def with_deadline(read: Callable[..., T], *arguments: Any, seconds: float = DEADLINE) -> T:
    """Call `read` on a thread and return its result.

    Raises:
        DeadlineError: the call took longer than `seconds`. Nothing of the text may be used then.
    """
    reading = asyncio.get_running_loop().run_in_executor(_threads, read, *arguments)
    try:
        return await asyncio.wait_for(reading, seconds)
    except asyncio.TimeoutError:
        raise DeadlineError(f"A text was not read within {seconds:g} seconds.") from None
