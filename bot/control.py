"""The channel between the supervisor and its workers: one JSON object per line, over a pair of sockets.

A worker reports that it is ready, or why it is not. The supervisor keeps the rate-limit counters in memory, so that all
workers on a machine share them, and tells workers to retire. If one end closes, its process has ended.
"""

import asyncio
import itertools
import json
import socket
from contextlib import suppress
from typing import Any, Dict, List, Mapping, Optional

from bot.rate_limit import Counts, LocalCounts, Rule, Tries

#: Maximum seconds to wait for the supervisor before a worker falls back on its own counters.
PATIENCE = 1.0
#: Maximum length of a line in bytes. Keys are shorter than a request body.
LONGEST = 2**17


class Channel:
    """One end of the channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Use a connection. To create a channel from a socket, use `open`."""
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, end: socket.socket) -> "Channel":
        """Open a channel over one socket of a pair."""
        return cls(*await asyncio.open_connection(sock=end, limit=LONGEST))

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message. Does nothing if the other process has ended."""
        with suppress(ConnectionError):
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def receive(self) -> Optional[Dict[str, Any]]:
        """Return the next message, or None if the other process has ended."""
        with suppress(ConnectionError, ValueError):
            line = await self._reader.readline()
            if line.endswith(b"\n"):
                message: Dict[str, Any] = json.loads(line)
                return message
        return None

    async def close(self) -> None:
        """Send any remaining messages, and close this end."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


class SupervisedCounts:
    """A worker's counters, which are kept by the supervisor. See `Counts` in bot/rate_limit.py."""

    def __init__(self, channel: Channel) -> None:
        """Use `channel`. The code that receives the channel's messages must pass each answer to `settle`."""
        self._channel = channel
        self._own: Counts = LocalCounts()
        self._numbers = itertools.count()
        self._asked: "Dict[int, asyncio.Future[Any]]" = {}

    async def wait(self, rule: Rule, key: str) -> float:
        """See `Counts`."""
        found = await self._ask("wait", [*rule], key)
        return await self._own.wait(rule, key) if found is None else float(found)

    async def forgive(self, rule: Rule, key: str) -> None:
        """See `Counts`."""
        if await self._ask("forgive", [*rule], key) is None:
            await self._own.forgive(rule, key)

    async def use(self, kind: str, key: str) -> bool:
        """See `Counts`."""
        found = await self._ask("use", kind, key)
        return await self._own.use(kind, key) if found is None else bool(found)

    async def fail(self, kind: str, key: str, now: int) -> Tries:
        """See `Counts`."""
        found = await self._ask("fail", kind, key, now)
        return await self._own.fail(kind, key, now) if found is None else Tries(*found)

    async def tries(self, kind: str, key: str) -> Tries:
        """See `Counts`."""
        found = await self._ask("tries", kind, key)
        return await self._own.tries(kind, key) if found is None else Tries(*found)

    def settle(self, number: int, found: Any) -> None:
        """Pass on the supervisor's answer to a question."""
        asked = self._asked.get(number)
        if asked is not None and not asked.done():
            asked.set_result(found)

    async def _ask(self, call: str, *arguments: Any) -> Any:
        """Ask the supervisor to call a method of its counts. Return the result, or None if it does not answer."""
        number = next(self._numbers)
        self._asked[number] = asyncio.get_running_loop().create_future()
        self._channel.send({"ask": number, "call": call, "arguments": arguments})
        try:
            return await asyncio.wait_for(self._asked[number], PATIENCE)
        except asyncio.TimeoutError:
            return None
        finally:
            del self._asked[number]


async def answer(counts: Counts, call: str, arguments: List[Any]) -> Any:
    """Call the method of `counts` that a worker asked for. Return its result, which is never None."""
    if call in ("wait", "forgive"):
        arguments = [Rule(*arguments[0]), *arguments[1:]]
    found = await getattr(counts, call)(*arguments)
    return True if found is None else found
