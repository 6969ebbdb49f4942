"""Keeps several processes running: workers that serve the chat on one socket, and one that serves the console.

The supervisor answers no requests itself. It replaces workers that die and, on SIGHUP, all workers one after another.
It keeps the rate-limit counters for all workers (bot/control.py).
"""

import asyncio
import logging
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Any, Callable, Coroutine, Dict, Iterable, List, Optional, Set, TypeVar

from bot import monitoring
from bot.control import Channel, answer
from bot.listening import Addresses, Listeners, address_of
from bot.rate_limit import Counts, LocalCounts
from bot.settings import ROOT, Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: The command line that starts a worker. The site to serve and the file descriptors of its two sockets are appended.
PROGRAM = (sys.executable, "-m", "bot.worker")
#: Maximum number of seconds for a worker to become ready, and to finish its last requests.
START_SECONDS, STOP_SECONDS = 300, 60
#: A worker that ends within this many seconds of being ready counts as having ended immediately.
AT_ONCE = 10
#: If a worker has ended immediately this many times in a row and no other worker is serving the chat, the supervisor
#: gives up.
MOST_DEATHS = 5
#: Seconds to wait before replacing a worker, indexed by the number of times in a row that it has ended immediately. The
#: last value also applies to higher numbers.
WAITS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
#: The sites that a worker can serve.
CHAT, CONSOLE = "chat", "console"


class WorkerError(RuntimeError):
    """A worker cannot serve. The message says why."""


class Worker:
    """A process, its channel, and its report, which says that it is ready or why it failed."""

    def __init__(self, kind: str, process: Process, channel: Channel, counts: Counts) -> None:
        """Follow a process that has just been started. To start one, use `start`."""
        self.kind = kind
        self._process, self._channel, self._counts = process, channel, counts
        self._ready_at: Optional[float] = None
        self.report: "asyncio.Future[Dict[str, Any]]" = asyncio.get_running_loop().create_future()
        self.end = asyncio.create_task(self._follow())

    @classmethod
    async def start(cls, kind: str, listener: socket.socket, counts: Counts) -> "Worker":
        """Start a process that serves a site on `listener` and uses `counts`."""
        ours, its = socket.socketpair()
        with its:
            process = await asyncio.create_subprocess_exec(
                *(*PROGRAM, kind, str(listener.fileno()), str(its.fileno())),
                cwd=ROOT,
                pass_fds=(listener.fileno(), its.fileno()),
                # Otherwise, Ctrl+C in a terminal would also reach the worker, and stop it before it has answered its
                # last requests.
                start_new_session=True,
            )
        return cls(kind, process, await Channel.open(ours), counts)

    @property
    def is_serving(self) -> bool:
        """Whether the worker is ready and has not ended."""
        return self._ready_at is not None and not self.end.done()

    @property
    def ended_at_once(self) -> bool:
        """Whether the worker ended before it was ready or soon after."""
        return self.end.done() and (self._ready_at is None or time.monotonic() - self._ready_at < AT_ONCE)

    def retire(self) -> None:
        """Tell the worker to answer the requests that it has already received, and then exit."""
        self._channel.send({"retire": True})

    def signal(self, number: int) -> None:
        """Send the worker a signal."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _follow(self) -> str:
        """Answer the worker's questions until it ends. Return how it ended."""
        while (message := await self._channel.receive()) is not None:
            if "ask" in message:
                found = await answer(self._counts, message["call"], message["arguments"])
                self._channel.send({"answer": message["ask"], "found": found})
            elif not self.report.done():
                self._ready_at = time.monotonic() if "ready" in message else None
                self.report.set_result(message)
        status = await self._process.wait()
        monitoring.forget(self._process.pid)
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        if not self.report.done():
            self.report.set_result({"failed": f"it ended with {how}"})
        await self._channel.close()
        return how


class Place:
    """A place for one worker: the current worker, and the lock that is held while it is replaced."""

    def __init__(self, worker: Worker) -> None:
        self.worker, self.lock, self.deaths = worker, asyncio.Lock(), 0


