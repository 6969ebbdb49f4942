"""Reads the processor time and memory of processes from /proc, and sets the cores that they run on. Linux only."""

import os
import re
import sys
from pathlib import Path
from typing import Collection, List, NamedTuple, Sequence, Set, Tuple

PROC = Path("/proc")
#: Clock ticks per second. /proc gives processor time in ticks.
TICKS = os.sysconf("SC_CLK_TCK")


class MachineError(RuntimeError):
    """The machine cannot be measured: it has no /proc, or only one core."""


class Memory(NamedTuple):
    """The memory of processes, in MB: all resident pages, and their share if shared pages are split evenly."""

    resident: float
    share: float


def family(process_id: int) -> List[int]:
    """Return the ids of a process and of all its descendants that are still running."""
    children = [
        int(child)
        for task in (PROC / str(process_id) / "task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [process_id, *(one for child in children for one in family(child))]


def command_line(process_id: int) -> List[str]:
    """Return a process's command line."""
    return (PROC / str(process_id) / "cmdline").read_text().rstrip("\0").split("\0")


def processor_seconds(process_ids: Sequence[int]) -> float:
    """Return the processor time that these processes and their threads have used so far, in seconds."""
    return sum(seconds_of((PROC / str(one) / "stat").read_text()) for one in process_ids)


def seconds_of(stat: str) -> float:
    """Return the processor seconds in a process's /proc/PID/stat."""
    # The name, in brackets, may contain spaces. User and system time are the 14th and 15th fields.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy_seconds(cores: Collection[int]) -> float:
    """Return the total seconds that these cores have been busy with any work since the machine started."""
    return busy_of((PROC / "stat").read_text(), cores)


def busy_of(stat: str, cores: Collection[int]) -> float:
    """Return the busy seconds of `cores` in /proc/stat, including time spent waiting for a virtual machine's host."""
    total = 0
    for line in stat.splitlines():
        found = re.match(r"cpu(\d+) (.+)", line)
        if found and int(found[1]) in cores:
            user, nice, system, _idle, _waiting, *others = map(int, found[2].split())
            total += user + nice + system + sum(others[:3])
    return total / TICKS


def memory(process_ids: Sequence[int]) -> Memory:
    """Return the total memory of these processes. `resident` counts shared pages once for each process.

    Raises:
        MachineError: this system does not report memory.
    """
    found = [_memory(one) for one in process_ids]
    return Memory(sum(one.resident for one in found), sum(one.share for one in found))


def _memory(process_id: int) -> Memory:
    rolled_up = _read(process_id, "smaps_rollup")
    return Memory(_megabytes(rolled_up, "Rss"), _megabytes(rolled_up, "Pss"))


def anonymous_memory(process_ids: Sequence[int]) -> float:
    """Return the total memory of these processes that is not backed by a file, in MB.

    Their share of all memory also grows when other programs that use the same libraries end.

    Raises:
        MachineError: this system does not report memory.
    """
    return sum(_megabytes(_read(one, "smaps_rollup"), "Anonymous") for one in process_ids)


def peak_memory(process_id: int) -> float:
    """Return a process's peak memory (VmHWM) in MB.

    Raises:
        MachineError: this system does not report it.
    """
    return _megabytes(_read(process_id, "status"), "VmHWM")


def _read(process_id: int, name: str) -> str:
    try:
        return (PROC / str(process_id) / name).read_text()
    except FileNotFoundError:
        raise MachineError("This system does not say how much memory a process holds.") from None


def _megabytes(text: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise MachineError(f"This system does not say how much memory a process holds ({name}).")
    return int(found[1]) / 1024


def pin(process_ids: Sequence[int], cores: Collection[int]) -> None:
    """Restrict all threads of these processes to these cores. Threads that they start later inherit this."""
    for one in process_ids:
        for thread in (PROC / str(one) / "task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


class Cores(NamedTuple):
    """The server's two cores, and the clients' cores. If there are only two cores, both use them."""

    server: Tuple[int, int]
    clients: Tuple[int, ...]

    @property
    def are_shared(self) -> bool:
        """Whether the clients run on the server's cores."""
        return bool(set(self.server) & set(self.clients))


def available_cores() -> Set[int]:
    """Return the cores that this process may run on.

    Raises:
        MachineError: this system is not Linux.
    """
    if sys.platform != "linux":
        raise MachineError("What processes use is read from /proc; run this on Linux.")
    return os.sched_getaffinity(0)


def divide(available: Collection[int]) -> Cores:
    """Divide the available cores between server and clients.

    Raises:
        MachineError: there is only one core.
    """
    if len(available) < 2:
        raise MachineError("Two processes are compared with one, so this needs at least two cores.")
    first, second, *others = sorted(available)
    return Cores((first, second), tuple(others) or (first, second))
