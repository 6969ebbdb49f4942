"""The audit log: who saw or did what, with each row chained to the previous one by its hash.

Database triggers prevent rows from being changed or deleted. Anyone who drops the triggers still cannot change a row
without breaking its hash and every later one. Nor can they recompute the hashes undetected: each row also stores a MAC
of its hash, and the MAC's key is in the key file, outside the database. The key file also records the newest row, so a
truncated log is detected.
"""

import hashlib
import hmac
import json
from bisect import bisect_right
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store import keys
from bot.store.keys import Head, NumberedKey, keys_of
from bot.store.queries import distinct
from bot.store.schema import AdvisoryLock, audit

#: The value of `previous` in the first row.
BEGINNING = "0" * 64
#: `page` still finds every row if the clock was once set back by up to this many seconds.
SLACK = 24 * 60 * 60
#: The number of rows that `verify_some` reads at a time.
BATCH = 10_000
#: The columns that the hash covers: all except `hash` and `mac`, which come last.
_HASHED = [column.name for column in audit.columns if column.name not in ("hash", "mac")]
#: The `Connection.info` key under which `append` records the row that it appended.
_APPENDED = "audit_head"
_ENCODER = json.JSONEncoder(sort_keys=True)


class Verdict(NamedTuple):
    """The result of verifying the chain.

    Args:
        rows: the number of valid rows before the first invalid row.
        last_hash: the last valid row's hash.
        broken_at: the number of the first invalid or missing row, or None.
        expected_at: the number of the row that has the expected hash, or None.
    """

    rows: int
    last_hash: str
    broken_at: Optional[int]
    expected_at: Optional[int]


#: The verdict before any rows have been read.
NOTHING = Verdict(0, BEGINNING, None, None)


class Entry(NamedTuple):
    """A row of the log. `at` is in seconds since 1970, and `detail` has been parsed from JSON.

    `mac` is None in rows written before the log had a key.
    """

    number: int
    at: int
    staff: str
    action: str
    subject: str
    detail: Mapping[str, object]
    previous: str
    hash: str
    mac: Optional[str]


class Wanted(NamedTuple):
    """A filter for rows. None matches everything.

    Times are in seconds since 1970. `until` and `before`, which is a row number, are exclusive.
    """

    staff: Optional[str] = None
    action: Optional[str] = None
    since: Optional[int] = None
    until: Optional[int] = None
    before: Optional[int] = None


def append(
    connection: Connection,
    at: int,
    staff: str,
    action: str,
    subject: str = "",
    detail: Optional[Mapping[str, object]] = None,
) -> None:
    """Append a row, in the same transaction as the action it records.

    Args:
        connection: a connection in a write transaction, so that nobody else can append until it ends.
        at: the time, in seconds since 1970.
        staff: the account's name, or an empty string for the program's own actions.
        action: a single word for the action.
        subject: what the action was applied to.
        detail: any further values, never text that people typed.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AdvisoryLock.AUDIT.value})
    last = connection.execute(_LAST).first()
    row = {
        "number": last.number + 1 if last else 1,
        "at": at,
        "staff": staff,
        "action": action,
        "subject": subject,
        "detail": json.dumps(detail or {}, sort_keys=True),
        "previous": last.hash if last else BEGINNING,
    }
    head = Head(int(row["number"]), _hash(row))
    mac = _mac(keys_of(connection).numbered(keys.AUDIT), head)
    connection.execute(_APPEND, {**row, "hash": head.hash, "mac": mac})
    connection.info[_APPENDED] = head


def appended(connection: Connection) -> Optional[Head]:
    """Return and clear the last row appended on this connection, or None if there is none."""
    head: Optional[Head] = connection.info.pop(_APPENDED, None)
    return head


def follow_restored(connection: Connection) -> None:
    """After a restore, record the database's last row in the key file as the newest row."""
    last = connection.execute(_LAST).first()
    keys_of(connection).replace_head(Head(*last) if last else None)


def begin_keyed(connection: Connection, now: int) -> None:
    """Start a new key for all later rows, in a transaction that keeps others from appending.

    The key file also records the newest existing row, so that changes to older rows are detected too.
    """
    last = connection.execute(_LAST).first()
    file = keys_of(connection)
    file.add_numbered(keys.AUDIT, last.number + 1 if last else 1, now)
    if last:
        file.note_head(Head(*last))


