"""Measures `streetwise serve` over HTTP, with one worker and with two, and how long one message delays another."""

import asyncio
import os
import statistics
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Tuple

import httpx
import yaml

from evaluation.load.connection import Answer, Connections
from evaluation.processes import Cores, Memory, command_line, family, memory, peak_memory, pin
from evaluation.server import Server
from evaluation.speed.closed_loop import WRITERS, Load, measure, total

HERE = Path(__file__).parent
MESSAGES = HERE / "messages.yml"
#: Number of rounds for each configuration, and seconds per round. The configurations take turns.
ROUNDS, SECONDS = 3, 6.0
#: Duration of each server's warm-up, in seconds.
WARM_UP = 2.0
#: Number of pairs (a short message sent on its own, then another sent with a hard one), and number of pairs in a
#: conversation, which is limited to 40 messages per minute.
PAIRS, PAIRS_EACH = 240, 15

Step = Callable[[str], None]


class Ready(NamedTuple):
    """The seconds until a server is ready, and its peak memory in MB after a conversation."""

    seconds: float
    memory: float


class Held(NamedTuple):
    """A deployment's memory in MB: all its processes together, and one process that answers the chat."""

    all: Memory
    worker: Memory


class Serving(NamedTuple):
    """The measurements of one process on one of the two cores, one process on both, and two workers on both.

    In the first case, the clients had the other core. In the others, they shared both, unless there were more cores.
    """

    one_core: Load
    one: Load
    two: Load
    held_by_one: Held
    held_by_two: Held

    @property
    def gain(self) -> float:
        """The rate with two workers, as a multiple of the rate with one process."""
        return self.two.rate / self.one.rate


class Delay(NamedTuple):
    """The median time of a short message on its own, and the time that a simultaneous hard one adds, in milliseconds.

    The added times are the median, the 95th percentile and the longest of `pairs` pairs. `hard` is the median time of
    the hard messages.
    """

    pairs: int
    alone: float
    hard: float
    median: float
    slow: float
    longest: float


def delay_of(alone: List[float], together: List[float], hard: List[float]) -> Delay:
    """Summarise the times, in milliseconds, of short messages on their own or with a hard one, and of hard ones."""
    usual = statistics.median(alone)
    added = [one - usual for one in together]
    return Delay(
        len(together),
        usual,
        statistics.median(hard),
        statistics.median(added),
        statistics.quantiles(added, n=20)[-1],
        max(added),
    )


def start_and_talk(conversation: List[str]) -> Ready:
    """Measure how long `streetwise serve` takes to become ready, and its peak memory after a conversation."""
    with tempfile.TemporaryDirectory() as directory:
        started = time.perf_counter()
        server = Server(Path(directory) / "data")
        try:
            httpx.get(f"{server.chat}health/ready", timeout=60).raise_for_status()
            ready = time.perf_counter() - started
            asyncio.run(_talk(server, conversation))
            return Ready(ready, peak_memory(server.process.pid))
        finally:
            server.stop()


def measure_serving(cores: Cores, conversations: List[List[str]], step: Step) -> Tuple[Serving, Delay]:
    """Start a server with one process and one with two workers, each with its own database, and measure both in turn.

    `step` is called with the name of the next step, `STEPS` times.
    """
    before = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as directory:
        step("Starting a server with one process, and one with two workers")
        one = Server(Path(directory) / "one", STREETWISE_WORKERS="1")
        try:
            two = Server(Path(directory) / "two", STREETWISE_WORKERS="2")
            try:
                return _measure(one, two, cores, conversations, step)
            finally:
                two.stop()
        finally:
            one.stop()
            pin([os.getpid()], before)


#: Number of times that `measure_serving` calls `step`.
STEPS = 2 + 3 * ROUNDS


