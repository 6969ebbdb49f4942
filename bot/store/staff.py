"""Staff accounts and their sessions."""

import hashlib
import secrets
from typing import Dict, List, NamedTuple, Optional, Union

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, Select

from bot.store.queries import NOW, Moment
from bot.store.schema import options, staff, staff_sessions

#: A session ends after `IDLE_SECONDS` without a request, and after `LONGEST_SECONDS` even if it is in use.
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 8 * 60 * 60
#: A session's last use is recorded only if the previous record is this many seconds old, so a session may end up to
#: this many seconds too early, but never too late.
SEEN_EVERY = 60
TOKEN_BYTES = 32
#: Once the secret for a second step has been offered, the first code must be entered within this many seconds.
OFFER_SECONDS = 15 * 60
#: The name of the option that stores the offered secret. A secret is never accepted from the browser.
_OFFER = "second_step_{}"


class Account(NamedTuple):
    """An account, as stored in a row of `bot.store.schema.staff`. Times are in seconds since 1970.

    `password` is a hash. `totp_secret` is None if there is no second step, and `disabled_at` is None unless the account
    is disabled. `uses_keys` says whether single-key shortcuts work on the console's pages.
    """

    id: int
    name: str
    role: str
    password: str
    totp_secret: Optional[str]
    totp_step: int
    failures: int
    locked_until: int
    created_at: int
    disabled_at: Optional[int]
    uses_keys: bool


class SignedIn(NamedTuple):
    """An active session's account, when the session began, and when its last use was recorded."""

    account: Account
    started_at: int
    seen_at: int

    @property
    def idle_at(self) -> int:
        """When the session ends if there are no further requests."""
        return min(self.seen_at + IDLE_SECONDS, self.over_at)

    @property
    def over_at(self) -> int:
        """When the session ends even if it is in use."""
        return self.started_at + LONGEST_SECONDS


class Session(NamedTuple):
    """An active session. Times are in seconds since 1970, and `is_own` marks the session that made the request."""

    started_at: int
    last_at: int
    is_own: bool


def is_empty(connection: Connection) -> bool:
    """Whether there are no accounts."""
    return connection.execute(sa.select(staff.c.id).limit(1)).first() is None


def add(connection: Connection, now: int, name: str, role: str, password: str, totp_secret: Optional[str]) -> int:
    """Add an account and return its id. `password` is a hash.

    Raises:
        sqlalchemy.exc.IntegrityError: the name is taken.
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


def named(connection: Connection, name: str) -> Optional[Account]:
    """Return the account with this name, or None."""
    if "\0" in name:
        # PostgreSQL rejects text that contains a null character.
        return None
    row = connection.execute(staff.select().where(staff.c.name == name)).first()
    return Account(*row) if row is not None else None


def by_id(connection: Connection, staff_id: int) -> Account:
    """Return the account with this id.

    Raises:
        sqlalchemy.exc.NoResultFound: no account has this id.
    """
    return Account(*connection.execute(staff.select().where(staff.c.id == staff_id)).one())


def everybody(connection: Connection) -> List[Account]:
    """Return all accounts, sorted by name."""
    return [Account(*row) for row in connection.execute(staff.select().order_by(staff.c.name))]


def change(connection: Connection, staff_id: int, **values: Union[str, int, None]) -> None:
    """Update some of an account's columns."""
    connection.execute(staff.update().where(staff.c.id == staff_id).values(**values))


