"""The metrics count the right things, reveal nothing about individuals and are summed over processes."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from bare_chat import BareChat
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from bot import monitoring
from bot.listening import LOOPBACK
from bot.monitoring import FEW, SHARED, _InSteps, share
from bot.settings import ROOT

COUNTING = """
from bot import monitoring
monitoring.REQUESTS.labels("chat", "/chat/messages", 200).inc(7)
with monitoring.waiting("write"):
    pass
"""
SUMMING = """
from prometheus_client import generate_latest
from bot import monitoring
print(generate_latest(monitoring.registry()).decode())
"""


def value(text: str, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return 0.0


def python(program: str, environment: "dict[str, str]") -> str:
    command = [sys.executable, "-W", "ignore", "-c", program]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture(scope="module")
def address(on_a_port: None) -> str:
    return f"http://{LOOPBACK}:{monitoring.serve(0, LOOPBACK)}/metrics"


@pytest.fixture
async def chat(tmp_path: Path, on_a_port: None) -> AsyncIterator[BareChat]:
    one = BareChat(tmp_path)
    await one.open()
    yield one
    await one.close()


@pytest.fixture(scope="module")
def total(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The metrics served after two processes have both counted."""
    environment = share(tmp_path_factory.mktemp("data"))
    for _ in range(2):
        python(COUNTING, environment)
    return python(SUMMING, environment)


async def test_a_request_is_counted_by_route_and_status(chat: BareChat, address: str) -> None:
    labels = {"site": "chat", "route": "/chat/messages", "status": "401"}
    before = value(httpx.get(address).text, "streetwise_requests_total", **labels)
    await chat.http.post("messages", json={"text": "hello"})
    assert value(httpx.get(address).text, "streetwise_requests_total", **labels) == before + 1


async def test_a_refusal_is_counted_by_its_reason(chat: BareChat, address: str) -> None:
    before = value(httpx.get(address).text, "streetwise_refusals_total", reason="no_token")
    await chat.http.post("messages", json={"text": "hello"})
    assert value(httpx.get(address).text, "streetwise_refusals_total", reason="no_token") == before + 1


async def test_an_unknown_path_does_not_become_a_label(chat: BareChat, address: str) -> None:
    await chat.http.get("planted-path-7f3a?planted-query-7f3a=1")
    served = httpx.get(address).text
    assert "7f3a" not in served
    assert value(served, "streetwise_requests_total", route="none", status="404") >= 1


async def test_no_request_is_in_progress_once_all_are_answered(chat: BareChat, address: str) -> None:
    await chat.http.get("")
    assert value(httpx.get(address).text, "streetwise_requests_in_progress", site="chat") == 0


async def test_a_write_to_the_store_is_timed(chat: BareChat, address: str) -> None:
    before = value(httpx.get(address).text, "streetwise_store_seconds_count", kind="write")
    await chat.store.resume()
    assert value(httpx.get(address).text, "streetwise_store_seconds_count", kind="write") == before + 1


def test_danger_is_counted_in_steps_that_hide_individuals() -> None:
    counter = Counter("streetwise_try", "For this test.", registry=None)
    in_steps = _InSteps(counter, FEW)
    seen = []
    for _ in range(2 * FEW):
        in_steps.add()
        seen.append(counter._value.get())
    assert seen == [0.0] * (FEW - 1) + [FEW] * FEW + [2 * FEW]


def test_the_counts_of_several_processes_are_added_up(total: str) -> None:
    assert value(total, "streetwise_requests_total", route="/chat/messages") == 14


def test_the_times_of_several_processes_are_added_up(total: str) -> None:
    assert value(total, "streetwise_store_seconds_count", kind="write") == 2


def test_counts_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    left = tmp_path / "metrics" / "counter_1.db"
    left.parent.mkdir()
    left.touch()
    assert (share(tmp_path), left.exists()) == ({SHARED: str(left.parent)}, False)


def test_every_metric_is_ours_or_about_the_process() -> None:
    names = {family.name for family in monitoring.registry().collect()}
    assert {name.split("_")[0] for name in names} <= {"streetwise", "process", "python"}
