"""New SQLite databases for tests: migrations run once, and the resulting file is copied."""

import tempfile
from functools import lru_cache
from pathlib import Path

from bot.store.engine import open_engine


def new_database(folder: Path, name: str = "a.db") -> str:
    """Create a database with empty tables in `folder` and return its URL."""
    path = folder / name
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        open_engine(f"sqlite:///{path}").dispose()
        return path.read_bytes()
