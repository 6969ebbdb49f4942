"""Keeps a fixed number of requests in flight, and measures the processor time of the server and the clients."""

import asyncio
import time
from typing import Awaitable, Callable, List, NamedTuple, Tuple

from evaluation.processes import Cores, busy_seconds, family, processor_seconds

#: Number of requests in flight at the same time.
WRITERS = 8
#: Seconds that a writer waits after a refusal.
PAUSE = 0.1


class Load(NamedTuple):
    """The measurements of a period of sending requests.

    `answered` and `refused` count requests, and `seconds` is the duration. `server`, `clients` and `machine` are the
    processor seconds used on the two cores by the server's processes, by the clients and by everything together.
    """

    answered: int
    refused: int
    seconds: float
    server: float
    clients: float
    machine: float

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return self.answered / self.seconds

    @property
    def cost(self) -> float:
        """The server's processor time per answered request, in milliseconds, including the time spent on refusals."""
        return 1000 * self.server / self.answered

    @property
    def shares(self) -> Tuple[float, float, float]:
        """The shares of the two cores used by the server, by the clients and by everything else."""
        cores = 2 * self.seconds
        others = max(0.0, self.machine - self.server - self.clients)
        return self.server / cores, self.clients / cores, others / cores

    @property
    def projected(self) -> float:
        """Requests answered per second if the server had both cores to itself, at the same cost per request."""
        return 2000 / self.cost


def total(loads: List[Load]) -> Load:
    """Add up the measurements of several rounds."""
    return Load(*(sum(values) for values in zip(*loads, strict=True)))


async def measure(process_id: int, cores: Cores, send: Callable[[int], Awaitable[bool]], seconds: float) -> Load:
    """Keep `WRITERS` requests in flight for `seconds`.

    Args:
        process_id: the server's process, which may have started others.
        cores: the cores of the server and of the clients.
        send: sends a request for the writer with this number, waits for the answer, and returns whether it was refused.
        seconds: how long to send requests, before waiting for the last answers.
    """
    answered = refused = 0

    async def write(writer: int, end: float) -> None:
        nonlocal answered, refused
        while time.monotonic() < end:
            if await send(writer):
                refused += 1
                await asyncio.sleep(PAUSE)
            else:
                answered += 1

    server = family(process_id)
    began = _used(server, cores)
    started = time.monotonic()
    await asyncio.gather(*(write(writer, started + seconds) for writer in range(WRITERS)))
    took = time.monotonic() - started
    used = [after - before for before, after in zip(began, _used(server, cores), strict=True)]
    return Load(answered, refused, took, *used)


def _used(server: List[int], cores: Cores) -> Tuple[float, float, float]:
    """Return the processor seconds used so far by the server, by the clients (this process) and by everything."""
    return processor_seconds(server), time.process_time() if cores.are_shared else 0.0, busy_seconds(cores.server)
