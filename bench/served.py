"""The whole assistant, started as a person would start it: what the bench and the tests talk to."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT

#: Seconds that a start may take.
START_TIMEOUT = 120


class Server:
    """A running `streetwise serve`: its addresses, its data and its process."""

    def __init__(self, data_dir: Path, log_level: str = "WARNING") -> None:
        """Start it on free ports and wait until both sites answer; its log lies beside `data_dir`.

        Raises:
            RuntimeError: it did not start; holds its log.
        """
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        environment = {
            **os.environ,
            "STREETWISE_CHAT_PORT": "0",
            "STREETWISE_CONSOLE_PORT": "0",
            "STREETWISE_DATA_DIR": str(data_dir),
            "STREETWISE_LOG_LEVEL": log_level,
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self.chat, self.console = self._addresses()

    def _addresses(self) -> "tuple[str, str]":
        for _ in range(START_TIMEOUT * 10):
            found = re.findall(r"(?:Chat|Console) +(http://\S+)", self.log.read_text())
            if len(found) == 2:
                return found[0], found[1]
            try:
                self.process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal and wait until it has ended."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)
