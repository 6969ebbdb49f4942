"""Databases of SQLite with their tables: every migration is run once, and what came of it is copied."""

import tempfile
from functools import lru_cache
from pathlib import Path

from bot.store.engine import open_engine


def new_database(folder: Path, name: str = "a.db") -> str:
    """The address of a new database in `folder` that holds nothing but its tables."""
    path = folder / name
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        open_engine(f"sqlite:///{path}").dispose()
        return path.read_bytes()
