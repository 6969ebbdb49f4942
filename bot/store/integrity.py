"""Checks an SQLite database before it is opened, because SQLite would open some damaged databases without an error.

SQLite treats an empty file as a new database, ignores a damaged write-ahead log along with the messages in it, and
notices a damaged page only when it reads that page.
"""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Iterator, List, Tuple

from bot.store.tombstones import NAME as MARKS

_HEADER = b"SQLite format 3\0"
#: The write-ahead log's header and the header of each frame in it, in bytes. See https://sqlite.org/fileformat2.html.
_LOG_HEADER, _FRAME_HEADER = 32, 24
_MAGIC = 0x377F0682
#: The number of transactions that may follow an unreadable frame. A crash can truncate only the last one.
_CUT_OFF = 1
#: A frame is older than the log's header if their first salts differ by less than this: SQLite increments the header's
#: salt each time it restarts the log, and older frames keep theirs.
_OLDER = 2**20


class DamagedError(Exception):
    """The database is damaged or missing. Nothing was changed."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"The database {path} {what}. Nothing was changed. Stop everything that uses it, move it and the files "
            f"next to it whose names begin with '{path.name}' elsewhere, and restore the newest backup with "
            "'streetwise restore FILE'."
        )


def check_files(path: Path) -> None:
    """Check that a database's files look intact, without opening them as a database. This takes milliseconds.

    Raises:
        DamagedError: the database is empty or missing although one was used here, is not an SQLite database, or has a
            damaged write-ahead log.
    """
    log = path.with_name(path.name + "-wal")
    found = _beginning(path) if path.exists() else b""
    if not found:
        if path.with_name(MARKS).exists() or _size(log):
            raise DamagedError(path, _lost(path))
        return
    if found != _HEADER:
        raise DamagedError(path, "is not an SQLite database")
    if _size(log) and _is_damaged(log):
        raise DamagedError(path, "has a damaged write-ahead log, so the latest messages cannot be read")


def check_pages(path: Path) -> None:
    """Check a database's files and all its pages.

    This reads the whole database, so it is done only at start-up and when restoring.

    Raises:
        DamagedError: the database is damaged, or is missing although one was used here.
    """
    # Check the files first, because opening a database removes a log that cannot be read.
    check_files(path)
    if not _size(path):
        return
    try:
        # Read-only, because SQLite would otherwise merge the log into a damaged database.
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        # The file is locked, or this account may not read it. Opening it will report that.
        return
    except sqlite3.DatabaseError as error:
        raise DamagedError(path, f"is damaged ({error})") from error
    if found != "ok":
        raise DamagedError(path, f"is damaged ({' '.join(str(found).split())})")


def _lost(path: Path) -> str:
    what = "is empty" if path.exists() else "is missing"
    return (
        f"{what}, although a database has been used in {path.parent}. If it was kept elsewhere, set "
        "STREETWISE_DATABASE_URL. If you want to begin with a new one, delete the file "
        f"'{MARKS}' in that directory first"
    )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_HEADER))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_damaged(log: Path) -> bool:
    """Whether a write-ahead log has transactions that SQLite would ignore because of earlier damage."""
    content = log.read_bytes()
    header = content[:_LOG_HEADER]
    if len(header) < _LOG_HEADER or not any(content):
        return False
    magic, page = struct.unpack(">I4xI", header[:12])
    order = ">" if magic & 1 else "<"
    checksum = _checksum(order, header[:24])
    if magic & ~1 != _MAGIC or checksum != struct.unpack(">II", header[24:]):
        return True
    salts = header[16:24]
    is_broken, lost = False, 0
    for frame, body in _frames(content, page):
        if frame[8:16] == salts and not is_broken:
            expected = _checksum(order, frame[:8] + body, checksum)
            is_broken, checksum = expected != struct.unpack(">II", frame[16:]), expected
        elif frame[8:16] != salts:
            is_broken = True
            lost += not _is_older(frame, salts)
        # The frame that ends a transaction holds the size of the database.
        lost += is_broken and frame[8:16] == salts and frame[4:8] != bytes(4)
    return lost > _CUT_OFF


def _is_older(frame: bytes, salts: bytes) -> bool:
    """Whether a frame is from before SQLite last restarted the log, or was never written."""
    salt, current = struct.unpack(">I", frame[8:12])[0], struct.unpack(">I", salts[:4])[0]
    return not any(frame) or min((current - salt) % 2**32, (salt - current) % 2**32) < _OLDER


def _frames(content: bytes, page: int) -> Iterator[Tuple[bytes, bytes]]:
    size = _FRAME_HEADER + page
    for start in range(_LOG_HEADER, len(content) - size + 1, size):
        yield content[start : start + _FRAME_HEADER], content[start + _FRAME_HEADER : start + size]


def _checksum(order: str, data: bytes, before: Tuple[int, int] = (0, 0)) -> Tuple[int, int]:
    first, second = before
    words: List[int] = list(struct.unpack(f"{order}{len(data) // 4}I", data))
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
