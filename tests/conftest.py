"""What many tests need: a trained model, and the whole assistant running as a person would run it.

A test that uses a fixture of `MARKED_BY` carries that mark, so that `make check` can leave it out.
"""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_client import Person, Server, StartServer
from documents import promises
from hypothesis import settings
from nginx import Nginx, StartNginx
from sanic import Sanic
from sanic.touchup import TouchUp

from bot.rasa_runtime.lazy_tensorflow import leave_out_tensorflow
from bot.rasa_runtime.training import ensure_model
from bot.settings import load_settings

#: For `make check`; `make test` draws a hundred of each.
settings.register_profile("few", max_examples=10)

#: The mark of every test that uses a fixture, however far down.
MARKED_BY = {
    "model_path": "model",
    "start_server": "served",
    "start_nginx": "served",
    "on_a_port": "served",
    "postgres": "served",
    "playwright": "browser",
}


def pytest_configure() -> None:
    """Import no TensorFlow with Rasa, as the program does not, and seldom look for garbage: both take seconds."""
    leave_out_tensorflow()
    gc.set_threshold(50_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: "list[pytest.Item]") -> None:
    # First: what `-m` leaves out is decided by these marks.
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKED_BY:
                item.add_marker(MARKED_BY[fixture])


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def touched_up_once() -> Iterator[None]:
    """Sanic rewrites its own classes whenever an application starts; as ours are alike, once is enough."""
    touch_up, done = TouchUp.run, []

    def once(app: Sanic) -> None:
        if not done:
            touch_up(app)
            done.append(app)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TouchUp, "run", once)
        yield


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model of the present inputs, trained once and kept by fingerprint."""
    return ensure_model(load_settings().model_dir)


@pytest.fixture(scope="session")
def start_server(model_path: Path) -> StartServer:
    """What starts a server of one's own. The test stops it."""
    return Server


@pytest.fixture(scope="session")
def start_nginx() -> StartNginx:
    """What starts a proxy with the shipped configuration; it runs as long as the test is within it."""
    return Nginx


@pytest.fixture(scope="session")
def on_a_port() -> None:
    """Asked for by a fixture whose site answers on a port, though within this process."""


@pytest.fixture(scope="session")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("served") / "data")
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
