"""Compares the assistant with Rasa's default pipeline and with the encoder alone, each in its own process.

They take turns holding the same conversations, so other load on the machine affects them equally.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from bot.settings import ROOT
from evaluation.processes import peak_memory

#: Number of times that each conversation is held, one at a time.
ROUNDS = 10
#: Number of conversations held at the same time, and number of repetitions.
SIDE_BY_SIDE, ROUNDS_SIDE_BY_SIDE = 8, 3
#: The number of messages in a long conversation.
LONG = 104
OURS, DEFAULT, ENCODER = "ours", "default", "encoder"


class Worker:
    """A process running `evaluation.speed.worker`, which holds conversations."""

    def __init__(self, kind: str, model: Path) -> None:
        """Start the process and wait until it is ready."""
        started = time.perf_counter()
        self._errors = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed by `stop`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evaluation.speed.worker", kind, str(model)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
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
        self._errors.close()

    def _answer(self) -> Dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self._errors.seek(0)
            raise RuntimeError(f"The worker stopped with code {code}:\n{self._errors.read()[-2000:]}")
        answer: Dict[str, Any] = json.loads(line)
        return answer


class Measured(NamedTuple):
    """The measurements of one assistant.

    `median`, `slow` (the 95th percentile) and `cpu` (the mean processor time) are in milliseconds per message. `ready`
    is its start-up time in seconds, `memory` its peak memory in MB, and `rate` its messages per second.
    """

    median: float
    slow: float
    cpu: float
    ready: float
    memory: float
    rate: float


class Compared(NamedTuple):
    """The measurements of each kind, and our milliseconds per message around messages 5 and 100."""

    kinds: Dict[str, Measured]
    early: float
    late: float


#: Number of times that `compare` calls `step`.
STEPS = 1 + ROUNDS + 2


def compare(models: Dict[str, Path], conversations: List[List[str]], step: Callable[[str], None]) -> Compared:
    """Measure each kind of assistant.

    Args:
        models: the model of each kind.
        conversations: the conversations to hold.
        step: called with the name of the next step, `STEPS` times.

    Raises:
        RuntimeError: an assistant stopped unexpectedly.
    """
    step("Starting the assistants")
    workers = {kind: Worker(kind, model) for kind, model in models.items()}
    took: Dict[str, List[float]] = {kind: [] for kind in workers}
    cpu = dict.fromkeys(workers, 0.0)
    for worker in workers.values():
        worker.hold(conversations[:1])  # Warm up: the first conversation triggers any lazy loading.
    for number in range(ROUNDS):
        step(f"Conversations, round {number + 1} of {ROUNDS}")
        for conversation in conversations:
            for kind, worker in workers.items():
                held = worker.hold([conversation])
                took[kind] += held["ms"][0]
                cpu[kind] += held["cpu"]
    step(f"{SIDE_BY_SIDE} conversations side by side")
    rates = _side_by_side(workers, conversations)
    memory = {kind: worker.memory() for kind, worker in workers.items()}
    step(f"A conversation of {LONG} messages")
    early, late = _long(workers[OURS], conversations)
    for worker in workers.values():
        worker.stop()
    measured = {
        kind: Measured(
            statistics.median(took[kind]),
            statistics.quantiles(took[kind], n=20)[-1],
            1000 * cpu[kind] / len(took[kind]),
            workers[kind].ready,
            memory[kind],
            rates[kind],
        )
        for kind in workers
    }
    return Compared(measured, early, late)


def _side_by_side(workers: Dict[str, Worker], conversations: List[List[str]]) -> Dict[str, float]:
    """Return each kind's messages per second with several conversations at once, taking the median of the rounds."""
    many = [conversations[i % len(conversations)] for i in range(SIDE_BY_SIDE)]
    seconds: Dict[str, List[float]] = {kind: [] for kind in workers}
    for _ in range(ROUNDS_SIDE_BY_SIDE):
        for kind, worker in workers.items():
            seconds[kind].append(worker.hold(many)["seconds"])
    return {kind: sum(map(len, many)) / statistics.median(of_kind) for kind, of_kind in seconds.items()}


def _long(worker: Worker, conversations: List[List[str]]) -> Tuple[float, float]:
    """Return the median milliseconds per message around messages 5 and 100 of a conversation, using the same texts."""
    texts = [text for conversation in conversations for text in conversation][:8]
    runs = [worker.hold([[texts[i % 8] for i in range(LONG)]])["ms"][0] for _ in range(3)]
    # Each window is eight messages long, so it contains every text once.
    return (
        statistics.median([ms for run in runs for ms in run[1:9]]),
        statistics.median([ms for run in runs for ms in run[LONG - 8 :]]),
    )
