"""The program's metrics, in Prometheus's format. They contain no words, ids, addresses or user agents.

Each process keeps its own counts. If PROMETHEUS_MULTIPROC_DIR is set when a process starts, it keeps them in files in
that directory, and `serve` adds up the files of all processes.
"""

import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Dict, Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, multiprocess, start_http_server
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

#: The variable that makes prometheus_client keep its counts in files.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
#: The directory for these files, in the data directory.
FOLDER = "metrics"
#: Danger is counted in steps of this size. Counting one at a time would show anyone watching the metrics that somebody
#: has just said that they are in danger.
FEW = 5
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)

REQUESTS = Counter("streetwise_requests", "Requests answered.", ("site", "route", "status"))
REQUEST_SECONDS = Histogram(
    "streetwise_request_seconds", "Time to answer a request.", ("site", "route"), buckets=_SECONDS
)
IN_PROGRESS = Gauge(
    "streetwise_requests_in_progress", "Requests being answered.", ("site",), multiprocess_mode="livesum"
)
REFUSALS = Counter(
    "streetwise_refusals", "Requests to the chat that got a problem document instead of an answer.", ("reason",)
)
STORE_SECONDS = Histogram(
    "streetwise_store_seconds", "Time that the chat's transactions took.", ("kind",), buckets=_SECONDS
)
STORE_WAITING = Gauge(
    "streetwise_store_waiting", "Transactions of the chat that wait or run.", ("kind",), multiprocess_mode="livesum"
)
REDACTION_SECONDS = Histogram("streetwise_redaction_seconds", "Time to read and redact a message.", buckets=_SECONDS)
READY = Gauge(
    "streetwise_ready", "Whether a part that the chat needs works: 1 or 0.", ("part",), multiprocess_mode="livemin"
)
ERASURES_WAITING = Gauge(
    "streetwise_erasures_waiting", "Conversations marked to be erased.", multiprocess_mode="livemax"
)
PURGE_COMPLETED = Gauge(
    "streetwise_purge_completed_timestamp_seconds", "When expired data was last deleted.", multiprocess_mode="max"
)
PURGE_HELD = Gauge(
    "streetwise_purge_held", "Whether a purge waits for somebody to confirm it: 1 or 0.", multiprocess_mode="livemax"
)
WORKER = Gauge(
    "streetwise_worker_start_time_seconds", "When a process started.", ("worker",), multiprocess_mode="liveall"
)
_DANGER = Counter("streetwise_danger_answered", f"Messages about danger now, in steps of {FEW}.")


class _InSteps:
    """Adds to a counter only in whole steps."""

    def __init__(self, counter: Counter, step: int) -> None:
        self._counter, self._step, self._pending, self._lock = counter, step, 0, Lock()

    def add(self) -> None:
        """Count one. The counter is incremented by `step` on every `step`th call."""
        with self._lock:
            self._pending += 1
            if self._pending == self._step:
                self._counter.inc(self._step)
                self._pending = 0


DANGER = _InSteps(_DANGER, FEW)


def observe(app: Sanic, site: str) -> None:
    """Count and time all requests to a site."""

    async def begin(request: Request) -> None:
        request.ctx.began = time.perf_counter()
        IN_PROGRESS.labels(site).inc()

    async def end(request: Request, response: HTTPResponse) -> None:
        # Use the route's template, because a path may contain a conversation's number.
        route = f"/{request.route.path}" if request.route is not None else "none"
        REQUESTS.labels(site, route, response.status).inc()
        if hasattr(request.ctx, "began"):
            REQUEST_SECONDS.labels(site, route).observe(time.perf_counter() - request.ctx.began)
            IN_PROGRESS.labels(site).dec()

    app.on_request(begin)
    app.on_response(end)


@contextmanager
def waiting(kind: str) -> Iterator[None]:
    """Count one of the chat's transactions as waiting, and time it. `kind` is "read" or "write"."""
    gauge, began = STORE_WAITING.labels(kind), time.perf_counter()
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()
        STORE_SECONDS.labels(kind).observe(time.perf_counter() - began)


def share(data_dir: Path) -> Dict[str, str]:
    """Create an empty directory for several processes' counts, and return the environment variables that they need.

    Call this once, before starting the processes.
    """
    folder = data_dir / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return {SHARED: str(folder)}


def forget(process: int) -> None:
    """Drop the current values (gauges) of a process that has ended, but keep its counts."""
    if SHARED in os.environ:
        multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]


def registry() -> CollectorRegistry:
    """Return the metrics of this process, or the sum over all processes if they share a directory."""
    if SHARED not in os.environ:
        return REGISTRY
    total = CollectorRegistry()
    multiprocess.MultiProcessCollector(total)  # type: ignore[no-untyped-call]
    return total


def serve(port: int, host: str) -> int:
    """Serve `/metrics` from a thread until the process ends, and return the port: a free one if `port` is 0.

    Raises:
        OSError: the port cannot be used.
    """
    server, _ = start_http_server(port, host, registry())
    return int(server.server_port)
