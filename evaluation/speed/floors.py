"""Measures the cost of a request to a bare Sanic server, as a lower bound for ours over HTTP."""

import asyncio
import os
import subprocess
import sys

from bot.settings import ROOT
from evaluation.load.connection import Connections
from evaluation.processes import Cores, pin
from evaluation.speed.closed_loop import Load, measure

#: Duration of the warm-up and of the measurement, in seconds.
WARM_UP, SECONDS = 0.5, 4.0
#: The request body, which the server echoes.
BODY = {"text": "someone on roblox keeps asking my daughter for photos"}


def measure_echo(cores: Cores) -> Load:
    """Measure a Sanic server that echoes requests. It has one core; the clients have others.

    Raises:
        RuntimeError: the server did not start.
    """
    first, second = cores.server
    before = os.sched_getaffinity(0)
    process = subprocess.Popen(
        [sys.executable, "-m", "evaluation.speed.echo"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"The bare server stopped with code {process.wait()}.")
        pin([process.pid], (first,))
        pin([os.getpid()], cores.clients if not cores.are_shared else (second,))
        asyncio.run(_echo(url, process.pid, cores, WARM_UP))
        return asyncio.run(_echo(url, process.pid, cores, SECONDS))
    finally:
        pin([os.getpid()], before)
        process.terminate()
        process.communicate()


async def _echo(url: str, process_id: int, cores: Cores, seconds: float) -> Load:
    connections = Connections(url)

    async def send(_: int) -> bool:
        return (await connections.post("/", BODY)).status != 200

    try:
        return await measure(process_id, cores, send, seconds)
    finally:
        connections.close()