def _measure(
    one: Server, two: Server, cores: Cores, conversations: List[List[str]], step: Step
) -> Tuple[Serving, Delay]:
    first, second = cores.server
    apart = cores.clients if not cores.are_shared else (second,)
    # For each configuration, the server, its cores and the clients' cores.
    settings = {
        "one process on one core": (one, (first,), apart),
        "one process": (one, cores.server, cores.clients),
        "two workers": (two, cores.server, cores.clients),
    }
    loads: Dict[str, List[Load]] = {name: [] for name in settings}
    for server in (one, two):
        asyncio.run(_load(server, cores, conversations, WARM_UP))
    for number in range(ROUNDS):
        for name, (server, its, clients) in settings.items():
            step(f"{WRITERS} writers, {name}, round {number + 1} of {ROUNDS}")
            pin(family(server.process.pid), its)
            pin([os.getpid()], clients)
            loads[name].append(asyncio.run(_load(server, cores, conversations, SECONDS)))
    held = [_held(server.process.pid) for server in (one, two)]
    step(f"A short message alone, and with a hard one, {PAIRS} times")
    pin(family(one.process.pid), cores.server)
    delay = asyncio.run(_delay(one))
    one_core, both, workers = (total(of_one) for of_one in loads.values())
    return Serving(one_core, both, workers, *held), delay


async def _load(server: Server, cores: Cores, conversations: List[List[str]], seconds: float) -> Load:
    """Have each writer hold whole conversations, one after another, for `seconds`.

    Starting a conversation counts towards the cost of its messages.
    """
    connections, talks = Connections(server.chat), cycle(conversations)
    current: List[Iterator[Tuple[str, str]]] = [iter(()) for _ in range(WRITERS)]

    async def send(writer: int) -> bool:
        told = next(current[writer], None)
        if told is None:
            started = await connections.post("/chat/conversations")
            if is_refused(started):
                return True
            current[writer] = iter([(str(started.json["token"]), text) for text in next(talks)])
            told = next(current[writer])
        token, text = told
        return is_refused(await connections.post("/chat/messages", {"text": text}, token))

    try:
        return await measure(server.process.pid, cores, send, seconds)
    finally:
        connections.close()


def is_refused(answer: Answer) -> bool:
    """Whether a message, or the start of a conversation, was refused because the chat was too busy.

    Raises:
        RuntimeError: it was neither answered nor refused.
    """
    if answer.status not in (200, 201, 503):
        raise RuntimeError(f"The server answered with {answer.status}: {answer.body.decode('utf-8', 'replace')}")
    return answer.status == 503


async def _alone(connections: Connections, path: str, body: object = None, token: str = "") -> Answer:
    """Send a request with at most one other in flight, so that it should not be refused.

    Raises:
        RuntimeError: it was not answered.
    """
    answer = await connections.post(path, body, token or None)
    if is_refused(answer):
        raise RuntimeError("A request was refused although at most one other was on its way.")
    return answer


async def _start(connections: Connections) -> str:
    return str((await _alone(connections, "/chat/conversations")).json["token"])


async def _say(connections: Connections, token: str, text: str) -> float:
    """Send a message and return the response time in milliseconds."""
    return 1000 * (await _alone(connections, "/chat/messages", {"text": text}, token)).seconds


async def _talk(server: Server, conversation: List[str]) -> None:
    connections = Connections(server.chat)
    token = await _start(connections)
    for text in conversation:
        await _say(connections, token, text)
    connections.close()


async def _delay(server: Server) -> Delay:
    """Repeatedly send a short message on its own, then one together with a hard message in another conversation."""
    texts = yaml.safe_load(MESSAGES.read_text(encoding="utf-8"))
    connections = Connections(server.chat)
    alone: List[float] = []
    together: List[float] = []
    hard: List[float] = []
    for number in range(PAIRS):
        if number % PAIRS_EACH == 0:
            one, other = await _start(connections), await _start(connections)
        alone.append(await _say(connections, one, texts["short"]))
        long, short = await asyncio.gather(
            _say(connections, other, texts["hard"]), _say(connections, one, texts["short"])
        )
        hard.append(long)
        together.append(short)
    connections.close()
    return delay_of(alone, together, hard)


def _held(process_id: int) -> Held:
    """Measure a server's memory. If it has only one process, that process is its own worker."""
    everyone = family(process_id)
    workers = [one for one in everyone if command_line(one)[1:4] == ["-m", "bot.worker", "chat"]] or everyone
    each = memory(workers)
    return Held(memory(everyone), Memory(each.resident / len(workers), each.share / len(workers)))
