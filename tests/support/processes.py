"""Helpers that inspect and kill processes, and wait for something to happen in them."""

import os
import signal
import time
from pathlib import Path
from typing import Callable, Dict, List, Tuple

PROC = Path("/proc")
#: Seconds to wait for another process, which may be loading a model on a busy machine, and seconds between checks.
PATIENCE, LOOK_EVERY = 300, 0.05
#: The state in /proc of a process that has exited but that its parent has not waited for.
EXITED = "Z"


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait until `happened` returns true.

    Raises:
        TimeoutError: it did not happen in time.
    """
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        if happened():
            return
        time.sleep(LOOK_EVERY)
    raise TimeoutError(happened)


def children(pid: int) -> Dict[int, List[str]]:
    """Return the command lines of a process's running children, by process id."""
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                state, parent = _state_and_parent(folder)
                command = (folder / "cmdline").read_text().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid and state != EXITED:
                found[int(folder.name)] = command
    return found


def is_running(pid: int) -> bool:
    """Whether a process has not exited yet. One that its parent has not waited for has exited all the same."""
    try:
        return _state_and_parent(PROC / str(pid))[0] != EXITED
    except (FileNotFoundError, ProcessLookupError):
        return False


def _state_and_parent(folder: Path) -> Tuple[str, int]:
    state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def resident(pid: int) -> int:
    """Return a process's resident memory in bytes."""
    return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kill(pid: int) -> None:
    """Kill a process immediately."""
    os.kill(pid, signal.SIGKILL)