def begin_session(connection: Connection, staff_id: int, now: int) -> str:
    """Begin a session and return its token, of which only the hash is stored."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"id": _hash_token(token), "staff_id": staff_id, "started_at": now, "last_at": now}
    connection.execute(staff_sessions.insert(), row)
    return token


def get_session(connection: Connection, token: str, now: int) -> Optional[SignedIn]:
    """Return the active session with this token and its account, or None if there is no such session.

    If `seen_at` is at least `SEEN_EVERY` seconds ago, the caller should call `touch_session`.
    """
    row = connection.execute(_SIGNED_IN, {"which": _hash_token(token), "now": now}).first()
    return SignedIn(Account(*row[:-2]), *row[-2:]) if row is not None else None


def touch_session(connection: Connection, token: str, now: int) -> None:
    """Record that a session was used at `now`."""
    connection.execute(staff_sessions.update().where(staff_sessions.c.id == _hash_token(token)).values(last_at=now))


def sessions(connection: Connection, staff_id: int, now: int, token: str) -> List[Session]:
    """Return an account's active sessions: the one with `token` first, then the others, most recently used first."""
    chosen = staff_sessions.select().where(staff_sessions.c.staff_id == staff_id, _is_alive(now))
    own = _hash_token(token)
    found = [Session(row.started_at, row.last_at, row.id == own) for row in connection.execute(chosen)]
    return sorted(found, key=lambda session: (not session.is_own, -session.last_at))


def last_seen(connection: Connection) -> Dict[int, int]:
    """Return when each account was last used, by account id, omitting accounts without sessions."""
    ours = staff_sessions.c
    chosen = sa.select(ours.staff_id, sa.func.max(ours.last_at).label("at")).group_by(ours.staff_id)
    return {row.staff_id: row.at for row in connection.execute(chosen)}


def others_of(connection: Connection, role: str, staff_id: int) -> int:
    """Return the number of enabled accounts with this role, not counting `staff_id`."""
    others = sa.and_(staff.c.role == role, staff.c.disabled_at.is_(None), staff.c.id != staff_id)
    return int(connection.execute(sa.select(sa.func.count()).select_from(staff).where(others)).scalar_one())


def offer(connection: Connection, staff_id: int, now: int, secret: str) -> None:
    """Store the secret for a second step that is being set up, until a code confirms that the phone has it."""
    withdraw(connection, staff_id)
    connection.execute(options.insert(), {"name": _OFFER.format(staff_id), "value": f"{now} {secret}"})


def offered(connection: Connection, staff_id: int, now: int) -> Optional[str]:
    """Return the secret offered within the last `OFFER_SECONDS`, or None."""
    kept = connection.execute(sa.select(options.c.value).where(options.c.name == _OFFER.format(staff_id))).scalar()
    at, _, secret = (kept or "0 ").partition(" ")
    return secret if secret and int(at) > now - OFFER_SECONDS else None


def withdraw(connection: Connection, staff_id: int) -> None:
    """Delete an offered secret."""
    connection.execute(options.delete().where(options.c.name == _OFFER.format(staff_id)))


def end_session(connection: Connection, token: str, now: int) -> None:
    """End the session with `token`."""
    connection.execute(staff_sessions.update().where(staff_sessions.c.id == _hash_token(token)).values(revoked_at=now))


def revoke(connection: Connection, staff_id: int, now: int, keep: str = "") -> int:
    """End all of an account's sessions except the one with the token `keep`, and return how many were ended."""
    ours = staff_sessions.c
    others = sa.and_(ours.staff_id == staff_id, ours.revoked_at.is_(None), ours.id != _hash_token(keep))
    return int(connection.execute(staff_sessions.update().where(others).values(revoked_at=now)).rowcount)


def _is_alive(now: Moment) -> ColumnElement:
    ours = staff_sessions.c
    return sa.and_(
        ours.revoked_at.is_(None), ours.last_at > now - IDLE_SECONDS, ours.started_at > now - LONGEST_SECONDS
    )


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _signed_in() -> Select:
    ours = staff_sessions.c
    times = (ours.started_at, ours.last_at.label("seen_at"))
    chosen = sa.select(staff, *times).join(staff_sessions, ours.staff_id == staff.c.id)
    return chosen.where(ours.id == sa.bindparam("which"), _is_alive(NOW), staff.c.disabled_at.is_(None))


# Built once, because it runs twice for each page.
_SIGNED_IN = _signed_in()
