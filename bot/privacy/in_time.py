"""Redaction on a thread, with a deadline: who waits for the answer to one text keeps nobody else waiting.

Python's `re` holds the interpreter's lock while it matches, so a thread alone would not keep the event loop free: what
does is that no pattern repeats anything without a bound (tests/privacy/test_bounds.py). The deadline is for what that
test has not seen. A thread that missed it cannot be stopped; what it finds is thrown away.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, TypeVar

from bot.privacy.redact import Redacted, Redactor

T = TypeVar("T")

#: Seconds that reading a text may take; the longest ones take a tenth of one.
DEADLINE = 2.0
#: Texts that are read at once.
THREADS = 2
_threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="redaction")


class SlowError(RuntimeError):
    """A text could not be read in time; it says nothing of the text."""


async def redact_in_time(redactor: Redactor, text: str, seconds: float = DEADLINE) -> Redacted:
    """What `redactor` makes of `text`; see `in_time`."""
    return await in_time(redactor.redact, text, seconds=seconds)


async def in_time(read: Callable[..., T], *arguments: Any, seconds: float = DEADLINE) -> T:
    """What `read` makes of a text.

    Raises:
        SlowError: it took longer than `seconds`. Nothing of the text may be used then.
    """
    reading = asyncio.get_running_loop().run_in_executor(_threads, read, *arguments)
    try:
        return await asyncio.wait_for(reading, seconds)
    except asyncio.TimeoutError:
        raise SlowError(f"A text was not read within {seconds:g} seconds.") from None
