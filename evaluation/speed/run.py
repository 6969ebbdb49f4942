"""Compares the assistant with Rasa's default pipeline in one run, and writes `evaluation/reports/report.md`.

Each assistant runs in its own process. The two take turns to hold the same conversations, so other load on the machine
affects both. Only the ratios are meaningful.
"""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import httpx
import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.rasa_runtime.training import ensure_model
from bot.settings import ROOT, Settings
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.server import Server
from evaluation.speed.sample import EXAMPLES, Sample, write_sample

HERE = Path(__file__).parent
REPORT = REPORTS / "report.md"
TEMPLATE = HERE / "report.jinja"
DEFAULT_CONFIG = "evaluation/speed/default.yml"
ROUNDS = 10
SIDE_BY_SIDE = 8
LONG = 104


class Worker:
    """A process running `evaluation.speed.worker`, which holds conversations."""

    def __init__(self, kind: str, model: Path) -> None:
        """Start the process and wait until it is ready."""
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evaluation.speed.worker", kind, str(model)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()
        self.ready = time.perf_counter() - started

    def hold(self, conversations: List[List[str]]) -> Dict[str, Any]:
        """Hold conversations at the same time and return the timings (see `evaluation.speed.worker`)."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"conversations": conversations}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def memory(self) -> float:
        """Return the peak memory so far, in MB."""
        return peak_memory(self._process.pid)

    def stop(self) -> None:
        """End the process by closing its input, and wait for it to exit."""
        self._process.communicate()

    def _answer(self) -> Dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The worker stopped with code {self._process.wait()}.")
        answer: Dict[str, Any] = json.loads(line)
        return answer


class Measured(NamedTuple):
    """The measurements of one assistant.

    `median` and `slow`, the 95th percentile, are in milliseconds per message. `ready` is the seconds until it is ready,
    `memory` its peak memory in MB, and `rate` its messages per second.
    """

    median: float
    slow: float
    ready: float
    memory: float
    rate: float


def run(settings: Settings) -> Dict[str, bool]:
    """Measure everything, write the report and return whether each target was reached, by name.

    Raises:
        TrainingError: one of the two models cannot be trained.
        RuntimeError: an assistant stopped unexpectedly.
    """
    console = Console(stderr=True)
    console.print("The default pipeline is trained once for a sample of these data, which takes a few minutes.")
    default, sample = _default_model(settings)
    models = {"ours": ensure_model(settings.model_dir), "default": default}
    conversations = yaml.safe_load((HERE / "conversations.yml").read_text(encoding="utf-8"))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Starting both", total=ROUNDS + 3)
        workers = {kind: Worker(kind, model) for kind, model in models.items()}
        progress.advance(task)
        took: Dict[str, List[float]] = {kind: [] for kind in workers}
        for worker in workers.values():
            worker.hold(conversations[:1])  # Warm up: the first conversation triggers any lazy loading.
        for number in range(ROUNDS):
            progress.update(task, description=f"Conversations, round {number + 1} of {ROUNDS}")
            for conversation in conversations:
                for kind, worker in workers.items():
                    took[kind] += worker.hold([conversation])["ms"][0]
            progress.advance(task)
        progress.update(task, description=f"{SIDE_BY_SIDE} conversations side by side")
        many = [conversations[i % len(conversations)] for i in range(SIDE_BY_SIDE)]
        rates = {kind: sum(map(len, many)) / worker.hold(many)["seconds"] for kind, worker in workers.items()}
        memory = {kind: worker.memory() for kind, worker in workers.items()}
        progress.update(task, description=f"A conversation of {LONG} messages")
        early, late = _long(workers["ours"], conversations)
        for worker in workers.values():
            worker.stop()
        progress.advance(task)
        progress.update(task, description="streetwise serve")
        ready, memory["ours"] = _serve(conversations[0])
        progress.advance(task)
    starts = {"ours": ready, "default": workers["default"].ready}
    measured = {
        kind: Measured(
            statistics.median(took[kind]),
            statistics.quantiles(took[kind], n=20)[-1],
            starts[kind],
            memory[kind],
            rates[kind],
        )
        for kind in workers
    }
    reached = judge(measured["ours"], measured["default"], late / early)
    REPORT.write_text(render(measured, early, late, reached, sample), encoding="utf-8")
    return reached


def _default_model(settings: Settings) -> "tuple[Path, Sample]":
    """Return a model of the default pipeline, trained on a sample of the data, and the sample's sizes."""
    with tempfile.TemporaryDirectory() as directory:
        sample = write_sample(Path(directory), DEFAULT_CONFIG)
        return ensure_model(settings.model_dir, Path(directory), config=DEFAULT_CONFIG), sample


def _long(worker: Worker, conversations: List[List[str]]) -> "tuple[float, float]":
    """Return the median milliseconds per message around messages 5 and 100 of a conversation, for the same texts."""
    texts = [text for conversation in conversations for text in conversation][:8]
    runs = [worker.hold([[texts[i % 8] for i in range(LONG)]])["ms"][0] for _ in range(3)]
    # Each window is eight messages long, so it contains every text once.
    return (
        statistics.median([ms for run in runs for ms in run[1:9]]),
        statistics.median([ms for run in runs for ms in run[LONG - 8 :]]),
    )


def _serve(conversation: List[str]) -> "tuple[float, float]":
    """Return the seconds until `streetwise serve` is ready, and its peak memory in MB after a conversation."""
    with tempfile.TemporaryDirectory() as directory:
        started = time.perf_counter()
        server = Server(Path(directory) / "data")
        try:
            httpx.get(f"{server.chat}health/ready", timeout=60).raise_for_status()
            ready = time.perf_counter() - started
            token = httpx.post(f"{server.chat}chat/conversations", timeout=60).json()["token"]
            head = {"Authorization": f"Bearer {token}"}
            for text in conversation:
                said = httpx.post(f"{server.chat}chat/messages", json={"text": text}, headers=head, timeout=60)
                said.raise_for_status()
            return ready, peak_memory(server.process.pid)
        finally:
            server.stop()


def peak_memory(process_id: int) -> float:
    """Return a process's peak memory (VmHWM) in MB."""
    status = Path(f"/proc/{process_id}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError("This system does not say how much memory a process holds; run this on Linux.")
    return int(found.group(1)) / 1024


def judge(ours: Measured, default: Measured, growth: float) -> Dict[str, bool]:
    """Return whether each target was reached. `growth` is the time for message 100 divided by that for message 5."""
    return {
        "median": ours.median <= 15,
        "half": ours.median <= default.median / 2,
        "fifth": ours.median <= default.median / 5,
        "rate": ours.rate >= 5 * default.rate,
        "long": growth <= 1.2,
        "ready": ours.ready <= 12,
        "quarter": ours.ready <= default.ready / 4,
        "memory": ours.memory <= 600,
    }


def render(measured: Dict[str, Measured], early: float, late: float, reached: Dict[str, bool], sample: Sample) -> str:
    """Return the report as Markdown. `early` and `late` are the milliseconds around messages 5 and 100."""
    return (
        report_template(TEMPLATE).render(
            **measured,
            early=early,
            late=late,
            reached=reached,
            sample=sample,
            most=EXAMPLES,
            day=date.today().isoformat(),
            cores=os.cpu_count(),
            machine=platform.machine(),
            python=platform.python_version(),
            side_by_side=SIDE_BY_SIDE,
            ms=lambda value: f"{value:.1f} ms",
            count=lambda value: f"{value:,}",
            of=lambda value, other: f"1/{other / value:.1f}",
            yes=lambda is_reached: "yes" if is_reached else "**no**",
        )
        + "\n"
    )
