"""Several processes serve as one: they share limits, are replaced if they die, and reload the model."""

import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from chat_client import Person, Server, StartServer
from processes import children, is_running, kill, resident, wait_until

from bot.rate_limit import MESSAGES

#: Seconds between messages. Without a pause, they would take the processor time that new workers need to start.
PAUSE = 0.1


class Talking:
    """A writer who sends one message after another from a thread, until the block ends."""

    def __init__(self, server: Server) -> None:
        self._server, self._enough = server, threading.Event()
        self.statuses: "list[int]" = []
        self._thread = threading.Thread(target=self._talk)

    def __enter__(self) -> "Talking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _talk(self) -> None:
        person = Person(self._server)
        while not self._enough.wait(PAUSE):
            self.statuses.append(person.post({"text": "what is grooming"}).status_code)
            if len(self.statuses) % MESSAGES == 0:
                person = Person(self._server)


@pytest.fixture(scope="module")
def models(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a copy of the model, which tests may break."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copy(model_path, folder)
    return folder


@pytest.fixture(scope="module")
def served(start_server: StartServer, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("workers") / "data"
    running = start_server(data, STREETWISE_WORKERS="2", STREETWISE_MODEL_DIR=str(models))
    yield running
    running.stop()


@pytest.fixture
def reload(served: Server) -> Callable[[str], None]:
    """Return a function that sends SIGHUP and waits for a new line with the given words in the log."""

    def send(words: str) -> None:
        before = served.log.read_text().count(words)
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: served.log.read_text().count(words) > before)

    return send


def at_once(server: Server, person: Person, count: int) -> "list[int]":
    """Send messages at the same time, each on its own connection, and return the statuses."""

    def send(number: int) -> int:
        address, body = f"{server.chat}chat/messages", {"text": f"hello {number}"}
        return httpx.post(address, json=body, headers=person.headers, timeout=120).status_code

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(send, range(count)))


def begin(server: Server, person: Person) -> HTTPConnection:
    """Send a message on a reused connection, without waiting for the answer."""
    connection = HTTPConnection(urlsplit(server.chat).netloc, timeout=120)
    connection.request("GET", "/health/live")
    connection.getresponse().read()
    connection.request("POST", "/chat/messages", json.dumps({"text": "what is grooming"}), person.headers)
    return connection


def test_one_process_serves_the_console_and_the_others_the_chat(served: Server) -> None:
    assert sorted(command[3] for command in children(served.process.pid).values()) == ["chat", "chat", "console"]


def test_two_workers_together_allow_as_many_messages_as_one(served: Server) -> None:
    person = Person(served)
    statuses = [status for _ in range(9) for status in at_once(served, person, 10)]
    # On a busy machine, some messages above the limit are refused because too many are waiting.
    assert (statuses.count(200), set(statuses) <= {200, 429, 503}) == (40, True)


def test_a_worker_uses_at_most_600_mb(served: Server) -> None:
    Person(served).says("what is grooming")
    sizes = [resident(pid) for pid in children(served.process.pid)]
    assert max(sizes) <= 600 * 2**20


def test_a_killed_worker_is_replaced_and_conversations_continue(served: Server) -> None:
    person, before = Person(served), children(served.process.pid)
    person.says("what is grooming")
    kill(next(pid for pid, command in before.items() if command[3] == "chat"))
    wait_until(lambda: "Another one is being started" in served.log.read_text())
    wait_until(lambda: len(children(served.process.pid)) == 3)
    assert Person(served).says("can i report it")


def test_a_reload_replaces_the_workers_and_drops_no_message(served: Server, reload: Callable[[str], None]) -> None:
    before = set(children(served.process.pid))
    with Talking(served) as talking:
        reload("The workers were replaced")
        wait_until(lambda: before.isdisjoint(children(served.process.pid)))
    assert set(talking.statuses) == {200}


def test_a_reload_with_a_broken_model_keeps_the_workers_and_says_why(
    served: Server, models: Path, reload: Callable[[str], None]
) -> None:
    wait_until(lambda: len(children(served.process.pid)) == 3)
    before, model = set(children(served.process.pid)), next(models.iterdir())
    whole = model.read_bytes()
    model.write_bytes(whole[:1000])
    reload(f"The old workers go on. A worker for the chat cannot serve: The model {model} cannot be loaded")
    model.write_bytes(whole)
    wait_until(lambda: set(children(served.process.pid)) == before)
    assert Person(served).says("what is grooming")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2])
def test_an_unused_signal_changes_nothing(served: Server, number: signal.Signals) -> None:
    served.process.send_signal(number)
    assert Person(served).says("what is grooming")


def test_a_single_process_reloads_the_model_without_dropping_a_message(server: Server) -> None:
    with Talking(server) as talking:
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "The model was loaded again" in server.log.read_text())
    assert set(talking.statuses) == {200}


def test_a_stop_answers_the_messages_already_sent_and_leaves_no_process(served: Server) -> None:
    workers = children(served.process.pid)
    sent = [begin(served, Person(served)) for _ in range(6)]
    served.stop()
    statuses = [connection.getresponse().status for connection in sent]
    assert (statuses, served.process.returncode, [pid for pid in workers if is_running(pid)]) == ([200] * 6, 0, [])
