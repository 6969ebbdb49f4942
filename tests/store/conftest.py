from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import new_database

from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.keys import NAME


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.served)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a new database without tables, once for SQLite and once for PostgreSQL."""
    monkeypatch.setenv("STREETWISE_KEYS", str(tmp_path / NAME))
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db"
    return request.getfixturevalue("postgres").new_url()


@pytest.fixture
def url(bare_url: str, tmp_path: Path) -> str:
    """The URL of a new database. An SQLite database already has its tables."""
    return new_database(tmp_path) if bare_url.startswith("sqlite") else bare_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A new database, opened the way the console opens it."""
    opened = Database(open_engine(url))
    yield opened
    opened.close()
