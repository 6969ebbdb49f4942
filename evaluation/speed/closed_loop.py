"""Keeps a fixed number of requests in flight, and measures the processor time of the server and the clients."""

import asyncio
import time
from typing import Awaitable, Callable, List, NamedTuple, Tuple

from evaluation.processes import Cores, busy_seconds, family, processor_seconds

#: How many requests are on their way at the same time.
WRITERS = 8
#: How many seconds a writer waits after a refusal.
PAUSE = 0.1


class Load(NamedTuple):
    """What was measured while requests were sent for a time.

    `answered` and `refused` count requests, `seconds` is how long it took. `server`, `clients` and `machine` are the
    processor seconds, on the two cores, of the server's processes, of the clients and of everything together.
    """

    answered: int
    refused: int
    seconds: float
    server: float
    clients: float
    machine: float

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return self.answered / self.seconds

    @property
    def cost(self) -> float:
        """The server's processor time for an answered request, in milliseconds. Refusing others is part of it."""
        return 1000 * self.server / self.answered

    @property
    def shares(self) -> Tuple[float, float, float]:
        """What share of the two cores the server, the clients and everything else used."""
        cores = 2 * self.seconds
        others = max(0.0, self.machine - self.server - self.clients)
        return self.server / cores, self.clients / cores, others / cores

    @property
    def projected(self) -> float:
        """Requests answered a second if the server had both cores for itself, and each request cost the same."""
        return 2000 / self.cost


def total(loads: List[Load]) -> Load:
    """Add up what was measured in several rounds."""
    return Load(*(sum(values) for values in zip(*loads, strict=True)))


async def measure(process_id: int, cores: Cores, send: Callable[[int], Awaitable[bool]], seconds: float) -> Load:
    """Send requests for a time.

    Args:
        process_id: the server's process, which may have started others.
        cores: the cores on which both run.
        send: sends a request for the writer with this number, waits for the answer, and returns whether it was refused.
        seconds: for how long requests are sent. Those on their way at the end are waited for.
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
    """Return the processor seconds so far of the server, of the clients (this process) and of everything."""
    return processor_seconds(server), time.process_time() if cores.are_shared else 0.0, busy_seconds(cores.server)
