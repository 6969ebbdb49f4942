"""Fixtures that many tests use: a trained model, and the whole assistant running as it does in production.

Tests that use a fixture listed in `MARKED_BY` get its mark, so that `make check` can leave them out.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import postgres as postgresql
import pytest
import redis_server as redis
from chat_client import Person, Server, StartServer
from documents import promises
from hypothesis import settings
from nginx import Nginx, StartNginx
from postgres import Postgres
from redis_server import RedisServer
from sanic import Sanic
from sanic.touchup import TouchUp

from bot.rasa_runtime.lazy_imports import leave_out_unused
from bot.rasa_runtime.training import ensure_model
from bot.settings import load_settings

#: For `make check`. `make test` draws a hundred examples for each test.
settings.register_profile("few", max_examples=10)

#: Maps fixtures to the mark for every test that uses them, directly or through other fixtures.
MARKED_BY = {
    "model_path": "model",
    "start_server": "served",
    "start_nginx": "served",
    "on_a_port": "served",
    "postgres": "served",
    "redis_server": "served",
    "playwright": "browser",
    "engine": "browser",
}
HERE = Path(__file__).parent


def pytest_configure() -> None:
    """Keep Rasa from importing TensorFlow, as the program does, and collect garbage less often. Both save seconds."""
    leave_out_unused()
    gc.set_threshold(50_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: "list[pytest.Item]") -> None:
    # This must run first, because pytest's `-m` selects tests by these marks.
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKED_BY:
                item.add_marker(MARKED_BY[fixture])
        _require_run(item)


def _require_run(item: pytest.Item) -> None:
    """Check that one of deploy/test's runs collects the test.

    Raises:
        pytest.UsageError: the test is in a folder that the run for its marks leaves out.
    """
    marks, folder = {mark.name for mark in item.iter_markers()}, item.path.relative_to(HERE).parts[0]
    if "browser" in marks and folder != "browser":
        raise pytest.UsageError(f"{item.nodeid} needs a browser. Move it to tests/browser, or deploy/test skips it.")
    if folder == "training" and marks & set(MARKED_BY.values()):
        raise pytest.UsageError(f"{item.nodeid} needs more than training. Move it, or deploy/test skips it.")


def pytest_collection_finish() -> None:
    """Exclude everything imported and collected so far from later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def touched_up_once() -> Iterator[None]:
    """Make Sanic rewrite its classes once instead of at every start, as the result is the same for all our apps."""
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
    """The model for the current inputs, trained only if no existing model has their fingerprint."""
    return ensure_model(load_settings().model_dir)


@pytest.fixture(scope="session")
def start_server(model_path: Path) -> StartServer:
    """Starts a separate server for a test, which must stop it."""
    return Server


@pytest.fixture(scope="session")
def start_nginx() -> StartNginx:
    """Starts a proxy with the shipped configuration; used as a context manager, it stops at the end of the block."""
    return Nginx


@pytest.fixture(scope="session")
def on_a_port() -> None:
    """Requested by fixtures that serve a site on a port from within this process."""


@pytest.fixture(scope="session")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("served") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    _need(postgresql.programs() is not None, postgresql.MUST, postgresql.MISSING)
    # Not tmp_path, because a socket's path must be short and accessible to PostgreSQL's account.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    running = Postgres(folder / "s")
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    _need(redis.is_installed(), redis.MUST, redis.MISSING)
    running = RedisServer(tmp_path_factory.mktemp("redis"))
    yield running
    running.kill()


def _need(is_installed: bool, must: str, missing: str) -> None:
    if not is_installed:
        if os.environ.get(must):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture
def person(server: Server) -> Person:
    return Person(server)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report what was not tested, and whether the test of each privacy promise passed in this run."""
    for is_installed, missing in (
        (postgresql.programs() is not None, postgresql.MISSING),
        (redis.is_installed(), redis.MISSING),
    ):
        if not is_installed:
            terminalreporter.line(missing, red=True)
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
