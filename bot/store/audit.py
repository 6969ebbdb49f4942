"""The audit log: who saw or did what, each row chained to the one before by its hash.

The database refuses to change or remove a row. Whoever can take that refusal away can still not change one unnoticed:
its hash, and all that follow, would no longer fit. Cutting off the end is noticed by whoever noted the last hash.
"""

import hashlib
import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.schema import audit

#: What the first row has in the place of a hash before it.
BEGINNING = "0" * 64
#: Any number: whoever appends to the log of a PostgreSQL database holds this lock.
_LOCK = 5007
#: Seconds by which a machine's clock may have been put back without rows being missed.
SLACK = 24 * 60 * 60
#: Rows read at once to verify the chain.
BATCH = 10_000
#: What a hash is worked out of: all but the hash itself, which stands last.
_TOLD = [column.name for column in audit.columns if column.name != "hash"]
_ENCODER = json.JSONEncoder(sort_keys=True)


class Verdict(NamedTuple):
    """What verifying found.

    Args:
        rows: how many fit.
        last_hash: of the last of these.
        broken_at: the number of the first that does not fit, if any.
        expected_at: the number of the one that has the hash that was asked for, if any.
    """

    rows: int
    last_hash: str
    broken_at: Optional[int]
    expected_at: Optional[int]


#: What verifying found before the first row.
NOTHING = Verdict(0, BEGINNING, None, None)


class Wanted(NamedTuple):
    """Which rows somebody wants to see, None where any will do. Times in seconds since 1970; `until` is left out."""

    staff: Optional[str] = None
    action: Optional[str] = None
    since: Optional[int] = None
    until: Optional[int] = None
    before: Optional[int] = None


def append(
    connection: Connection, at: int, staff: str, action: str, subject: str = "", detail: Optional[Dict[str, Any]] = None
) -> None:
    """Add what somebody saw or did, within the transaction in which they do.

    Args:
        connection: of a transaction that writes: nobody else may append meanwhile.
        at: seconds since 1970.
        staff: the name of whoever did it; the program's own doings have an empty one.
        action: one word for it.
        subject: what it was done to.
        detail: more about it; nothing that people typed.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = connection.execute(sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).first()
    row = {
        "number": last.number + 1 if last else 1,
        "at": at,
        "staff": staff,
        "action": action,
        "subject": subject,
        "detail": json.dumps(detail or {}, sort_keys=True),
        "previous": last.hash if last else BEGINNING,
    }
    connection.execute(audit.insert(), {**row, "hash": _hash(row)})


def verify(connection: Connection, expected: str = "") -> Verdict:
    """Work out every hash anew, from the first row on, and look for the row whose hash is `expected`."""
    verdict, is_done = NOTHING, False
    while not is_done:
        verdict, is_done = verify_some(connection, verdict, expected)
    return verdict


def verify_some(connection: Connection, so_far: Verdict = NOTHING, expected: str = "") -> Tuple[Verdict, bool]:
    """Go on where `so_far` ended, and say whether that is all: between two pieces others can be served."""
    fitting, last_hash, _, expected_at = so_far
    batch = _after(connection, fitting)
    for row in batch:
        # By place: asking a row for a name takes as long as hashing it.
        told, hashed = dict(zip(_TOLD, row, strict=False)), row[-1]
        if told["number"] != fitting + 1 or told["previous"] != last_hash or hashed != _hash(told):
            return Verdict(fitting, last_hash, fitting + 1, expected_at), True
        fitting, last_hash = told["number"], hashed
        expected_at = fitting if last_hash == expected else expected_at
    return Verdict(fitting, last_hash, None, expected_at), len(batch) < BATCH


def page(connection: Connection, wanted: Wanted, most: int) -> List[Row]:
    """At most so many rows, the newest first."""
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
    return list(connection.execute(chosen))


def actions(connection: Connection) -> List[str]:
    """Every action that there is a row of, in order; takes as long as there are actions, not rows."""
    known = sa.select(sa.func.min(audit.c.action).label("action")).cte("known", recursive=True)
    after = sa.select(sa.func.min(audit.c.action)).where(audit.c.action > known.c.action).scalar_subquery()
    known = known.union_all(sa.select(after).where(known.c.action.is_not(None)))
    return [row.action for row in connection.execute(sa.select(known)) if row.action is not None]


def latest(connection: Connection, action: str) -> Optional[Row]:
    """The last row of an action, or None."""
    return connection.execute(
        audit.select().where(audit.c.action == action).order_by(audit.c.number.desc()).limit(1)
    ).first()


def _first_at(connection: Connection, moment: int) -> int:
    """The number of the first row at or after a moment; rows stand in the order of time, which has no index."""
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


def _hash(row: Dict[str, Any]) -> str:
    return hashlib.sha256(_ENCODER.encode(row).encode()).hexdigest()