def verify(connection: Connection, expected: str = "") -> Verdict:
    """Recompute every hash, starting with the first row, and look for the row whose hash is `expected`."""
    verdict, is_done = NOTHING, False
    while not is_done:
        verdict, is_done = verify_some(connection, verdict, expected)
    return verdict


def verify_some(connection: Connection, so_far: Verdict = NOTHING, expected: str = "") -> Tuple[Verdict, bool]:
    """Verify the batch of rows after `so_far`. Return the new verdict and whether this was the last batch.

    Verifying in batches lets the caller serve other requests in between.
    """
    fitting, last_hash, _, expected_at = so_far
    file = keys_of(connection)
    # Read these before the rows, because more rows may be appended in between.
    known, macs = file.head(), file.numbered(keys.AUDIT)
    batch = _after(connection, fitting)
    for row in batch:
        # Read columns by position, because looking one up by name takes as long as hashing the row.
        values, hashed, mac = dict(zip(_HASHED, row, strict=False)), row[-2], row[-1]
        head = Head(fitting + 1, hashed)
        fits = values["number"] == head.number and values["previous"] == last_hash and hashed == _hash(values)
        is_ours = mac == _mac(macs, head) if _key(macs, head.number) else True
        if not fits or not is_ours or (known and known.number == head.number and known != head):
            return Verdict(fitting, last_hash, fitting + 1, expected_at), True
        fitting, last_hash = head
        expected_at = fitting if last_hash == expected else expected_at
    is_done = len(batch) < BATCH
    is_cut = is_done and known is not None and known.number > fitting
    return Verdict(fitting, last_hash, fitting + 1 if is_cut else None, expected_at), is_done


def page(connection: Connection, wanted: Wanted, most: int) -> List[Entry]:
    """Return up to `most` rows that match `wanted`, newest first."""
    chosen = audit.select().order_by(audit.c.number.desc()).limit(most)
    for name in ("staff", "action"):
        value = getattr(wanted, name)
        chosen = chosen if value is None else chosen.where(audit.c[name] == value)
    if wanted.before is not None:
        chosen = chosen.where(audit.c.number < wanted.before)
    if wanted.since is not None:
        first = _first_at(connection, wanted.since - SLACK)
        chosen = chosen.where(audit.c.at >= wanted.since, audit.c.number >= first)
    if wanted.until is not None:
        last = _first_at(connection, wanted.until + SLACK)
        chosen = chosen.where(audit.c.at < wanted.until, audit.c.number < last)
    return [_entry(row) for row in connection.execute(chosen)]


def actions(connection: Connection) -> List[str]:
    """Return the distinct actions in the log, in alphabetical order."""
    return list(connection.execute(distinct(audit.c.action)).scalars())


def latest(connection: Connection, action: str) -> Optional[Entry]:
    """Return the latest row with this action, or None."""
    rows = page(connection, Wanted(action=action), 1)
    return rows[0] if rows else None


def _first_at(connection: Connection, moment: int) -> int:
    """Return the number of the first row at or after `moment`.

    The `at` column has no index, but the rows are in time order, so a binary search finds the row quickly.
    """
    low, high = 1, (connection.execute(sa.select(sa.func.max(audit.c.number))).scalar() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        chosen = sa.select(audit.c.number, audit.c.at).where(audit.c.number >= middle).order_by(audit.c.number)
        row = connection.execute(chosen.limit(1)).first()
        if row is None or row.at >= moment:
            high = middle
        else:
            low = row.number + 1
    return low


def _after(connection: Connection, number: int) -> List[Row]:
    chosen = audit.select().where(audit.c.number > number).order_by(audit.c.number).limit(BATCH)
    return list(connection.execute(chosen))


def _entry(row: Row) -> Entry:
    return Entry(*row)._replace(detail=json.loads(row.detail))


def _hash(row: Dict[str, object]) -> str:
    return hashlib.sha256(_ENCODER.encode(row).encode()).hexdigest()


def _key(macs: List[NumberedKey], number: int) -> Optional[bytes]:
    """Return the key that applies to row `number`, or None if the row is older than the first key."""
    place = bisect_right([one.first for one in macs], number)
    return macs[place - 1].key if place else None


def _mac(macs: List[NumberedKey], head: Head) -> Optional[str]:
    key = _key(macs, head.number)
    return hmac.digest(key, head.hash.encode(), "sha256").hex() if key else None


# Built once, because these statements run for nearly every page.
_LAST = sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
_APPEND = audit.insert()
