"""What processes use, read from /proc: processor time, memory, and the cores that they may run on. Linux only."""

import os
import re
import sys
from pathlib import Path
from typing import Collection, List, NamedTuple, Sequence, Set, Tuple

PROC = Path("/proc")
#: Clock ticks a second, the unit of processor time in /proc.
TICKS = os.sysconf("SC_CLK_TCK")


class MachineError(RuntimeError):
    """The machine cannot be measured: it has no /proc, or only one core."""


class Memory(NamedTuple):
    """What processes hold, in MB: resident memory, and the share that is theirs if shared pages are split evenly."""

    resident: float
    share: float


def family(process_id: int) -> List[int]:
    """Return the ids of a process and of all that it has started, directly or not, and that still run."""
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
    """Return the processor time that these processes have used so far, with all their threads."""
    return sum(seconds_of((PROC / str(one) / "stat").read_text()) for one in process_ids)


def seconds_of(stat: str) -> float:
    """Read a process's /proc/PID/stat."""
    # The name, in brackets, may contain spaces. User and system time are the 14th and 15th fields.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy_seconds(cores: Collection[int]) -> float:
    """Return for how long these cores have been busy since the machine started, whatever they did, added up."""
    return busy_of((PROC / "stat").read_text(), cores)


def busy_of(stat: str, cores: Collection[int]) -> float:
    """Read /proc/stat. Time that a virtual machine had to wait for its host counts as busy."""
    total = 0
    for line in stat.splitlines():
        found = re.match(r"cpu(\d+) (.+)", line)
        if found and int(found[1]) in cores:
            user, nice, system, _idle, _waiting, *others = map(int, found[2].split())
            total += user + nice + system + sum(others[:3])
    return total / TICKS


def memory(process_ids: Sequence[int]) -> Memory:
    """Return what these processes hold together. Only the second figure can be added up.

    Raises:
        MachineError: this system does not say.
    """
    found = [_memory(one) for one in process_ids]
    return Memory(sum(one.resident for one in found), sum(one.share for one in found))


def _memory(process_id: int) -> Memory:
    rolled_up = _read(process_id, "smaps_rollup")
    return Memory(_megabytes(rolled_up, "Rss"), _megabytes(rolled_up, "Pss"))


def peak_memory(process_id: int) -> float:
    """Return a process's peak memory (VmHWM) in MB.

    Raises:
        MachineError: this system does not say.
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
    """Let all threads of these processes run only on these cores. Threads that they start later inherit that."""
    for one in process_ids:
        for thread in (PROC / str(one) / "task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


class Cores(NamedTuple):
    """The two cores for the server, and the cores for the clients, which are other ones if there are enough."""

    server: Tuple[int, int]
    clients: Tuple[int, ...]

    @property
    def are_shared(self) -> bool:
        """Whether the clients need part of the server's cores."""
        return bool(set(self.server) & set(self.clients))


def available_cores() -> Set[int]:
    """Return the cores that this process may run on.

    Raises:
        MachineError: this system does not say.
    """
    if sys.platform != "linux":
        raise MachineError("What processes use is read from /proc; run this on Linux.")
    return os.sched_getaffinity(0)


def divide(available: Collection[int]) -> Cores:
    """Divide the available cores between server and clients.

    Raises:
        MachineError: there is only one.
    """
    if len(available) < 2:
        raise MachineError("Two processes are compared with one, so this needs at least two cores.")
    first, second, *others = sorted(available)
    return Cores((first, second), tuple(others) or (first, second))
