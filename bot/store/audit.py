"""The audit log: who saw or did what, each row chained to the one before by its hash.

The database refuses to change or remove a row. Whoever can take that refusal away can still not change one unnoticed:
its hash, and all that follow, would no longer fit. Cutting off the end is noticed by whoever noted the last hash.
"""

import hashlib
import json
from typing import Any, Dict, List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.schema import audit

#: What the first row has in the place of a hash before it.
BEGINNING = "0" * 64
#: Any number: whoever appends to the log of a PostgreSQL database holds this lock.
_LOCK = 5007
#: Rows read at once to verify the chain.
_BATCH = 10_000


class Verdict(NamedTuple):
    """What verifying found: how many rows fit, the hash of the last of these, and the first that does not, if any."""

    rows: int
    last_hash: str
    broken_at: Optional[int]


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


def verify(connection: Connection) -> Verdict:
    """Work out every hash anew, from the first row on."""
    fitting, last_hash = 0, BEGINNING
    while batch := _after(connection, fitting):
        for row in batch:
            told = {name: row[name] for name in row._mapping if name != "hash"}
            if row.number != fitting + 1 or row.previous != last_hash or row.hash != _hash(told):
                return Verdict(fitting, last_hash, fitting + 1)
            fitting, last_hash = row.number, row.hash
    return Verdict(fitting, last_hash, None)


def _after(connection: Connection, number: int) -> List[Row]:
    chosen = audit.select().where(audit.c.number > number).order_by(audit.c.number).limit(_BATCH)
    return list(connection.execute(chosen))


def _hash(row: Dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
