"""What many tests need: a trained model, and the whole assistant running as a person would run it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.settings import ROOT, load_settings
from bot.training import ensure_model

START_TIMEOUT = 120


class Server:
    """A running `streetwise serve`: its addresses, its data and its process."""

    def __init__(self, data_dir: Path, log_level: str = "WARNING") -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        environment = {
            **os.environ,
            "STREETWISE_CHAT_PORT": "0",
            "STREETWISE_CONSOLE_PORT": "0",
            "STREETWISE_DATA_DIR": str(data_dir),
            "STREETWISE_LOG_LEVEL": log_level,
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self.chat, self.console = self._addresses()

    def _addresses(self) -> "tuple[str, str]":
        for _ in range(START_TIMEOUT * 10):
            found = re.findall(r"(?:Chat|Console) +(http://\S+)", self.log.read_text())
            if len(found) == 2:
                return found[0], found[1]
            try:
                self.process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(f"The server did not start:\n{self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=30)


class Person:
    """Somebody who talks with the assistant over HTTP."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=f"{server.chat}chat/", timeout=60)
        started = self.http.post("conversations")
        assert started.status_code == 201, started.text
        self.token = started.json()["token"]
        self.welcome = started.json()["messages"]

    @property
    def headers(self) -> "dict[str, str]":
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, body: object) -> httpx.Response:
        return self.http.post("messages", json=body, headers=self.headers)

    def says(self, text: str) -> "list[dict]":
        answer = self.post({"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def presses(self, choice_id: str) -> "list[dict]":
        answer = self.post({"choice": choice_id})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]


def services(messages: "list[dict]") -> "list[str]":
    """The ids of the services offered, in order."""
    return [message["id"] for message in messages if message["kind"] == "service"]


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model of the present inputs, trained once and kept by fingerprint."""
    return ensure_model(load_settings().model_dir)


@pytest.fixture(scope="session")
def server(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("served") / "data")
    yield running
    running.stop()


@pytest.fixture
def person(server: Server) -> Person:
    return Person(server)
