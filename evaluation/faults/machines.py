"""Environments for injecting faults: starts that should fail, temporary PostgreSQL and Redis servers, a small disk."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from bot.settings import ROOT

#: Seconds to wait for a start that should fail, and for a database server to come up.
PATIENCE = 180


class Unavailable(Exception):  # noqa: N818 - not an error in the program
    """A fault cannot be injected, because this machine lacks something that it needs."""


class Refused(NamedTuple):
    """A start that failed: its exit status, its output, and how many seconds it took."""

    status: int
    said: str
    seconds: float

    def is_one_sentence_with(self, *parts: str) -> bool:
        """Whether the program failed with a message that contains `parts`, and without a traceback."""
        words = " ".join(self.said.split())
        return self.status == 1 and "Traceback" not in words and all(part in words for part in parts)


def start_in_vain(data_dir: Path, **settings: str) -> Refused:
    """Start a server that should refuse to serve.

    Raises:
        subprocess.TimeoutExpired: the server started instead.
    """
    environment = {
        **os.environ,
        "STREETWISE_CHAT_PORT": "0",
        "STREETWISE_CONSOLE_PORT": "0",
        "STREETWISE_DATA_DIR": str(data_dir),
        **settings,
    }
    command, began = [sys.executable, "-m", "bot.cli", "serve"], time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return Refused(done.returncode, done.stdout + done.stderr, time.monotonic() - began)


def free_port() -> int:
    """Return a port that nothing is listening on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Service:
    """A temporary database server, which can be killed and restarted."""

    def __init__(self, command: List[str], port: int, folder: Path, user: Optional[str] = None) -> None:
        """Start `command` in `folder` and wait until it is listening on `port`."""
        self._command, self.port, self._folder, self._user = command, port, folder, user
        self.start()

    def start(self) -> None:
        """Start the server and wait until it is listening."""
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, stdout=log, stderr=log, **_account(self._user)
            )
        for _ in range(PATIENCE * 10):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise Unavailable(f"{self._command[0]} does not start: {(self._folder / 'log').read_text()[-500:]}")

    def stop(self, number: int = signal.SIGKILL) -> None:
        """Send a signal and wait for the server to exit."""
        self._process.send_signal(number)
        self._process.wait(timeout=30)


@contextmanager
def redis_server() -> Iterator[Service]:
    """Run Redis without persistence."""
    program = shutil.which("redis-server")
    if program is None:
        raise Unavailable("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        service = Service([program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port, Path(folder))
        try:
            yield service
        finally:
            service.stop()


@contextmanager
def postgres_server() -> Iterator["tuple[Service, str]"]:
    """Run PostgreSQL with an empty database. Yield the server and the database's URL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if not found:
        raise Unavailable("PostgreSQL is not installed")
    binaries, port = found[0].parent, free_port()
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        folder = Path(directory)
        if user:
            # PostgreSQL refuses to run as root.
            shutil.chown(folder, user, user)
        data = str(folder / "data")
        _run([str(binaries / "initdb"), "-D", data, "-U", "streetwise", "-A", "trust", "-E", "UTF8"], folder, user)
        command = [str(binaries / "postgres"), "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        service = Service(command, port, folder, user)
        try:
            _created(binaries, port, folder, user)
            yield service, f"postgresql://streetwise@127.0.0.1:{port}/streetwise"
        finally:
            service.stop(signal.SIGQUIT)


def _created(binaries: Path, port: int, folder: Path, user: Optional[str]) -> None:
    """Create the database once the server accepts connections."""
    where = ["-h", "127.0.0.1", "-p", str(port), "-U", "streetwise"]
    for _ in range(PATIENCE):
        if subprocess.run([str(binaries / "pg_isready"), *where], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(1)
    _run([str(binaries / "createdb"), *where, "streetwise"], folder, user)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Mount a file system of this size.

    Raises:
        Unavailable: this account is not allowed to mount one.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            raise Unavailable("a small file system cannot be mounted here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def _run(command: List[str], folder: Path, user: Optional[str]) -> None:
    subprocess.run(command, cwd=folder, capture_output=True, check=True, **_account(user))


def _account(user: Optional[str]) -> Dict[str, Any]:
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
