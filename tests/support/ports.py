"""Helpers for tests that start a program listening on a local port."""

import socket
import subprocess
from pathlib import Path

#: Seconds between attempts to connect.
ATTEMPT_EVERY = 0.1


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]", log: Path, seconds: float) -> None:
    """Wait until a program is listening on a local port.

    Raises:
        RuntimeError: the program ended or took longer than `seconds`; the message includes the end of its log.
    """
    for _ in range(int(seconds / ATTEMPT_EVERY)):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            pass
        try:
            process.wait(timeout=ATTEMPT_EVERY)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"Nothing listens on port {port}:\n{log.read_text(encoding='utf-8')[-3000:]}")
