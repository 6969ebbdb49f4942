"""What is to be erased but could not be at once: ids of conversations in a small file beside the database.

The file has its full size from the start, so that marking needs no room on a disk that is full. Each line is on the
disk before `mark` returns, and several processes may use it. Ids are hashes: they open nothing and say nothing.
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
#: More conversations than that are not marked.
MOST = 2000
_ID = re.compile(rb"[0-9a-f]{64}")
_LINE = 66
SIZE = MOST * _LINE
#: Nanoseconds in which a file system's clock has surely gone on.
_TICK = 10**9


class FullError(OSError):
    """There is no room for one more mark."""


class Tombstones:
    """The ids that are marked. Those of this process are also known where the file cannot be written."""

    def __init__(self, path: Optional[Path]) -> None:
        """Use the file at `path`, or none."""
        self._path = path
        self._unwritten: Set[str] = set()
        self._read_at: Optional[int] = None
        self._written: FrozenSet[str] = frozenset()
        # A directory that cannot be written is noticed by whoever opens the database in it.
        try:
            with self._locked():
                pass
        except OSError:
            return

    @classmethod
    def beside(cls, engine: Engine) -> "Tombstones":
        """Beside a database in a file; of a database elsewhere, in the data directory."""
        if engine.dialect.name != "sqlite":
            return cls(load_settings().data_dir / NAME)
        name = engine.url.database
        return cls(None if name in (None, "", ":memory:") else Path(str(name)).parent / NAME)

    def mark(self, conversation_id: str) -> None:
        """Mark a conversation; when this returns, the mark is on the disk.

        Raises:
            OSError: it is not, but holds as long as this process does.
        """
        if len(self._unwritten) < MOST:
            self._unwritten.add(conversation_id)
        with self._locked() as file:
            held = _held(file)
            if conversation_id.encode() not in held:
                if len(held) + _LINE > SIZE:
                    raise FullError("Too many conversations wait to be erased.")
                # A line that a crash cut off ends here.
                os.pwrite(file, f"\n{conversation_id}\n".encode(), len(held))
                os.fsync(file)
        self._unwritten.discard(conversation_id)

    def marked(self) -> FrozenSet[str]:
        """Every conversation that is marked."""
        return self._read() | self._unwritten

    def clear(self, erased: FrozenSet[str]) -> None:
        """Take all marks away if they are of `erased`; otherwise somebody marked one meanwhile, and they stay.

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
        """What the file holds; it is read when it has changed."""
        if self._path is None:
            return self._written
        try:
            stat = self._path.stat()
            if stat.st_mtime_ns != self._read_at:
                # Two changes in one tick of the file system's clock bear the same time.
                is_settled = time.time_ns() - stat.st_mtime_ns > _TICK
                self._written = _ids(self._path.read_bytes())
                self._read_at = stat.st_mtime_ns if is_settled else None
        except OSError:
            # What was read before still holds.
            return self._written
        return self._written

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, of its full size, while nobody else writes to it."""
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
