"""Starts the whole assistant as an operator would, for evaluation, screenshots and tests."""

import os
import re
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import List, Optional, Sequence

from sqlalchemy.engine import Connection

from bot.settings import ROOT
from bot.store.quiet import QUIET_SECONDS
from bot.store.schema import conversations

#: Seconds to wait for the server to start.
START_TIMEOUT = 120


class Server:
    """A running `streetwise serve`, with its addresses, data directory and process."""

    def __init__(
        self,
        data_dir: Path,
        log_level: str = "WARNING",
        at: Optional[datetime] = None,
        program: Sequence[str] = ("-m", "bot.cli"),
        **settings: str,
    ) -> None:
        """Start the server on free ports and wait until both sites are up. Its log is written next to `data_dir`.

        Args:
            data_dir: the directory for its databases.
            log_level: the value for STREETWISE_LOG_LEVEL.
            at: the time to set its clock to when it starts, or None for the real time.
            program: the arguments to the Python interpreter that start the server.
            settings: additional environment variables.

        Raises:
            RuntimeError: the server did not start. The error message contains its log.
        """
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        environment = {
            **os.environ,
            "STREETWISE_CHAT_PORT": "0",
            "STREETWISE_CONSOLE_PORT": "0",
            "STREETWISE_DATA_DIR": str(data_dir),
            "STREETWISE_LOG_LEVEL": log_level,
            **settings,
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *(program if at is None else _travelling(at)), "serve"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
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
        """Send a signal to the process and wait for it to exit."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)


def _travelling(at: datetime) -> List[str]:
    travel = f"import time_machine; time_machine.travel({at.timestamp()}).start(); import bot.cli; bot.cli.main()"
    return ["-c", travel]


def make_readable(connection: Connection) -> None:
    """Backdate all conversations far enough for staff to be allowed to read them now."""
    earlier = conversations.c.last_at - QUIET_SECONDS
    connection.execute(conversations.update().values(last_at=earlier))
