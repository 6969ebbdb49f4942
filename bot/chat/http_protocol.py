"""Sanic's HTTP protocol with enforced time limits and strict request parsing.

Sanic 21.12 restarts its timeouts with every byte received, so it never cuts off a client that sends a byte now and
then. It also waits forever for a client that does not read, and loops or fails on an invalid Content-Length or URL. A
reverse proxy prevents most of this, but the program must be safe without one.
"""

import re
from time import monotonic
from typing import Any, Iterable, Optional

from httptools.parser.errors import HttpParserInvalidURLError
from sanic import Sanic
from sanic.exceptions import InvalidUsage, RequestTimeout
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol

from bot.chat.session import ANSWER_TIMEOUT

#: Maximum seconds that an idle connection stays open.
KEEP_ALIVE = 5.0
#: Maximum size of a request's headers in bytes, which is Sanic's own maximum. A search of 10,000 characters fits.
MAX_HEADER = 16_384

_LENGTH = re.compile(r"[0-9]{1,18}")
#: A header name (RFC 9110).
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: The line before a chunk: the preceding line break, and the chunk size with any extensions.
_CHUNK = re.compile(rb"\r\n[0-9A-Fa-f]{1,8}[ \t]*(;[^\r\n]*)?\r\n")
#: Maximum number of bytes in that line.
_MAX_CHUNK_LINE = 64


def configure_limits(app: Sanic, body: int, seconds: float) -> None:
    """Set the size and time limits for requests to `app`.

    Args:
        app: one of our sites, before it is started.
        body: maximum size of a request body in bytes.
        seconds: maximum time for a request to arrive, and for a client to read the response.
    """
    app.config.update(
        {
            "REQUEST_MAX_SIZE": body,
            "REQUEST_MAX_HEADER_SIZE": MAX_HEADER,
            "REQUEST_TIMEOUT": seconds,
            "RESPONSE_TIMEOUT": seconds + ANSWER_TIMEOUT,
            "KEEP_ALIVE_TIMEOUT": min(KEEP_ALIVE, seconds),
        }
    )


def close_after_next_request(app: Sanic, connections: "Iterable[StrictProtocol]") -> None:
    """Make each connection to `app` close once it has answered its current request, or its next one if it is idle."""
    app.ctx.is_stopping = True
    for connection in connections:
        if connection._http is not None:
            connection._http.keep_alive = False


def close_if_idle(connections: "Iterable[StrictProtocol]") -> None:
    """Close the connections on which no request has begun to arrive."""
    for connection in list(connections):
        if not connection.recv_buffer:
            connection.close_if_idle()


def give_up_on_parts(connections: "Iterable[StrictProtocol]") -> None:
    """Stop waiting for the rest of partly received requests."""
    for connection in list(connections):
        if connection.has_part_of_a_request:
            connection.give_up_on_request()


def _is_stopping(app: Sanic) -> bool:
    return getattr(app.ctx, "is_stopping", False)


class StrictHttp(Http):
    """Parses requests strictly (RFC 9112). Invalid requests are answered with 400 and never logged."""

    __slots__ = ()

    async def http1_request_header(self) -> None:
        """See the base class. Answer 400 where Sanic would fail or loop."""
        try:
            await super().http1_request_header()
            _check(self.request)
            # Sanic resets `keep_alive` for each request.
            self.keep_alive = self.keep_alive and not _is_stopping(self.protocol.app)
        except (ValueError, LookupError, HttpParserInvalidURLError):
            self._discard_request()
            # A chained exception would put the request in the log.
            raise InvalidUsage("Bad Request") from None
        except InvalidUsage:
            self._discard_request()
            raise

    async def read(self) -> Optional[bytes]:
        """See the base class. The error does not quote the chunk, and reading stops once the response has been sent."""
        try:
            if self.request_bytes_left == 0 and self.request_body == "chunked":
                await self._check_chunk()
            data: Optional[bytes] = await super().read()
        except InvalidUsage:
            self.request_body = None
            self.keep_alive = False
            if self.stage is Stage.IDLE:
                return None
            raise InvalidUsage("Bad Request") from None
        return data

    async def _check_chunk(self) -> None:
        """Check the line before a chunk, because Sanic accepts invalid sizes such as `0x1b` and `1_b`."""
        buffer = self.recv_buffer
        while (end := buffer.find(b"\r\n", 3)) < 0:
            if len(buffer) > _MAX_CHUNK_LINE:
                raise InvalidUsage("Bad chunked encoding")
            await self._receive_more()
        if not _CHUNK.fullmatch(bytes(buffer[: end + 2])):
            raise InvalidUsage("Bad chunked encoding")

    def _discard_request(self) -> None:
        """Drop a request that could not be parsed. Otherwise, Sanic would parse its URL again and wait for its body."""
        self.url = self.request_body = None
        self.request: Any = None


def _check(request: Request) -> None:
    """Check that a request has an unambiguous length, a path and valid header names.

    Raises:
        ValueError: the length is ambiguous, the encoding is unknown, there is no path, or a header name is invalid.
    """
    if not all(_NAME.fullmatch(name) for name in request.headers):
        raise ValueError("a header has no proper name")
    lengths = request.headers.getall("content-length", [])
    encodings = request.headers.getall("transfer-encoding", [])
    if len(lengths) + len(encodings) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise ValueError("its length is not certain")
    if encodings and encodings != ["chunked"]:
        raise ValueError("its encoding is unknown")
    if not request._parsed_url.path:
        raise ValueError("it has no path")


class StrictProtocol(HttpProtocol):
    """A connection whose request timeout starts with the first byte of the request and is not restarted."""

    __slots__ = ()

    def _setup_connection(self) -> None:
        super()._setup_connection()
        self._http: Any = StrictHttp(self)

    def data_received(self, data: bytes) -> None:
        """See the base class. Further bytes of the same request do not restart the timeout."""
        began = self._time
        super().data_received(data)
        http = getattr(self, "_http", None)
        if http is not None and (http.stage is not Stage.IDLE or getattr(http, "request_body", None)):
            self._time = began

    def connection_lost(self, exc: Optional[Exception]) -> None:
        """See the base class. A client that disconnects is not logged as an error."""
        http = getattr(self, "_http", None)
        if http is not None:
            http.exception = RequestTimeout("The client went")
        super().connection_lost(exc)

    def close(self, timeout: Optional[float] = None) -> None:
        """See the base class. The time limit also applies to the last response."""
        super().close(self.request_timeout if timeout is None else timeout)

    def check_timeouts(self) -> None:
        """See the base class. This also times out slow bodies and clients that never read, which Sanic does not."""
        http = self._http
        if self._task and http is not None and monotonic() - self._time > self.request_timeout:
            if self.transport and not self._can_write.is_set():
                http.exception = RequestTimeout("The client does not read")
                self.transport.abort()
                return
            if http.stage is Stage.HANDLER and http.request_body:
                self.give_up_on_request()
                return
        super().check_timeouts()

    @property
    def has_part_of_a_request(self) -> bool:
        """Whether only part of a request has arrived."""
        http = self._http
        return http is not None and (http.stage is Stage.REQUEST or (http.stage is Stage.HANDLER and http.request_body))

    def give_up_on_request(self) -> None:
        """Answer a partly received request with an error, and close the connection."""
        self._http.exception = RequestTimeout("The rest of the request does not come")
        self._http.request_body = None
        if self._task is not None:
            self._task.cancel()
