"""Runs a temporary Redis server, which listens on a free local port and stores nothing on disk."""

import shutil
import subprocess
from pathlib import Path
from typing import List

from ports import free_port, wait_until_it_listens

#: If this variable is set, as it is in .ci/run, the tests fail if Redis is not installed.
MUST = "STREETWISE_REDIS_MUST"
PROGRAM = "redis-server"
MISSING = "No Redis was found, so nothing was tried with it. Install Debian's package redis-server."
#: Seconds within which the server must start.
SOON = 20


def is_installed() -> bool:
    """Whether the server's program is on the path."""
    return shutil.which(PROGRAM) is not None


class RedisServer:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        """Start a server that writes its log to `folder`."""
        self.port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start the server empty and wait until it answers."""
        log = self._folder / "redis.log"
        with log.open("a") as output:
            self._process = subprocess.Popen([PROGRAM, *self._options()], cwd=self._folder, stdout=output)
        wait_until_it_listens(self.port, self._process, log, SOON)

    def kill(self) -> None:
        """Stop the server immediately, losing its data."""
        self._process.kill()
        self._process.wait()

    def _options(self) -> List[str]:
        return ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
