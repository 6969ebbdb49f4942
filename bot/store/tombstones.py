"""Marks of conversations that are still to be erased: their ids in a small file in the folder of the database.

The file has its full size from the start, so that marking works on a full disk. `mark` returns once the line is on the
disk, and several processes may use the file. Ids are hashes of tokens: they grant no access and reveal nothing.
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
#: Most conversations that can be marked.
MOST = 2000
_ID = re.compile(rb"[0-9a-f]{64}")
_LINE = 66
SIZE = MOST * _LINE
#: Nanoseconds after which a file system's clock has certainly advanced.
_TICK = 10**9


class FullError(OSError):
    """The file has no room for another mark."""


class Tombstones:
    """The marked ids. This process also remembers its own marks if the file cannot be written."""

    def __init__(self, path: Optional[Path]) -> None:
        """Use the file at `path`, or keep marks in memory only."""
        self._path = path
        self._unwritten: Set[str] = set()
        self._read_at: Optional[int] = None
        self._written: FrozenSet[str] = frozenset()
        # Opening the database reports a directory that cannot be written.
        try:
            with self._locked():
                pass
        except OSError:
            return

    @classmethod
    def for_engine(cls, engine: Engine) -> "Tombstones":
        """Use the folder of a SQLite file, or the data directory for another database."""
        if engine.dialect.name != "sqlite":
            return cls(load_settings().data_dir / NAME)
        name = engine.url.database
        return cls(None if name in (None, "", ":memory:") else Path(str(name)).parent / NAME)

    def mark(self, conversation_id: str) -> None:
        """Mark a conversation and wait until the mark is on the disk.

        Raises:
            OSError: the file cannot be written; the mark lasts only as long as this process.
        """
        if len(self._unwritten) < MOST:
            self._unwritten.add(conversation_id)
        with self._locked() as file:
            held = _held(file)
            if conversation_id.encode() not in held:
                if len(held) + _LINE > SIZE:
                    raise FullError("Too many conversations wait to be erased.")
                # The leading newline ends a line that a crash cut off.
                os.pwrite(file, f"\n{conversation_id}\n".encode(), len(held))
                os.fsync(file)
        self._unwritten.discard(conversation_id)

    def marked(self) -> FrozenSet[str]:
        """All marked ids."""
        return self._read() | self._unwritten

    def clear(self, erased: FrozenSet[str]) -> None:
        """Remove all marks if all are in `erased`; keep them if another one was added in the meantime.

        Raises:
            OSError: the file cannot be written.
        """
        self._unwritten -= erased
        if not self._read():
            return
        with self._locked() as file:
            held = _held(file)
            if _ids(held) <= erased:
                os.pwrite(file, bytes(len(held)), 0)
                os.fsync(file)

    def _read(self) -> FrozenSet[str]:
        """The ids in the file, which is read again only if it has changed."""
        if self._path is None:
            return self._written
        try:
            stat = self._path.stat()
            if stat.st_mtime_ns != self._read_at:
                # Two changes within one tick of the file system's clock have the same time.
                is_settled = time.time_ns() - stat.st_mtime_ns > _TICK
                self._written = _ids(self._path.read_bytes())
                self._read_at = stat.st_mtime_ns if is_settled else None
        except OSError:
            # Use the ids read before.
            return self._written
        return self._written

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open and lock the file, at its full size."""
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
