"""Sends unexpected requests to the public site: `python -m evaluation.fuzz.run` writes `fuzz-report.md`.

Each request carries a marker, which must not appear in the answer or in the log. Every answer is checked.
"""

import argparse
import contextlib
import json
import re
import socket
import tempfile
import time
from collections import Counter, defaultdict
from datetime import date
from http.client import parse_headers
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined
from requests import RequestException, Session
from rich.progress import Progress
from schemathesis import Response
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from evaluation import REPORTS
from evaluation.fuzz.probes import Case, Probe, probes
from evaluation.processes import memory, processor_seconds
from evaluation.server import Server

REPORT = REPORTS / "fuzz-report.json"
TEMPLATE = Path(__file__).with_name("fuzz-report.jinja")
REQUESTS = 10_000
SEED = 1
#: Number of requests before memory is first measured. By then, everything that loads lazily has been loaded.
WARM_UP = 2_000
#: How long to wait for an answer, in seconds. A later answer counts as no answer.
PATIENCE = 30.0
STRICT = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}
PROBLEM = "application/problem+json"
#: Maximum response time, in seconds. Requests are sent one at a time, so none waits for another.
IN_TIME = 0.1
#: The checks made on every answer and on the server's log.
SOON = f"answered within {1000 * IN_TIME:.0f} ms"
CHECKS = (
    "no server error",
    "no echo",
    "strict headers",
    "problem documents are whole",
    "as described",
    "answered",
    SOON,
    "nothing in the log",
)

#: schemathesis checks that compare an answer with the API description.
DESCRIBED = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# The page shows people their own text, either in the conversation or, if it was refused, in the input field.
_OWN_TEXT = re.compile(rb'<textarea[^>]*>[^<]*</textarea>|<p class="said">[^<]*</p>')


class Answer(NamedTuple):
    """An answer. Header names are in lower case. `faults` lists schemathesis' findings, if it made the request."""

    status: int
    headers: Dict[str, str]
    body: bytes
    faults: Tuple[str, ...] = ()


class Timed(NamedTuple):
    """A request: the seconds until it was answered, the server's processor seconds for it, and its description."""

    seconds: float
    processor: float
    what: str


class Kind(NamedTuple):
    """Statistics for one kind of request.

    `longest` is the longest response time in seconds. `late` counts requests that took longer than `IN_TIME`, and
    `costly` those that also used more than `IN_TIME` of processor time, so the machine's load is not the reason.
    """

    requests: int
    longest: float
    late: int
    costly: int


class Outcome(NamedTuple):
    """The result of a run. `faults` is keyed by check. `memory` is in bytes, after the warm-up and at the end."""

    requests: int
    seconds: float
    statuses: Dict[int, int]
    kinds: Dict[str, Kind]
    slowest: List[Timed]
    memory: Tuple[int, int]
    faults: Dict[str, List[str]]

    @property
    def growth(self) -> float:
        """Memory growth since the warm-up, as a fraction."""
        return self.memory[1] / self.memory[0] - 1


def fuzz(
    server: Server,
    requests: int = REQUESTS,
    warm_up: int = WARM_UP,
    number: int = SEED,
    progress: Optional[Progress] = None,
) -> Outcome:
    """Send `requests` probes and check each answer."""
    faults: Dict[str, List[str]] = defaultdict(list)
    statuses: "Counter[int]" = Counter()
    timed: List[Timed] = []
    memory: List[int] = []
    markers: List[str] = []
    bar = progress.add_task("Fuzzing", total=requests) if progress else None
    started = time.monotonic()
    with Session() as session:
        session.trust_env = False
        for probe in probes(server.chat.rstrip("/"), number):
            used = processor_seconds([server.process.pid])
            answers, took = _send(session, server, probe)
            timed.append(Timed(took, processor_seconds([server.process.pid]) - used, probe.what))
            markers.append(probe.marker)
            statuses.update(answer.status for answer in answers)
            if took > IN_TIME:
                faults[SOON].append(f"{probe.what} → {1000 * took:.0f} ms")
            for check, what in _faults(probe, answers):
                faults[check].append(f"{probe.what} → {what}")
            if progress and bar is not None:
                progress.advance(bar)
            if not memory and len(markers) >= min(warm_up, requests):
                memory.append(_held(server))
            if len(markers) >= requests:
                break
    seconds = time.monotonic() - started
    faults["nothing in the log"] += _logged(server, markers)
    slowest = sorted(timed, reverse=True)[:20]
    return Outcome(
        len(markers), seconds, dict(statuses), kinds_of(timed), slowest, (memory[0], _held(server)), dict(faults)
    )


def kinds_of(timed: List[Timed]) -> Dict[str, Kind]:
    """Summarise requests by kind, which is the first part of each description."""
    by_kind: Dict[str, List[Timed]] = defaultdict(list)
    for one in timed:
        by_kind[re.split("[:,]", one.what)[0]].append(one)
    return {
        kind: Kind(
            len(of_kind),
            max(one.seconds for one in of_kind),
            sum(one.seconds > IN_TIME for one in of_kind),
            sum(one.seconds > IN_TIME and one.processor > IN_TIME for one in of_kind),
        )
        for kind, of_kind in sorted(by_kind.items())
    }


