"""Rasa's own commands, for people who know Rasa: `rasa run` with `rasa run actions` beside it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.settings import ROOT

RASA = Path(sys.executable).with_name("rasa")
START_TRIES = 120

pytestmark = pytest.mark.served


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    transport = httpx.HTTPTransport()
    for _ in range(START_TRIES):
        try:
            with httpx.Client(transport=transport) as client:
                client.get(url)
            return
        except httpx.TransportError:
            transport = httpx.HTTPTransport()
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"{url} did not answer:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def chat(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("rasa")
    server_port, action_port = free_port(), free_port()
    endpoints = folder / "endpoints.yml"
    endpoints.write_text((ROOT / "endpoints.yml").read_text().replace(":5055/", f":{action_port}/"))
    served = ["run", "--model", str(model_path), "--endpoints", str(endpoints), "--port", str(server_port)]
    commands = {
        f"http://127.0.0.1:{action_port}/health": [
            "run",
            "actions",
            "--actions",
            "actions",
            "--port",
            str(action_port),
        ],
        f"http://127.0.0.1:{server_port}/": [*served, "--interface", "127.0.0.1"],
    }
    environment = {**os.environ, "STREETWISE_DATA_DIR": str(folder / "data")}
    running = []
    try:
        for number, (url, command) in enumerate(commands.items()):
            log = folder / f"{number}.log"
            with log.open("w") as output:
                running.append(
                    subprocess.Popen([str(RASA), *command], cwd=ROOT, env=environment, stdout=output, stderr=output)
                )
            wait_until_it_answers(url, running[-1], log)
        yield f"http://127.0.0.1:{server_port}/webhooks/chat/"
    finally:
        for process in running:
            process.terminate()
            process.wait(timeout=30)


def test_a_conversation_works_with_actions_on_a_server_of_their_own(chat: str) -> None:
    started = httpx.post(f"{chat}conversations", timeout=60)
    assert started.status_code == 201, started.text
    headers = {"Authorization": f"Bearer {started.json()['token']}"}
    answer = httpx.post(f"{chat}messages", json={"text": "whats grooming"}, headers=headers, timeout=60)
    assert "guidance" in [message["kind"] for message in answer.json()["messages"]]


def test_the_page_stands_where_rasa_mounts_channels(chat: str) -> None:
    assert "computer program" in httpx.get(chat, timeout=60).text
