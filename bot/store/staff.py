"""Accounts of staff and their sessions."""

import hashlib
import secrets
from typing import Any, List, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.schema import staff, staff_sessions

#: Seconds without a request after which a session ends, and after which it ends in any case.
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 8 * 60 * 60
TOKEN_BYTES = 32


def is_empty(connection: Connection) -> bool:
    """Whether there is no account yet."""
    return connection.execute(sa.select(staff.c.id).limit(1)).first() is None


def add(connection: Connection, now: int, name: str, role: str, password: str, totp_secret: Optional[str]) -> int:
    """Add an account; `password` is the hash of one. Returns its id.

    Raises:
        sqlalchemy.exc.IntegrityError: there is one of that name.
    """
    row = {
        "name": name,
        "role": role,
        "password": password,
        "totp_secret": totp_secret,
        "totp_step": 0,
        "failures": 0,
        "locked_until": 0,
        "created_at": now,
    }
    return int(connection.execute(staff.insert(), row).inserted_primary_key[0])


def named(connection: Connection, name: str) -> Optional[Row]:
    """The account of that name, or None."""
    return connection.execute(staff.select().where(staff.c.name == name)).first()


def by_id(connection: Connection, staff_id: int) -> Row:
    """The account with that id.

    Raises:
        sqlalchemy.exc.NoResultFound: there is none.
    """
    return connection.execute(staff.select().where(staff.c.id == staff_id)).one()


def everybody(connection: Connection) -> List[Row]:
    """All accounts, by name."""
    return list(connection.execute(staff.select().order_by(staff.c.name)))


def change(connection: Connection, staff_id: int, **values: Any) -> None:
    """Change columns of an account."""
    connection.execute(staff.update().where(staff.c.id == staff_id).values(**values))


def begin_session(connection: Connection, staff_id: int, now: int) -> str:
    """Begin a session; returns the token that opens it, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"id": _identify(token), "staff_id": staff_id, "started_at": now, "last_at": now}
    connection.execute(staff_sessions.insert(), row)
    return token


def enter(connection: Connection, token: str, now: int) -> Optional[Row]:
    """The account whose session `token` opens, used now, or None if it opens none any more."""
    ours = staff_sessions.c
    alive = sa.and_(
        ours.id == _identify(token),
        ours.revoked_at.is_(None),
        ours.last_at > now - IDLE_SECONDS,
        ours.started_at > now - LONGEST_SECONDS,
    )
    if connection.execute(staff_sessions.update().where(alive).values(last_at=now)).rowcount == 0:
        return None
    chosen = staff.select().join(staff_sessions, ours.staff_id == staff.c.id).where(ours.id == _identify(token))
    return connection.execute(chosen.where(staff.c.disabled_at.is_(None))).first()


def leave(connection: Connection, token: str, now: int) -> None:
    """End the session that `token` opens."""
    connection.execute(staff_sessions.update().where(staff_sessions.c.id == _identify(token)).values(revoked_at=now))


def revoke(connection: Connection, staff_id: int, now: int, keep: str = "") -> int:
    """End every session of an account but the one that the token `keep` opens; returns how many there were."""
    ours = staff_sessions.c
    others = sa.and_(ours.staff_id == staff_id, ours.revoked_at.is_(None), ours.id != _identify(keep))
    return int(connection.execute(staff_sessions.update().where(others).values(revoked_at=now)).rowcount)


def _identify(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
