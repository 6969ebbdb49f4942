"""What happens to an account when somebody tries to sign in: a session, or a wait that grows with each wrong try."""

from typing import Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store import staff
from bot.store.schema import staff as table

#: Wrong tries in a row after which an account waits.
TRIES = 5
#: Seconds of the first wait, and of the longest; each is twice as long as the one before.
FIRST_WAIT, LONGEST_WAIT = 60, 60 * 60


def wait_after(failures: int) -> int:
    """Seconds that an account waits after so many wrong tries in a row."""
    return 0 if failures < TRIES else int(min(FIRST_WAIT * 2 ** (failures - TRIES), LONGEST_WAIT))


def minutes(seconds: int) -> int:
    """A wait as it is told, in minutes begun."""
    return -(-seconds // 60)


def fail(connection: Connection, account: Row, now: int) -> int:
    """Count a wrong try; returns the seconds until the next one may be made."""
    # Read anew: two tries at once count twice.
    failures = staff.by_id(connection, account.id).failures + 1
    wait = wait_after(failures)
    staff.change(connection, account.id, failures=failures, locked_until=now + wait)
    return wait


def succeed(connection: Connection, account: Row, now: int, step: Optional[int]) -> Optional[str]:
    """Begin a session for whoever gave the right password, and the right code of `step`; returns its token.

    None where the account is not what it was when they were looked at: it was disabled, made to wait, given another
    password or second step, or somebody used the same code meanwhile.
    """
    ours = table.c
    same = sa.and_(
        *(ours[name].is_not_distinct_from(account[name]) for name in ("id", "password", "totp_secret", "totp_step")),
        ours.disabled_at.is_(None),
        ours.locked_until <= now,
    )
    values = {"failures": 0, "locked_until": 0, **({"totp_step": step} if step is not None else {})}
    if connection.execute(table.update().where(same).values(**values)).rowcount == 0:
        return None
    return staff.begin_session(connection, account.id, now)
