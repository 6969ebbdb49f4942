"""Sign-in attempts: success begins a session, repeated failures lock the account for a growing time."""

from typing import Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import staff
from bot.store.schema import staff as table
from bot.store.staff import Account

#: Failures in a row after which an account is locked.
TRIES = 5
#: Seconds of the first and of the longest lock; each is twice as long as the previous one.
FIRST_WAIT, LONGEST_WAIT = 60, 60 * 60


def wait_after(failures: int) -> int:
    """Seconds for which an account is locked after that many failures in a row."""
    return 0 if failures < TRIES else int(min(FIRST_WAIT * 2 ** (failures - TRIES), LONGEST_WAIT))


def minutes(seconds: int) -> int:
    """`seconds` in minutes, rounded up, as shown to staff."""
    return -(-seconds // 60)


def fail(connection: Connection, account: Account, now: int) -> int:
    """Count a failure; returns the seconds until the next attempt is allowed."""
    # Read the account again, so that two attempts at once count twice.
    failures = staff.by_id(connection, account.id).failures + 1
    wait = wait_after(failures)
    staff.change(connection, account.id, failures=failures, locked_until=now + wait)
    return wait


def succeed(connection: Connection, account: Account, now: int, step: Optional[int]) -> Optional[str]:
    """Begin a session after the password, and the code of the time step `step`, were checked; returns its token.

    Returns None if the account changed since the check: it was disabled or locked, its password or second step was
    changed, or the code was used.
    """
    ours = table.c
    same = sa.and_(
        *(
            ours[name].is_not_distinct_from(getattr(account, name))
            for name in ("id", "password", "totp_secret", "totp_step")
        ),
        ours.disabled_at.is_(None),
        ours.locked_until <= now,
    )
    values = {"failures": 0, "locked_until": 0, **({"totp_step": step} if step is not None else {})}
    if connection.execute(table.update().where(same).values(**values)).rowcount == 0:
        return None
    return staff.begin_session(connection, account.id, now)
