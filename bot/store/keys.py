"""The key file, which keeps the encryption keys outside the database, so that they can be destroyed.

It is a small separate database with a random key for each conversation, the keys of the search index and the audit log,
and the newest row of the audit log. Conversations refer to their keys by id, so destroying a key makes every copy of
the words unreadable. See docs/decisions/0029.
"""

import secrets
import sqlite3
import threading
import time
from collections import OrderedDict, deque
from pathlib import Path
from typing import Deque, Dict, Iterable, List, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import Select

from bot.settings import load_settings
from bot.store.sealing import KEY_BYTES, PLAIN, Cipher

NAME = "keys.sqlite"
#: The names of the search index's and the audit log's keys. Each such key applies from a given number onwards.
SEARCH, AUDIT = "search", "audit"
#: Keys are created in batches of this size, because each write waits for the disk several times.
SPARE = 64
#: How long a spare key can be assigned to a new conversation, in seconds. After that, it is left to expire.
SPARE_SECONDS = 24 * 60 * 60
#: The number of conversation keys cached in memory, and how long the search index's keys are cached, in seconds.
_RECENT, _FRESH_SECONDS = 256, 1
#: Seconds to wait for another process that is writing to the key file.
_WAIT_SECONDS = 1
#: Deleted keys are overwritten, and deletions reach the disk before they return. A write-ahead log would keep the keys.
_PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")
#: The maximum number of keys per statement. Databases limit the number of values in a statement.
_AT_ONCE = 500

