"""The supervisor replaces workers that exit, and gives up only if none is left to answer."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from processes import children, kill

from bot import supervisor
from bot.listening import Addresses, Listeners, Place, bind
from bot.settings import load_settings
from bot.supervisor import WorkerError, supervise

STUB = Path(__file__).parent / "support" / "stub_worker.py"
#: Maximum seconds for processes that load nothing to start and exit.
SOON = 60


ANYWHERE = Place("127.0.0.1", 0, "STREETWISE_CHAT_PORT")


class Supervised:
    """A supervisor in this process, whose workers do what `tell` says when they start."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ready = folder, asyncio.Event()
        self.tell("chat", "serve")
        self.tell("console", "serve")

    def tell(self, kind: str, what: str) -> None:
        (self._folder / kind).write_text(what)

    def start(self) -> None:
        settings = load_settings(
            {"STREETWISE_CHAT_PORT": "0", "STREETWISE_CONSOLE_PORT": "0", "STREETWISE_WORKERS": "2"}
        )
        self.task = asyncio.create_task(supervise(settings, Listeners(bind(ANYWHERE), bind(ANYWHERE)), self._announce))

    async def ready(self) -> None:
        await asyncio.wait_for(self._ready.wait(), SOON)

    def workers(self, kind: str = "") -> "set[int]":
        found = children(os.getpid()).items()
        return {pid for pid, command in found if str(STUB) in command and kind in ("", command[3])}

    async def until_workers_are(self, count: int, without: "set[int]") -> None:
        while len(self.workers() - without) != count or self.workers() & without:
            await asyncio.sleep(0.01)

    def _announce(self, addresses: Addresses) -> None:
        self._ready.set()


@pytest.fixture
async def supervised(on_a_port: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervised]:
    monkeypatch.setattr(supervisor, "PROGRAM", (sys.executable, str(STUB), str(tmp_path)))
    monkeypatch.setattr(supervisor, "WAITS", (0.0, 0.001))
    running = Supervised(tmp_path)
    yield running
    running.task.cancel()
    await asyncio.gather(running.task, return_exceptions=True)


async def test_a_worker_that_cannot_serve_stops_the_start_with_its_reason(supervised: Supervised) -> None:
    supervised.tell("chat", "refuse")
    supervised.start()
    with pytest.raises(WorkerError, match="A worker for the chat cannot serve: no such luck"):
        await asyncio.wait_for(supervised.task, SOON)


async def test_a_failed_start_leaves_no_worker(supervised: Supervised) -> None:
    supervised.tell("console", "refuse")
    supervised.start()
    await asyncio.wait({supervised.task}, timeout=SOON)
    assert supervised.workers() == set()


async def test_the_supervisor_gives_up_if_all_workers_end_at_once(supervised: Supervised) -> None:
    supervised.tell("chat", "die")
    supervised.start()
    # It does not give up while the other worker is still serving, so it may count one more.
    with pytest.raises(WorkerError, match="workers for the chat ended at once") as refusal:
        await asyncio.wait_for(supervised.task, SOON)
    assert int(str(refusal.value).split()[0]) >= supervisor.MOST_DEATHS


async def test_a_console_that_ends_at_once_does_not_close_the_chat(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    supervised.start()
    await supervised.ready()
    supervised.tell("console", "refuse")
    kill(next(iter(supervised.workers("console"))))
    while caplog.text.count("no such luck") < supervisor.MOST_DEATHS + 2:
        await asyncio.sleep(0.01)
    assert (supervised.task.done(), len(supervised.workers("chat"))) == (False, 2)


async def test_a_worker_that_is_killed_is_replaced(supervised: Supervised, caplog: pytest.LogCaptureFixture) -> None:
    supervised.start()
    await supervised.ready()
    killed = next(iter(supervised.workers("chat")))
    kill(killed)
    await asyncio.wait_for(supervised.until_workers_are(3, without={killed}), SOON)
    assert "A worker for the chat ended with signal SIGKILL" in caplog.text


async def test_a_hangup_replaces_every_worker(supervised: Supervised) -> None:
    supervised.start()
    await supervised.ready()
    before = supervised.workers()
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.wait_for(supervised.until_workers_are(3, without=before), SOON)


async def test_a_hangup_keeps_the_workers_if_new_ones_cannot_serve(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    supervised.start()
    await supervised.ready()
    before = supervised.workers()
    supervised.tell("chat", "refuse")
    os.kill(os.getpid(), signal.SIGHUP)
    while "The old workers go on. A worker for the chat cannot serve: no such luck" not in caplog.text:
        await asyncio.sleep(0.01)
    await asyncio.wait_for(supervised.until_workers_are(3, without=set()), SOON)
    assert supervised.workers() == before


async def test_a_stop_ends_every_worker(supervised: Supervised) -> None:
    supervised.start()
    await supervised.ready()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(supervised.task, SOON)
    assert supervised.workers() == set()
