"""Sign-in attempts, which begin a session if they succeed, and lock the account if they fail repeatedly."""

from typing import Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import staff
from bot.store.schema import staff as table
from bot.store.staff import Account

#: An account is locked after this many consecutive failures.
TRIES = 5
#: The length of the first lock and of the longest, in seconds. Each lock is twice as long as the previous one.
FIRST_WAIT, LONGEST_WAIT = 60, 60 * 60


def wait_after(failures: int) -> int:
    """Return how many seconds an account is locked after this many consecutive failures."""
    return 0 if failures < TRIES else int(min(FIRST_WAIT * 2 ** (failures - TRIES), LONGEST_WAIT))


def minutes(seconds: int) -> int:
    """Convert seconds to minutes, rounded up, to show to staff."""
    return -(-seconds // 60)


def fail(connection: Connection, account: Account, now: int) -> int:
    """Count a failure and return how many seconds remain until the next attempt is allowed."""
    # Read the account again, so that two simultaneous attempts count as two.
    failures = staff.by_id(connection, account.id).failures + 1
    wait = wait_after(failures)
    staff.change(connection, account.id, failures=failures, locked_until=now + wait)
    return wait


def succeed(connection: Connection, account: Account, now: int, step: Optional[int]) -> Optional[str]:
    """Begin a session once the password and any code have been checked, and return its token.

    `step` is the code's time step. Return None if the account has changed since the check: it was disabled or locked,
    its password or second step was changed, or the code was used in the meantime.
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
