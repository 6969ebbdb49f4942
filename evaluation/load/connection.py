"""A minimal HTTP client. A full one would use as much processor time as the server that it measures."""

import asyncio
import json
import time
from typing import Dict, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

#: Seconds to wait for an answer. A later answer counts as no answer.
PATIENCE = 30.0
#: Seconds after which an idle connection is no longer reused, because the server may be about to close it.
IDLE = 2.0


class Answer(NamedTuple):
    """An answer: its status, its headers with lower-case names, its body, and the seconds until it was complete."""

    status: int
    headers: Dict[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Dict[str, object]:
        """The body, parsed as JSON."""
        found: Dict[str, object] = json.loads(self.body)
        return found


class Connections:
    """A pool of connections to a server, each carrying one request at a time."""

    def __init__(self, url: str) -> None:
        """Set the server's URL. Connections are opened as requests are sent."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._free: "list[Tuple[asyncio.StreamReader, asyncio.StreamWriter, float]]" = []

    async def post(self, path: str, body: object = None, token: Optional[str] = None) -> Answer:
        """Send a POST request; see `send`."""
        return await self.send("POST", path, body, token)

    async def send(self, method: str, path: str, body: object = None, token: Optional[str] = None) -> Answer:
        """Send a request with a JSON body, on a free connection or a new one.

        Raises:
            OSError, EOFError, asyncio.TimeoutError: there was no answer.
        """
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(content)}"]
        lines += ["Content-Type: application/json"] if content else []
        lines += [f"Authorization: Bearer {token}"] if token else []
        loop = asyncio.get_running_loop()
        began = loop.time()
        status, headers, received = await asyncio.wait_for(
            self._exchange("\r\n".join([*lines, "", ""]).encode() + content), PATIENCE
        )
        return Answer(status, headers, received, loop.time() - began)

    async def _exchange(self, request: bytes) -> Tuple[int, Dict[str, str], bytes]:
        reader, writer = self._take() or await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        except BaseException:
            writer.close()
            raise
        if headers.get("connection", "keep-alive").lower() == "keep-alive":
            self._free.append((reader, writer, time.monotonic()))
        else:
            writer.close()
        return int(head[0].split()[1]), headers, body

    def _take(self) -> "Optional[Tuple[asyncio.StreamReader, asyncio.StreamWriter]]":
        """Return a free connection that the server has not closed and is not about to close, or None."""
        while self._free:
            reader, writer, used_at = self._free.pop()
            if time.monotonic() - used_at < IDLE and not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    def close(self) -> None:
        """Close the free connections."""
        for _, writer, _ in self._free:
            writer.close()
        self._free.clear()
