"""What many tests need: a trained model, and the whole assistant running as a person would run it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import promises
from people import Person

from bench.served import Server
from bot.settings import load_settings
from bot.training import ensure_model


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of each promise on privacy whether its test passed in this run."""
    outcomes: "dict[str, set[str]]" = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            outcomes.setdefault(report.nodeid.partition("[")[0], set()).add(outcome)
    run = [(promise, outcomes[promise.test]) for promise in promises() if promise.test in outcomes]
    if run:
        terminalreporter.section("promises on privacy (docs/PRIVACY.md)")
    for promise, found in run:
        kept = "kept  " if found == {"passed"} else "BROKEN"
        terminalreporter.line(f"{kept} {promise.name}: {promise.test}")
