"""A connection to one of our sites: Sanic's, with time limits that hold and requests read by the letter.

Sanic 21.12 starts its clocks anew with every byte that arrives, so a client that sends one now and then is never cut
off; it waits for ever for one that does not read; and it runs in a circle, or fails, on lengths that are no length and
addresses that are no address. A reverse proxy stops most of that. This stands without one.
"""

import re
from time import monotonic
from typing import Any, Optional

from httptools.parser.errors import HttpParserInvalidURLError
from sanic import Sanic
from sanic.exceptions import InvalidUsage, RequestTimeout
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol

from bot.chat.conversation import PATIENCE

#: Seconds that a connection stays open for a next request, at most.
KEEP_ALIVE = 5.0
#: Bytes that a request's head may have; Sanic takes no more. It holds a search of 10,000 characters, which is answered.
MAX_HEAD = 16_384

_LENGTH = re.compile(r"[0-9]{1,18}")


def limit(app: Sanic, body: int, seconds: float) -> None:
    """Bound what a client may take of `app`.

    Args:
        app: one of our sites, before it is started.
        body: bytes of a request's body.
        seconds: for a request to arrive, and for a client to take its answer.
    """
    app.config.update(
        {
            "REQUEST_MAX_SIZE": body,
            "REQUEST_MAX_HEADER_SIZE": MAX_HEAD,
            "REQUEST_TIMEOUT": seconds,
            "RESPONSE_TIMEOUT": seconds + PATIENCE,
            "KEEP_ALIVE_TIMEOUT": min(KEEP_ALIVE, seconds),
        }
    )


class StrictHttp(Http):
    """Reads requests as RFC 9112 wants them read; what is no request is a 400, and nothing of it reaches a log."""

    __slots__ = ()

    async def http1_request_header(self) -> None:
        """See the base class; answers what Sanic fails on or runs in a circle with."""
        try:
            await super().http1_request_header()
            _check(self.request)
        except (ValueError, LookupError, HttpParserInvalidURLError):
            self._forget()
            # The cause would quote the request in the log.
            raise InvalidUsage("Bad Request") from None
        except InvalidUsage:
            self._forget()
            raise

    async def read(self) -> Optional[bytes]:
        """See the base class; quotes no chunk, and reads no further once the answer is given."""
        try:
            data: Optional[bytes] = await super().read()
        except InvalidUsage:
            self.request_body = None
            self.keep_alive = False
            if self.stage is Stage.IDLE:
                return None
            raise InvalidUsage("Bad Request") from None
        return data

    def _forget(self) -> None:
        """Let go of what could not be read: Sanic would parse the address again, and wait for the body."""
        self.url = self.request_body = None
        self.request: Any = None


def _check(request: Request) -> None:
    """Refuse a request whose end is not certain, or without a path.

    Raises:
        ValueError: it is one.
    """
    lengths = request.headers.getall("content-length", [])
    encodings = request.headers.getall("transfer-encoding", [])
    if len(lengths) + len(encodings) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise ValueError("its length is not certain")
    if encodings and encodings != ["chunked"]:
        raise ValueError("its encoding is unknown")
    if not request._parsed_url.path:
        raise ValueError("it has no path")


class StrictProtocol(HttpProtocol):
    """A connection whose clock starts with the first byte of a request, and only then."""

    __slots__ = ()

    def _setup_connection(self) -> None:
        super()._setup_connection()
        self._http: Any = StrictHttp(self)

    def data_received(self, data: bytes) -> None:
        """See the base class; more of the same request wins no time."""
        began = self._time
        super().data_received(data)
        http = getattr(self, "_http", None)
        if http is not None and (http.stage is not Stage.IDLE or getattr(http, "request_body", None)):
            self._time = began

    def connection_lost(self, exc: Optional[Exception]) -> None:
        """See the base class; a client that goes is no failure of ours, and not logged as one."""
        http = getattr(self, "_http", None)
        if http is not None:
            http.exception = RequestTimeout("The client went")
        super().connection_lost(exc)

    def close(self, timeout: Optional[float] = None) -> None:
        """See the base class; the last answer, too, must be taken in time."""
        super().close(self.request_timeout if timeout is None else timeout)

    def check_timeouts(self) -> None:
        """See the base class, which knows of no slow body and waits for those that never read."""
        http = self._http
        if self._task and http is not None and monotonic() - self._time > self.request_timeout:
            if self.transport and not self._can_write.is_set():
                http.exception = RequestTimeout("The client does not read")
                self.transport.abort()
                return
            if http.stage is Stage.HANDLER and http.request_body:
                http.exception = RequestTimeout("The body does not come")
                http.request_body = None
                self._task.cancel()
                return
        super().check_timeouts()
