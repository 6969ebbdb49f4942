"""Runs the chat for two hours at half its capacity: `python -m evaluation.load.soak`.

It writes `soak-report.md`, with a row for each ten-minute window. A short test does not show slow drift, such as memory
that is never freed or a table that gets slower as it grows. Each person writes one of the prepared conversations, and
every second conversation is erased when it ends. The clients run on the same machine. A fixed calculation is timed
throughout, so that times can be compared even if other programs slow the machine down.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import deque
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Deque, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Set

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.chat.admission import WIDTH
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.load.connection import Connections
from evaluation.load.run import TEXTS, measure_capacity, spread, start
from evaluation.processes import anonymous_memory, busy_seconds, family, processor_seconds
from evaluation.server import Server

REPORT = REPORTS / "soak-report.json"
TEMPLATE = Path(__file__).with_name("soak-report.jinja")
MINUTES, WINDOW_MINUTES, SHARE = 120.0, 10.0, 0.5
#: Number of people writing at the same time.
PEOPLE = 400
#: Seconds to wait before checking again, if everybody is waiting for an answer.
PAUSE = 0.1
#: Number of messages between timings of the fixed calculation.
CALCULATE_EVERY = 20
#: Number of windows to compare at the start and at the end. The very first is left out, because caches fill then.
COMPARED = 3
#: Maximum growth in memory and in the 95th percentile, as fractions.
MEMORY_DRIFT, SLOW_DRIFT = 0.05, 0.10


class Window(NamedTuple):
    """The measurements of one window.

    `median`, `slow` (the 95th percentile) and `longest` are in milliseconds. `cpu` is the server's processor time per
    message, in milliseconds. `memory` (anonymous) and `stored` (its files) are in MB, at the end of the window.
    `calculation` is the median time of the fixed calculation, in milliseconds. `others` is the share of all processor
    time used by other programs.
    """

    messages: int
    failed: int
    median: float
    slow: float
    longest: float
    cpu: float
    memory: float
    stored: float
    calculation: float
    others: float

    @property
    def relative_slow(self) -> float:
        """The 95th percentile, as a multiple of the time of the fixed calculation."""
        return self.slow / self.calculation


class Drift(NamedTuple):
    """The growth in the medians from the first windows to the last, as fractions. `slow` refers to `relative_slow`."""

    memory: float
    slow: float


def drift_of(windows: Sequence[Window]) -> Drift:
    """Compare the last windows with the first ones after the warm-up.

    Raises:
        ValueError: there are too few windows to compare.
    """
    if len(windows) < 2 * COMPARED + 1:
        raise ValueError(f"A drift takes {2 * COMPARED + 1} windows to measure, and there are {len(windows)}.")
    early, late = windows[1 : 1 + COMPARED], windows[-COMPARED:]

    def grown(name: str) -> float:
        before, after = (statistics.median(getattr(one, name) for one in some) for some in (early, late))
        return float(after / before - 1)

    return Drift(grown("memory"), grown("relative_slow"))


def reached(windows: Sequence[Window]) -> Dict[str, bool]:
    """Return whether each target was reached, by description."""
    drift = drift_of(windows)
    return {
        "every message is answered": not sum(one.failed for one in windows),
        f"memory grows by at most {MEMORY_DRIFT:.0%}": drift.memory <= MEMORY_DRIFT,
        f"the 95th percentile grows by at most {SLOW_DRIFT:.0%}": drift.slow <= SLOW_DRIFT,
    }


class Used(NamedTuple):
    """The processor seconds used so far by the server, by this process, and by everything on the machine."""

    server: float
    clients: float
    all: float


def used(server: int) -> Used:
    """Read the processor time used so far. `server` is the server's process id."""
    cores = range(os.cpu_count() or 1)
    return Used(processor_seconds(family(server)), time.process_time(), busy_seconds(cores))


def calculate() -> float:
    """Time the fixed calculation, in milliseconds."""
    began = time.perf_counter()
    sum(number * number for number in range(20_000))
    return 1000 * (time.perf_counter() - began)


