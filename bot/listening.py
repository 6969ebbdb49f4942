"""Binds the sockets on which the two sites listen, before anything slow is loaded.

One process binds the sockets. If it has workers, they listen on the same sockets.
"""

import errno
import os
import socket
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
#: Size of a connection's send buffer in bytes. By default, megabytes are buffered for a client that does not read.
SEND_BUFFER = 32_768


class PortError(RuntimeError):
    """A port cannot be used. The message names the port and the setting that chooses another one."""


class Listeners(NamedTuple):
    """A bound socket for each of the two sites."""

    chat: socket.socket
    console: socket.socket


class Addresses(NamedTuple):
    """The two sites' addresses, and whether the console has no accounts yet."""

    chat: str
    console: str
    has_no_staff: bool


class Place(NamedTuple):
    """An address to listen on, and the setting that chooses its port.

    Args:
        host: an IP address.
        port: the port, or 0 for any free port. Sanic itself would replace 0 with 8000.
        setting: the environment variable that sets the port, for the error message.
    """

    host: str
    port: int
    setting: str


def bind(place: Place) -> socket.socket:
    """Bind a port. No connection is accepted until something listens on the socket.

    Raises:
        PortError: the port is taken, this account may not use it, or the address does not belong to this machine.
    """
    host, port, setting = place
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        is_taken = error.errno == errno.EADDRINUSE
        reason = "another program listens there" if is_taken else os.strerror(error.errno or 0)
        raise PortError(
            f"Port {port} on {host} cannot be used: {reason}. Stop that program, or set {setting} to another port."
        ) from error
    return bound


def address_of(listener: socket.socket) -> str:
    """Return the URL of a site that listens on a socket."""
    host, port = listener.getsockname()[:2]
    return url_of(host, port)


def url_of(host: str, port: int) -> str:
    """Return the URL of an IP address and a port."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