def exchange(url: str, data: bytes, answers: int = 1, patience: float = PATIENCE) -> List[Answer]:
    """Send bytes over a socket and read up to `answers` responses, or fewer if the server closes the connection.

    Raises:
        TimeoutError: the server neither responds nor closes the connection.
    """
    address = urlsplit(url)
    read: List[Answer] = []
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=patience) as connection:
        # A server may close the connection before it has read everything. Its answer can still be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        with contextlib.suppress(ConnectionResetError), connection.makefile("rb") as stream:
            while len(read) < answers and (line := stream.readline()):
                headers = {name.lower(): value for name, value in parse_headers(stream).items()}
                read.append(Answer(int(line.split()[1]), headers, stream.read(int(headers.get("content-length", 0)))))
    return read


def _send(session: Session, server: Server, probe: Probe) -> Tuple[List[Answer], float]:
    """Send a probe, and return its answers and the seconds it took to read them."""
    began = time.perf_counter()
    try:
        if isinstance(probe.request, bytes):
            answers = exchange(server.chat, probe.request, probe.answers)
            return answers, time.perf_counter() - began
        url = server.chat.rstrip("/")
        response = probe.request.call(url, session=session, allow_redirects=False, timeout=PATIENCE)
    except (TimeoutError, RequestException):
        return [], time.perf_counter() - began
    took = time.perf_counter() - began
    headers = {name: ", ".join(values) for name, values in response.headers.items()}
    return [Answer(response.status_code, headers, response.content, _differences(probe.request, response))], took


def _differences(case: Case, response: Response) -> Tuple[str, ...]:
    try:
        case.validate_response(response, checks=DESCRIBED)
    except FailureGroup as group:
        return tuple(" ".join(str(failure).split())[:200] for failure in group.exceptions)
    return ()


def _faults(probe: Probe, answers: List[Answer]) -> Iterator[Tuple[str, str]]:
    if not answers:
        yield "answered", "nothing"
    for answer in answers:
        if answer.status >= 500:
            yield "no server error", str(answer.status)
        if probe.marker in _echo_text(answer):
            yield "no echo", str(answer.status)
        missing = [name for name, value in STRICT.items() if answer.headers.get(name) != value]
        if missing or "content-security-policy" not in answer.headers or "set-cookie" in answer.headers:
            yield "strict headers", f"{answer.status} without {missing}"
        if answer.status >= 400 and not _is_whole(answer):
            yield "problem documents are whole", f"{answer.status} {answer.headers.get('content-type')}"
        yield from (("as described", what) for what in answer.faults)


def _echo_text(answer: Answer) -> str:
    body = _OWN_TEXT.sub(b"", answer.body) if _is_page(answer) else answer.body
    return (str(answer.headers) + body.decode("utf-8", "replace")).lower()


def _is_page(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html")


def _is_whole(answer: Answer) -> bool:
    """Whether an error answer is a complete problem document or the chat page, which explains the error."""
    if _is_page(answer):
        return b'<form id="ask"' in answer.body
    if answer.headers.get("content-type") != PROBLEM:
        return False
    problem = json.loads(answer.body)
    return (
        set(problem) == {"type", "status", "title", "detail"}
        and problem["status"] == answer.status
        and all(isinstance(problem[name], str) and problem[name] for name in ("type", "title", "detail"))
    )


def _logged(server: Server, markers: List[str]) -> List[str]:
    log = server.log.read_text(encoding="utf-8", errors="replace").lower()
    return [marker for marker in markers if marker in log]


def _held(server: Server) -> int:
    return int(memory([server.process.pid]).resident * 1024 * 1024)


def run() -> None:
    """Fuzz the site and write both reports."""
    parser = argparse.ArgumentParser(description="Fuzz the public site and write evaluation/reports/fuzz-report.md.")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"how many; {REQUESTS:,} unless told")
    parser.add_argument("--seed", type=int, default=SEED, help="another number, other requests")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, Progress() as progress:
        server = Server(Path(directory) / "data")
        try:
            outcome = fuzz(server, chosen.requests, number=chosen.seed, progress=progress)
        finally:
            server.stop()
    write(outcome, chosen.seed)


def write(outcome: Outcome, number: int) -> None:
    """Write the report as JSON and as Markdown."""
    figures: Dict[str, Any] = {
        **outcome._asdict(),
        "growth": round(outcome.growth, 4),
        "seconds": round(outcome.seconds, 1),
        "slowest": [{**one._asdict(), "seconds": round(one.seconds, 3)} for one in outcome.slowest],
        "statuses": dict(sorted(outcome.statuses.items())),
        "kinds": {
            kind: {**of_kind._asdict(), "longest": round(of_kind.longest, 3)} for kind, of_kind in outcome.kinds.items()
        },
        "faults": {check: outcome.faults.get(check, []) for check in CHECKS},
    }
    REPORT.write_text(json.dumps(figures, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, trim_blocks=True)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        day=date.today().isoformat(), seed=number, in_time=IN_TIME, figures=figures
    )
    REPORT.with_suffix(".md").write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    run()