class Supervisor:
    """One machine's workers."""

    def __init__(self, settings: Settings, chat: socket.socket, console: socket.socket) -> None:
        """Set up workers that listen on these two sockets."""
        self._listeners = {CHAT: chat, CONSOLE: console}
        self._kinds = [*[CHAT] * settings.workers, CONSOLE]
        self._counts = LocalCounts()
        self._all: Set[Worker] = set()
        self._places: List[Place] = []

    async def run(self, announce: Callable[[bool], None]) -> None:
        """Serve until SIGINT or SIGTERM. On SIGHUP, replace the workers.

        Args:
            announce: called once everything is ready. Its argument says whether the console still has no accounts.

        Raises:
            WorkerError: a worker cannot be started, or workers keep ending immediately.
        """
        loop, stop, reload = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        for number, event in ((signal.SIGINT, stop), (signal.SIGTERM, stop), (signal.SIGHUP, reload)):
            loop.add_signal_handler(number, event.set)
        tasks: "Set[asyncio.Task[Any]]" = {
            loop.create_task(stop.wait()),
            loop.create_task(self._serve(announce, reload)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stop_all()

    async def _serve(self, announce: Callable[[bool], None], reload: asyncio.Event) -> None:
        """Start the workers, then replace each one that ends and, on request, all of them."""
        self._places = [Place(worker) for worker in await _all(self._start(kind) for kind in self._kinds)]
        announce((await self._places[-1].worker.report)["has_no_staff"])
        await _all([self._reload_when(reload), *(self._fill(place) for place in self._places)])

    async def _start(self, kind: str) -> Worker:
        """Start a worker and wait until it is ready.

        Raises:
            WorkerError: the worker failed, or took too long.
        """
        worker = await Worker.start(kind, self._listeners[kind], self._counts)
        self._all.add(worker)
        worker.end.add_done_callback(lambda _: self._all.discard(worker))
        try:
            report = await asyncio.wait_for(asyncio.shield(worker.report), START_SECONDS)
        except asyncio.TimeoutError:
            worker.signal(signal.SIGKILL)
            report = {"failed": f"it was not ready after {START_SECONDS} seconds"}
        if "failed" in report:
            raise WorkerError(f"A worker for the {kind} cannot serve: {report['failed']}")
        return worker

    async def _fill(self, place: Place) -> None:
        """Replace the worker in a place whenever it ends.

        Raises:
            WorkerError: workers in this place keep ending immediately, and no other worker is serving the chat.
        """
        while True:
            worker = place.worker
            how = await asyncio.shield(worker.end)
            async with place.lock:
                # A retired worker has already been replaced.
                if place.worker is worker:
                    logger.error("A worker for the %s ended with %s. Another one is being started.", worker.kind, how)
                    place.deaths = place.deaths + 1 if worker.ended_at_once else 0
                    place.worker = await self._replacement(place)

    async def _replacement(self, place: Place) -> Worker:
        reason = "The last one ended as soon as it was ready."
        while place.deaths < MOST_DEATHS or self._is_chat_open:
            await asyncio.sleep(WAITS[min(place.deaths, len(WAITS) - 1)])
            try:
                return await self._start(place.worker.kind)
            except WorkerError as error:
                place.deaths, reason = place.deaths + 1, str(error)
                logger.error("%s", reason)
        raise WorkerError(f"{place.deaths} workers for the {place.worker.kind} ended at once. {reason}")

    @property
    def _is_chat_open(self) -> bool:
        return any(place.worker.kind == CHAT and place.worker.is_serving for place in self._places)

    async def _reload_when(self, asked: asyncio.Event) -> None:
        """Replace the workers one by one whenever `asked` is set. If a new one cannot serve, the old ones are kept."""
        while True:
            await asked.wait()
            asked.clear()
            try:
                for place in self._places:
                    async with place.lock:
                        old, place.worker = place.worker, await self._start(place.worker.kind)
                    old.retire()
                logger.warning("The workers were replaced.")
            except WorkerError as error:
                logger.error("The old workers go on. %s", error)

    async def _stop_all(self) -> None:
        """End the workers once they have answered their last requests."""
        ends = [worker.end for worker in self._all]
        for worker in list(self._all):
            worker.signal(signal.SIGTERM)
        if ends:
            await asyncio.wait(ends, timeout=STOP_SECONDS)
        for worker in list(self._all):
            worker.signal(signal.SIGKILL)


async def supervise(settings: Settings, listeners: Listeners, announce: Callable[[Addresses], None]) -> None:
    """Serve with several processes until SIGINT or SIGTERM. See `Supervisor.run`.

    Raises:
        WorkerError: a worker cannot be started, or workers keep ending immediately.
    """
    with listeners.chat as chat, listeners.console as console:

        def ready(has_no_staff: bool) -> None:
            announce(Addresses(address_of(chat), address_of(console), has_no_staff))

        await Supervisor(settings, chat, console).run(ready)


async def _all(works: Iterable[Coroutine[Any, Any, T]]) -> List[T]:
    """Run all of `works` concurrently and return their results. If one fails, cancel the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
