"""Puts TLS in front of a local server, for browsers that accept secure cookies only over TLS."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

from nginx import Certificate


@contextmanager
def tls_in_front_of(url: str, folder: Path) -> Iterator[str]:
    """Forward TLS connections to `url`, and yield the new address. The untrusted certificate is written to `folder`."""
    certificate, behind = Certificate(folder), urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)

    class Tunnel(BaseRequestHandler):
        def handle(self) -> None:
            # A browser that does not trust the certificate disconnects, then connects again.
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as client,
                socket.create_connection((behind.hostname, behind.port)) as server,
            ):
                back = threading.Thread(target=_pass_on, args=(server, client))
                back.start()
                _pass_on(client, server)
                back.join()

    with ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as front:
        front.daemon_threads = True
        front.block_on_close = False
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{front.server_address[1]}/"
        front.shutdown()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
