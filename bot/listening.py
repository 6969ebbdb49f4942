"""The sockets on which the two sites listen. One process binds them; its workers, if it has any, listen on them."""

import socket
from typing import NamedTuple

HOST = "127.0.0.1"
#: Size of a connection's send buffer in bytes. By default, megabytes are buffered for a client that does not read.
SEND_BUFFER = 32_768


class Addresses(NamedTuple):
    """The two sites' addresses, and whether the console has no accounts yet."""

    chat: str
    console: str
    has_no_staff: bool


def bind(port: int) -> socket.socket:
    """Return a socket on the loopback address that does not listen yet.

    Args:
        port: the port, or 0 for any free port, which Sanic would turn into 8000.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the URL of a site that listens on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}/"
