"""Marks conversations for later erasure, by writing their ids to a small file in the database's folder.

The file is created at its full size, so that marking still works when the disk is full. `mark` returns once the id is
on the disk. Several processes may use the file at the same time. The ids are hashes of tokens, so they grant no access
and reveal nothing.
"""

import fcntl
import os
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import FrozenSet, Iterator, Optional, Set

from sqlalchemy.engine import Engine

from bot.settings import load_settings

NAME = "to-erase"
#: The maximum number of conversations that can be marked.
MOST = 2000
_ID = re.compile(rb"[0-9a-f]{64}")
_LINE = 66
SIZE = MOST * _LINE
#: Nanoseconds after which any file system's clock is sure to have advanced.
_TICK = 10**9


class FullError(OSError):
    """The file has no room for another mark."""


class Tombstones:
    """The ids of marked conversations. If the file cannot be written, this process keeps its own marks in memory."""

    def __init__(self, path: Optional[Path]) -> None:
        """Use the file at `path`, or keep marks only in memory if it is None."""
        self._path = path
        # Marks that could not be written.
        self.unwritten: Set[str] = set()
        self._read_at: Optional[int] = None
        self._written: FrozenSet[str] = frozenset()
        # If the directory is not writable, opening the database will report that.
        try:
            with self._locked():
                pass
        except OSError:
            return

    @classmethod
    def for_engine(cls, engine: Engine) -> "Tombstones":
        """Use a file in the SQLite database's folder, or in the data directory for any other kind of database."""
        if engine.dialect.name != "sqlite":
            return cls(load_settings().data_dir / NAME)
        name = engine.url.database
        return cls(None if name in (None, "", ":memory:") else Path(str(name)).parent / NAME)

    def mark(self, conversation_id: str) -> None:
        """Mark a conversation and wait until the mark is on the disk.

        Raises:
            OSError: the file cannot be written, so the mark lasts only as long as this process.
        """
        if len(self.unwritten) < MOST:
            self.unwritten.add(conversation_id)
        with self._locked() as file:
            held = _held(file)
            if conversation_id.encode() not in held:
                if len(held) + _LINE > SIZE:
                    raise FullError("Too many conversations wait to be erased.")
                # The leading newline ends any line that a crash left incomplete.
                os.pwrite(file, f"\n{conversation_id}\n".encode(), len(held))
                os.fsync(file)
        self.unwritten.discard(conversation_id)

    def marked(self) -> FrozenSet[str]:
        """Return all marked ids."""
        return self._read() | self.unwritten

    def clear(self, erased: FrozenSet[str]) -> None:
        """Remove all marks, or keep them all if a mark that is not in `erased` was added in the meantime.

        Raises:
            OSError: the file cannot be written.
        """
        self.unwritten -= erased
        if not self._read():
            return
        with self._locked() as file:
            held = _held(file)
            if _ids(held) <= erased:
                os.pwrite(file, bytes(len(held)), 0)
                os.fsync(file)

    def _read(self) -> FrozenSet[str]:
        """Return the ids in the file, which is reread only if it has changed."""
        if self._path is None:
            return self._written
        try:
            stat = self._path.stat()
            if stat.st_mtime_ns != self._read_at:
                # If the file changes twice within one tick of the file system's clock, its modification time stays the
                # same.
                is_settled = time.time_ns() - stat.st_mtime_ns > _TICK
                self._written = _ids(self._path.read_bytes())
                self._read_at = stat.st_mtime_ns if is_settled else None
        except OSError:
            # Fall back on the ids that were last read.
            return self._written
        return self._written

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open and lock the file, extending it to its full size if necessary."""
        if self._path is None:
            raise OSError("There is no file for what is to be erased.")
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_size < SIZE:
                os.posix_fallocate(file, 0, SIZE)
                os.fsync(file)
            yield file
        finally:
            os.close(file)


def _held(file: int) -> bytes:
    return os.pread(file, SIZE, 0).rstrip(b"\0")


def _ids(held: bytes) -> FrozenSet[str]:
    return frozenset(line.decode() for line in held.split(b"\n") if _ID.fullmatch(line))