_metadata = sa.MetaData()
# Has one row. `place` is always 1, so that two processes cannot both give the file an id.
_identity = sa.Table(
    "key_file",
    _metadata,
    sa.Column("place", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(32), nullable=False),
)
_keys = sa.Table(
    "key",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.Integer, nullable=False, index=True),
)
_numbered = sa.Table(
    "numbered_key",
    _metadata,
    sa.Column("name", sa.String(8), primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.Integer, nullable=False),
)
_head = sa.Table(
    "audit_head",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


class KeysError(Exception):
    """The key file is missing, belongs to another database, or cannot be used. The message says what to do."""


class NumberedKey(NamedTuple):
    """A key that applies to numbers from `first` up to the next key's `first`. `made_at` is in seconds since 1970."""

    first: int
    key: bytes
    made_at: int


class Head(NamedTuple):
    """The number and hash of the audit log's newest row when it was recorded."""

    number: int
    hash: str


class _Spare(NamedTuple):
    """A cipher that has no conversation yet, and its creation time."""

    cipher: Cipher
    made_at: int


class KeyFile:
    """An open key file. Threads and processes may share it."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, whose tables must already exist. `close` disposes of it."""
        self._engine = engine
        self._recent: "OrderedDict[str, Cipher]" = OrderedDict()
        self._search: Tuple[float, List[NumberedKey]] = (float("-inf"), [])
        self._spare: Deque[_Spare] = deque()
        self._filling = threading.Lock()

    @property
    def id(self) -> Optional[str]:
        """The key file's id, which the database also stores, or None if the file is new."""
        rows = self._read(sa.select(_identity.c.id))
        return str(rows[0].id) if rows else None

    def begin(self) -> str:
        """Return the key file's id, and create it first if the file is new."""
        if self.id is None:
            with self._engine.begin() as connection:
                connection.execute(_BEGIN, {"id": secrets.token_hex(16)})
        return str(self.id)

    def new_cipher(self, now: int) -> Cipher:
        """Return a cipher with a new key, which has already been stored."""
        with self._filling:
            while self._spare and self._spare[0].made_at <= now - SPARE_SECONDS:
                self._spare.popleft()
            if not self._spare:
                self._spare.extend(_Spare(cipher, now) for cipher in self.new_ciphers(SPARE, now))
            return self._spare.popleft().cipher

    def new_ciphers(self, number: int, now: int) -> List[Cipher]:
        """Create and store new keys, and return their ciphers. `now` is in seconds since 1970."""
        made = [Cipher(secrets.token_hex(16), secrets.token_bytes(KEY_BYTES)) for _ in range(number)]
        rows = [{"id": one.key_id, "key": one.key, "made_at": now} for one in made]
        with self._engine.begin() as connection:
            connection.execute(_keys.insert(), rows)
        return made

    def cipher(self, key_id: Optional[str]) -> Cipher:
        """Return the cipher with this id. Its `key` is None if the key was destroyed.

        Recent ciphers stay cached even if another process destroys their keys, because their conversations are erased
        by then.
        """
        if key_id is None:
            return PLAIN
        recent = self._recent.get(key_id)
        if recent is not None:
            return recent
        rows = self._read(_KEY, which=key_id)
        found = Cipher(key_id, rows[0].key if rows else None)
        if not found.is_gone:
            with self._filling:
                self._recent[key_id] = found
                if len(self._recent) > _RECENT:
                    self._recent.popitem(last=False)
        return found

    def ciphers(self, key_ids: Iterable[Optional[str]]) -> Dict[Optional[str], Cipher]:
        """Return the ciphers with these ids, by id."""
        wanted = sorted({key_id for key_id in key_ids if key_id is not None})
        found: Dict[str, bytes] = {}
        for begin in range(0, len(wanted), _AT_ONCE):
            some = _keys.c.id.in_(wanted[begin : begin + _AT_ONCE])
            found.update((row.id, row.key) for row in self._read(sa.select(_keys.c.id, _keys.c.key).where(some)))
        return {None: PLAIN, **{key_id: Cipher(key_id, found.get(key_id)) for key_id in wanted}}

    def destroy(self, key_ids: Iterable[Optional[str]]) -> None:
        """Destroy keys. They are gone from the disk when this returns."""
        wanted = sorted({key_id for key_id in key_ids if key_id is not None})
        with self._filling:
            for key_id in wanted:
                self._recent.pop(key_id, None)
        with self._engine.begin() as connection:
            for begin in range(0, len(wanted), _AT_ONCE):
                connection.execute(_keys.delete().where(_keys.c.id.in_(wanted[begin : begin + _AT_ONCE])))

    def expire(self, moment: int) -> None:
        """Destroy the keys that were created before `moment`, in seconds since 1970."""
        due = _keys.c.made_at < moment
        if self._read(sa.select(_keys.c.id).where(due).limit(1)):
            with self._engine.begin() as connection:
                connection.execute(_keys.delete().where(due))

    def count(self) -> int:
        """Return the number of keys, including spare ones."""
        return int(self._read(sa.select(sa.func.count()).select_from(_keys))[0][0])

    def numbered(self, name: str) -> List[NumberedKey]:
        """Return the search index's or the audit log's keys, ordered by the numbers that they apply to."""
        return [NumberedKey(row.first, row.key, row.made_at) for row in self._read(_NUMBERED, which=name)]

    def search_keys(self) -> List[NumberedKey]:
        """Return the keys of the search index, cached for `_FRESH_SECONDS`."""
        read_at, held = self._search
        if not held or time.monotonic() > read_at + _FRESH_SECONDS:
            read_at, held = time.monotonic(), self.numbered(SEARCH)
            self._search = (read_at, held)
        return held

    def add_numbered(self, name: str, first: int, now: int) -> None:
        """Create a key that applies from number `first` onwards, unless it exists."""
        row = {"name": name, "first": first, "key": secrets.token_bytes(KEY_BYTES), "at": now}
        with self._engine.begin() as connection:
            connection.execute(_ADD_NUMBERED, row)
        self._search = (float("-inf"), [])

    def drop_numbered(self, name: str, firsts: Iterable[int]) -> None:
        """Destroy the keys whose first numbers are in `firsts`."""
        numbers = list(firsts)
        if numbers:
            with self._engine.begin() as connection:
                same = (_numbered.c.name == name, _numbered.c.first.in_(numbers))
                connection.execute(_numbered.delete().where(*same))
            self._search = (float("-inf"), [])

    def head(self) -> Optional[Head]:
        """Return the recorded newest row of the audit log, or None if none is recorded."""
        rows = self._read(_HEAD)
        return Head(*rows[0]) if rows else None

    def note_head(self, head: Head) -> None:
        """Record the newest row of the audit log, unless a later one is already recorded."""
        known = self.head()
        if known is not None and known.number >= head.number:
            return
        with self._engine.begin() as connection:
            connection.execute(_ADD_HEAD, head._asdict())
            connection.execute(_DROP_HEADS, {"before": head.number})

    def replace_head(self, head: Optional[Head]) -> None:
        """Record the newest row of a restored audit log, or None if it is empty, replacing any earlier record."""
        with self._engine.begin() as connection:
            connection.execute(_head.delete())
            if head is not None:
                connection.execute(_ADD_HEAD, head._asdict())

    def close(self) -> None:
        """Close the key file."""
        self._engine.dispose()

    def _read(self, chosen: Select, **values: object) -> List[Row]:
        with self._engine.connect() as connection:
            return list(connection.execute(chosen, values))


def keys_of(connection: Connection) -> KeyFile:
    """Return the key file of a connection's database."""
    found: KeyFile = connection.get_execution_options()["keys"]
    return found


def url_for(engine: Engine) -> str:
    """Return the URL of the key file from the settings.

    By default, the key file is next to an SQLite database, or in the data directory for any other kind of database.
    """
    settings, database = load_settings(), engine.url.database
    if engine.dialect.name == "sqlite" and database in (None, "", ":memory:"):
        return "sqlite://"
    if settings.keys_url:
        return settings.keys_url
    folder = Path(str(database)).parent if engine.dialect.name == "sqlite" else settings.data_dir
    return f"sqlite:///{folder / NAME}"


def exists(url: str) -> bool:
    """Whether the key file at `url` exists. A key file on a database server is assumed to exist."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or (bool(parsed.database) and Path(parsed.database).is_file())


def shown(url: str) -> str:
    """Return a key file's path or URL for error messages, without a password."""
    parsed = make_url(url)
    return (
        str(parsed.database) if parsed.get_backend_name() == "sqlite" else parsed.render_as_string(hide_password=True)
    )


def open_keys(url: str) -> KeyFile:
    """Open the key file at `url`, or create it. Only its owner can read it.

    Raises:
        KeysError: the key file cannot be used.
    """
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                Path(parsed.database).touch(mode=0o600)
            engine = sa.create_engine(
                url,
                poolclass=QueuePool if parsed.database else StaticPool,
                hide_parameters=True,
                connect_args={"check_same_thread": False, "timeout": _WAIT_SECONDS},
            )
            sa.event.listen(engine, "connect", _prepare_sqlite)
        else:
            engine = sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=4)
        _create_tables(engine)
    except (OSError, SQLAlchemyError) as error:
        raise KeysError(
            f"The key file {shown(url)} cannot be used ({type(error).__name__}). Check that STREETWISE_KEYS names it, "
            "and that this account may read and write it."
        ) from error
    return KeyFile(engine)


def _create_tables(engine: Engine) -> None:
    """Create the tables that are missing. Several processes may do this at the same time."""
    with engine.begin() as connection:
        for table in _metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


# Built once, because these statements run for every message. The ones written as text work in both SQLite and
# PostgreSQL.
_KEY = sa.select(_keys.c.key).where(_keys.c.id == sa.bindparam("which"))
_NUMBERED = _numbered.select().where(_numbered.c.name == sa.bindparam("which")).order_by(_numbered.c.first)
_HEAD = sa.select(_head.c.number, _head.c.hash).order_by(_head.c.number.desc()).limit(1)
_DROP_HEADS = _head.delete().where(_head.c.number < sa.bindparam("before"))
_BEGIN = sa.text("INSERT INTO key_file (place, id) VALUES (1, :id) ON CONFLICT DO NOTHING")
_ADD_NUMBERED = sa.text(
    "INSERT INTO numbered_key (name, first, key, made_at) VALUES (:name, :first, :key, :at) ON CONFLICT DO NOTHING"
)
_ADD_HEAD = sa.text("INSERT INTO audit_head (number, hash) VALUES (:number, :hash) ON CONFLICT DO NOTHING")
