"""New SQLite databases for tests: migrations run once, and the resulting file and its key file are copied."""

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Tuple

from bot.store.engine import open_engine
from bot.store.keys import NAME


def new_database(folder: Path, name: str = "a.db") -> str:
    """Create a database with empty tables in `folder` and return its URL."""
    path, (tables, keys) = folder / name, _migrated()
    path.write_bytes(tables)
    (folder / NAME).write_bytes(keys)
    return f"sqlite:///{path}"


@lru_cache(maxsize=1)
def _migrated() -> Tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        open_engine(f"sqlite:///{path}", f"sqlite:///{folder}/{NAME}").dispose()
        return path.read_bytes(), (path.parent / NAME).read_bytes()
