import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import new_database
from postgres import MISSING, MUST, Postgres, programs

from bot.store.database import Database
from bot.store.engine import open_engine


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if programs() is None:
        terminalreporter.line(MISSING, red=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if programs() is None:
        if os.environ.get(MUST):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    # Not tmp_path, because a socket's path must be short and accessible to PostgreSQL's account.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    running = Postgres(folder / "s")
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.served)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database without tables, once for SQLite and once for PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db"
    return request.getfixturevalue("postgres").new_url()


@pytest.fixture
def url(bare_url: str, tmp_path: Path) -> str:
    """The URL of a new database. An SQLite database already has its tables."""
    return new_database(tmp_path) if bare_url.startswith("sqlite") else bare_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A new database, opened in the same way as the console opens it."""
    opened = Database(open_engine(url))
    yield opened
    opened.close()
