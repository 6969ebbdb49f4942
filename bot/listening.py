"""Binds the sockets on which the two sites listen, before anything slow is loaded.

One process binds them. If it has workers, they listen on them.
"""

import errno
import os
import socket
from typing import NamedTuple

HOST = "127.0.0.1"
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


def bind_sites(chat_port: int, console_port: int) -> Listeners:
    """Bind the ports of the two sites. See `bind`.

    Raises:
        PortError: a port cannot be used.
    """
    return Listeners(bind(chat_port, "STREETWISE_CHAT_PORT"), bind(console_port, "STREETWISE_CONSOLE_PORT"))


def bind(port: int, setting: str) -> socket.socket:
    """Bind a port on loopback. Nothing is accepted until something listens on the socket.

    Args:
        port: the port, or 0 for any free port, which Sanic would turn into 8000.
        setting: the environment variable that sets the port, for the error message.

    Raises:
        PortError: the port is taken, or this account may not use it.
    """
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        is_taken = error.errno == errno.EADDRINUSE
        reason = "another program listens there" if is_taken else os.strerror(error.errno or 0)
        raise PortError(
            f"Port {port} on {HOST} cannot be used: {reason}. Stop that program, or set {setting} to another port."
        ) from error
    return bound


def address_of(listener: socket.socket) -> str:
    """Return the URL of a site that listens on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}/"
