"""Accounts of staff and their sessions."""

import hashlib
import secrets
from typing import Any, Dict, List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store.schema import options, staff, staff_sessions

#: Seconds without a request after which a session ends, and after which it ends in any case.
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 8 * 60 * 60
#: Seconds within which a session that is used is not written anew. It may end this much early, and never late.
SEEN_EVERY = 60
TOKEN_BYTES = 32
#: Seconds for which the secret of a second step waits for its first code.
OFFER_SECONDS = 15 * 60
#: Under which option it waits: nothing that comes from a browser is taken for it.
_OFFER = "second_step_{}"


class Session(NamedTuple):
    """A session that still opens something; times in seconds since 1970."""

    started_at: int
    last_at: int
    is_own: bool


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
    if "\0" in name:
        # PostgreSQL takes no such text.
        return None
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
    """The account whose session `token` opens, or None if it opens none any more.

    Its `seen_at` is when the session was seen last: whoever finds that `SEEN_EVERY` ago calls `see`.
    """
    ours = staff_sessions.c
    chosen = sa.select(staff, ours.last_at.label("seen_at")).join(staff_sessions, ours.staff_id == staff.c.id)
    opened = chosen.where(ours.id == _identify(token), _is_alive(now), staff.c.disabled_at.is_(None))
    return connection.execute(opened).first()


def see(connection: Connection, token: str, now: int) -> None:
    """Note that a session is in use."""
    connection.execute(staff_sessions.update().where(staff_sessions.c.id == _identify(token)).values(last_at=now))


def sessions(connection: Connection, staff_id: int, now: int, token: str) -> List[Session]:
    """The sessions of an account that still open something: the one of `token`, then the others by their last use."""
    chosen = staff_sessions.select().where(staff_sessions.c.staff_id == staff_id, _is_alive(now))
    own = _identify(token)
    found = [Session(row.started_at, row.last_at, row.id == own) for row in connection.execute(chosen)]
    return sorted(found, key=lambda session: (not session.is_own, -session.last_at))


def last_seen(connection: Connection) -> Dict[int, int]:
    """When each account was used last, by its id; those that never were are left out."""
    ours = staff_sessions.c
    chosen = sa.select(ours.staff_id, sa.func.max(ours.last_at).label("at")).group_by(ours.staff_id)
    return {row.staff_id: row.at for row in connection.execute(chosen)}


def others_of(connection: Connection, role: str, staff_id: int) -> int:
    """How many accounts that are not disabled have `role`, not counting that one."""
    others = sa.and_(staff.c.role == role, staff.c.disabled_at.is_(None), staff.c.id != staff_id)
    return int(connection.execute(sa.select(sa.func.count()).select_from(staff).where(others)).scalar_one())


def offer(connection: Connection, staff_id: int, now: int, secret: str) -> None:
    """Keep the secret of a second step that somebody sets up, until a code shows that their phone has it."""
    withdraw(connection, staff_id)
    connection.execute(options.insert(), {"name": _OFFER.format(staff_id), "value": f"{now} {secret}"})


def offered(connection: Connection, staff_id: int, now: int) -> Optional[str]:
    """The secret that somebody is setting up; None if there is none, or it was offered too long ago."""
    kept = connection.execute(sa.select(options.c.value).where(options.c.name == _OFFER.format(staff_id))).scalar()
    at, _, secret = (kept or "0 ").partition(" ")
    return secret if secret and int(at) > now - OFFER_SECONDS else None


def withdraw(connection: Connection, staff_id: int) -> None:
    """Forget a secret that was offered."""
    connection.execute(options.delete().where(options.c.name == _OFFER.format(staff_id)))


def leave(connection: Connection, token: str, now: int) -> None:
    """End the session that `token` opens."""
    connection.execute(staff_sessions.update().where(staff_sessions.c.id == _identify(token)).values(revoked_at=now))


def revoke(connection: Connection, staff_id: int, now: int, keep: str = "") -> int:
    """End every session of an account but the one that the token `keep` opens; returns how many there were."""
    ours = staff_sessions.c
    others = sa.and_(ours.staff_id == staff_id, ours.revoked_at.is_(None), ours.id != _identify(keep))
    return int(connection.execute(staff_sessions.update().where(others).values(revoked_at=now)).rowcount)


def _is_alive(now: int) -> Any:
    ours = staff_sessions.c
    return sa.and_(
        ours.revoked_at.is_(None), ours.last_at > now - IDLE_SECONDS, ours.started_at > now - LONGEST_SECONDS
    )


def _identify(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