def file_system_of(directory: Path) -> str:
    """Return the type of a directory's file system, such as "ext4", or "tmpfs" for one in memory."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    here = [(place, kind) for place, kind in mounts if directory.resolve().is_relative_to(place)]
    return max(here, key=lambda mount: len(mount[0]))[1]


class Soak:
    """People writing to a server, and the measurements since the last window ended."""

    def __init__(self, server: Server, connections: Connections) -> None:
        """Start measuring, with nobody writing yet."""
        self._server, self._connections = server, connections
        self._talks: Iterator[List[str]] = cycle(yaml.safe_load(TEXTS.read_text()))
        self._people: Deque["Person"] = deque()
        self._sent: Set["asyncio.Task[None]"] = set()
        self._seconds: List[float] = []
        self._calculations: List[float] = []
        self._failed, self._ended = 0, 0
        self._used, self._since = used(server.process.pid), time.monotonic()

    async def run(self, rate: float, seconds: float) -> Window:
        """Send `rate` messages per second for `seconds`, and return the measurements."""
        await self._fill()
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            await self._fill()
            if number % CALCULATE_EVERY == 0:
                self._calculations.append(calculate())
            task = asyncio.create_task(self._write(await self._next()))
            self._sent.add(task)
            task.add_done_callback(self._sent.discard)
        await asyncio.gather(*self._sent)
        return self._end_window()

    async def _fill(self) -> None:
        """Replace people who have left. If a new conversation is refused, try again before the next message."""
        while len(self._people) + len(self._sent) < PEOPLE:
            answer = await self._connections.post("/chat/conversations")
            if answer.status != 201:
                self._failed += 1
                return
            self._people.append(Person(str(answer.json["token"]), deque(next(self._talks))))

    async def _next(self) -> "Person":
        """Wait for a person who has no answer pending, and return them."""
        while not self._people:
            await asyncio.sleep(PAUSE)
            await self._fill()
        return self._people.popleft()

    async def _write(self, person: "Person") -> None:
        try:
            answer = await self._connections.post("/chat/messages", {"text": person.texts.popleft()}, person.token)
            self._seconds.append(answer.seconds)
            self._failed += answer.status != 200
            if person.texts:
                self._people.append(person)
                return
            self._ended += 1
            if self._ended % 2:
                await self._connections.send("DELETE", "/chat/conversations", token=person.token)
        except (OSError, EOFError, asyncio.TimeoutError):
            self._failed += 1

    def _end_window(self) -> Window:
        now, at = used(self._server.process.pid), time.monotonic()
        before, all_seconds = self._used, (at - self._since) * (os.cpu_count() or 1)
        server, clients = now.server - before.server, now.clients - before.clients
        median, slow, longest = (1000 * value for value in spread(self._seconds))
        files = sum(
            path.stat().st_size for path in self._server.data_dir.iterdir() if path.suffix in (".db", ".sqlite")
        )
        window = Window(
            messages=len(self._seconds),
            failed=self._failed,
            median=median,
            slow=slow,
            longest=longest,
            cpu=1000 * server / max(1, len(self._seconds)),
            memory=anonymous_memory(family(self._server.process.pid)),
            stored=files / 1e6,
            calculation=statistics.median(self._calculations),
            others=max(0.0, now.all - before.all - server - clients) / all_seconds,
        )
        self._seconds, self._calculations, self._failed, self._used, self._since = [], [], 0, now, at
        return window


class Person(NamedTuple):
    """A person writing: the conversation's token, and the texts still to send."""

    token: str
    texts: Deque[str]


async def soak(server: Server, minutes: float, window_minutes: float, share: float) -> "tuple[float, List[Window]]":
    """Run the test, and return the messages sent per second and the measurements of each window."""
    connections, windows = Connections(server.chat), []
    texts = [text for talk in yaml.safe_load(TEXTS.read_text()) for text in talk]
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    try:
        rate = share * await measure_capacity(connections, await start(connections, WIDTH), texts[:20])
        people = Soak(server, connections)
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(f"{rate:.0f} messages a second", total=round(minutes / window_minutes))
            for _ in range(round(minutes / window_minutes)):
                windows.append(await people.run(rate, window_minutes * 60))
                progress.console.print(windows[-1])
                progress.advance(task)
        return rate, windows
    finally:
        connections.close()


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for how long people write")
    parser.add_argument("--window", type=float, default=WINDOW_MINUTES, help="how many minutes one row holds")
    parser.add_argument("--share", type=float, default=SHARE, help="the share of the capacity that is used")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        files, server = file_system_of(Path(directory)), Server(Path(directory) / "data")
        try:
            rate, windows = asyncio.run(soak(server, asked.minutes, asked.window, asked.share))
        finally:
            server.stop()
    values = {"rate": rate, "minutes": asked.minutes, "window": asked.window, "share": asked.share, "files": files}
    REPORT.write_text(
        json.dumps({**values, "windows": [one._asdict() for one in windows]}, indent=2) + "\n", encoding="utf-8"
    )
    report = render(windows, values, date.today())
    REPORT.with_suffix(".md").write_text(report, encoding="utf-8")
    print(report)


def render(windows: Sequence[Window], values: Mapping[str, object], day: date) -> str:
    """Return the report as Markdown. `values` has the rate, both durations in minutes, the share and `files`."""
    return report_template(TEMPLATE).render(
        windows=windows,
        drift=drift_of(windows),
        reached=reached(windows),
        compared=COMPARED,
        people=PEOPLE,
        day=day.isoformat(),
        **values,
    )


if __name__ == "__main__":
    main()
