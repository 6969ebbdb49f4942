"""Runs a real nginx with the shipped configuration, with only the changes needed to run alongside other servers."""

import grp
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Callable, Dict, Mapping, Optional
from urllib.parse import urlsplit

import httpx
import pytest
from ports import free_port, wait_until_it_listens

from bot.commands.maintenance_page import write_maintenance_page
from bot.settings import ROOT
from evaluation.server import Server

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
NAME = "chat.example.org"
HELPLINES = ("999", "0800 1111", "101")
#: Seconds to wait for nginx to close a connection, which it should do at once or after a timeout of one second.
SOON = 10


class Certificate:
    """A certificate for the site's name that only these tests trust."""

    def __init__(self, folder: Path) -> None:
        self.chain, self.key = folder / "fullchain.pem", folder / "key.pem"
        subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2"]
        kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        files = ["-keyout", str(self.key), "-out", str(self.chain)]
        subprocess.run([program("openssl"), "req", *kind, *subject, *files], check=True, capture_output=True)

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.chain))


class Nginx:
    """A running nginx in front of the program. It writes all its files to `folder`."""

    def __init__(
        self, folder: Path, server: Optional[Server] = None, changes: Optional[Mapping[str, str]] = None
    ) -> None:
        """Start nginx and wait until it accepts connections.

        Args:
            folder: an empty folder for nginx's files, created if it does not exist.
            server: the program behind nginx; by default, nothing answers there.
            changes: maps any other text to change in the configuration to its replacement.
        """
        self.folder = folder
        self.https, self.http = free_port(), free_port()
        self._behind = urlsplit(server.chat).netloc if server else f"127.0.0.1:{free_port()}"
        (folder / "site").mkdir(parents=True)
        write_maintenance_page(folder / "site" / "off.html")
        self._certificate = Certificate(folder)
        self._configuration = folder / "nginx.conf"
        self._configuration.write_text(self._shipped(changes or {}), encoding="utf-8")
        self._output = folder / "output.log"
        with self._output.open("w") as output:
            command = [*self._command(), "-g", "daemon off;"]
            self._process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        wait_until_it_listens(self.https, self._process, self._output, SOON)

    def __enter__(self) -> "Nginx":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def check(self) -> "subprocess.CompletedProcess[str]":
        """Run `nginx -t` on the configuration and return the result."""
        return subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)

    def client(self, address: str = "127.0.0.1", name: str = NAME) -> httpx.Client:
        """Return a client that connects from `address` over TLS and requests the site called `name`."""
        transport = _ByName(verify=self._certificate.trust(), local_address=address)
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.https}", transport=transport, headers={"Host": name}, timeout=60
        )

    def connect(self, address: str = "127.0.0.1", protocol: str = "http/1.1") -> ssl.SSLSocket:
        """Open a raw TLS connection from `address`, for sending data that no real client would."""
        context = self._certificate.trust()
        context.set_alpn_protocols([protocol])
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=SOON, source_address=(address, 0))
        return context.wrap_socket(plain, server_hostname=NAME)

    def said(self, log: str) -> str:
        """Return the contents of a log in nginx's folder."""
        return (self.folder / log).read_text(encoding="utf-8")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    def _shipped(self, changes: Mapping[str, str]) -> str:
        text = replaced(CONFIGURATION.read_text(encoding="utf-8"), {**self._moved(), **changes})
        # Listen only on IPv4 loopback, because a container may have no IPv6.
        text = re.sub(r"listen \[::\].*\n", "", text)
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.https}")
        return text.replace("listen 80", f"listen 127.0.0.1:{self.http}")

    def _moved(self) -> Dict[str, str]:
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        # This site does not use these folders, but nginx would create them at Debian's default paths.
        unused = " ".join(f"{kind}_temp_path {kind};" for kind in ("fastcgi", "uwsgi", "scgi"))
        return {
            "user www-data;": f"user {user} {group};",
            "/run/nginx.pid": "nginx.pid",
            "/run/nginx-body": "body",
            "/run/nginx-proxy": "proxy",
            "/var/log/nginx/error.log": "error.log",
            "/var/www/streetwise": "site",
            "/etc/ssl/streetwise/fullchain.pem": str(self._certificate.chain),
            "/etc/ssl/private/streetwise.pem": str(self._certificate.key),
            "http://127.0.0.1:5005": f"http://{self._behind}",
            "http {": "http { " + unused,
        }

    def _command(self) -> "list[str]":
        return [program("nginx"), "-p", str(self.folder), "-c", str(self._configuration), "-e", "stderr"]


#: Starts a proxy; takes the same arguments as `Nginx`.
StartNginx = Callable[..., Nginx]


class _ByName(httpx.HTTPTransport):
    """Sends requests to this machine but asks for the site by name, as if DNS pointed here."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.headers["host"]
        return super().handle_request(request)


def program(name: str) -> str:
    """Return a program's path, or fail the test if it is not installed."""
    # Debian installs servers in directories that are only on root's path.
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    if found is None:
        pytest.fail(f"{name} is not installed: apt-get install {name}. The proxy's configuration is tested with it.")
    return found


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """Return `text` with each key of `changes` replaced by its value. Every key must occur."""
    for old, new in changes.items():
        assert old in text, f"deploy/nginx.conf has no {old!r}"
        text = text.replace(old, new)
    return text


def closes(connection: socket.socket) -> bool:
    """Whether the other side closes the connection within the timeout without sending anything."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
