"""Runs redaction on a thread with a deadline, so that one slow text does not hold up everybody else.

Python's `re` holds the interpreter lock while it matches, so running it on a thread is not enough to keep the event
loop free. The loop stays free because every pattern bounds its repetition (see tests/redaction/test_bounds.py). The
deadline is for inputs that the test does not cover. A thread that misses the deadline cannot be stopped, so its result
is discarded.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, TypeVar

from bot.redaction.redactor import Redacted, Redactor

T = TypeVar("T")

#: Time limit for one text, in seconds. The longest texts take 0.1.
DEADLINE = 2.0
#: Number of texts that can be redacted at the same time.
THREADS = 2
_threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="redaction")


class DeadlineError(RuntimeError):
    """Raised if a text takes too long. The error message does not quote any of the text."""


async def redact_with_deadline(redactor: Redactor, text: str, seconds: float = DEADLINE) -> Redacted:
    """Redact `text` on a thread, with a deadline (see `with_deadline`)."""
    return await with_deadline(redactor.redact, text, seconds=seconds)


async def with_deadline(read: Callable[..., T], *arguments: Any, seconds: float = DEADLINE) -> T:
    """Call `read` on a thread and return its result.

    Raises:
        DeadlineError: the call took longer than `seconds`. The caller must not use any part of the text.
    """
    reading = asyncio.get_running_loop().run_in_executor(_threads, read, *arguments)
    try:
        return await asyncio.wait_for(reading, seconds)
    except asyncio.TimeoutError:
        raise DeadlineError(f"A text was not read within {seconds:g} seconds.") from None
