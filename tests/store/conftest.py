import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import MISSING, MUST, Postgres, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if programs() is None:
        if os.environ.get(MUST):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    # Not pytest's own folder: a socket's path must be short, and PostgreSQL's account must reach it.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    running = Postgres(folder / "s")
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database, of each kind that may be used."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db"
    return request.getfixturevalue("postgres").new_url()
