"""What may be done with accounts of staff: the rules that hold on the machine as on the pages.

Each function changes things within the transaction of its caller, who writes down what was done, or refuses.
"""

import re
from typing import Optional

from sqlalchemy.engine import Connection, Row

from bot.console.access import ADMINISTRATOR, NEED_TOTP, ROLES
from bot.console.passwords import LEAST, MOST, SURPRISES, surprises
from bot.console.visit import RefusalError
from bot.store import staff

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}[a-z0-9]")


def name_of(typed: str) -> str:
    """A name as it is kept.

    Raises:
        RefusalError: it cannot be one.
    """
    name = typed.strip().lower()
    if not _NAME.fullmatch(name):
        raise RefusalError("bad_name")
    return name


def check_free(connection: Connection, name: str) -> None:
    """Refuse a name that somebody has."""
    if staff.named(connection, name) is not None:
        raise RefusalError("name_taken", account=name)


def check_role(role: str) -> None:
    """Refuse what is no role."""
    if role not in ROLES:
        raise RefusalError("bad_role", role=role[:40], allowed=", ".join(ROLES))


def check_password(password: str, name: str) -> None:
    """Refuse a password that is not good enough for `name`."""
    if len(password) < LEAST:
        raise RefusalError("short_password", least=LEAST)
    if len(password) > MOST:
        raise RefusalError("long_password", most=MOST)
    if surprises(password, name) < SURPRISES:
        raise RefusalError("guessable_password")


def find(connection: Connection, typed: str) -> Row:
    """The account of that name.

    Raises:
        RefusalError: there is none.
    """
    account = staff.named(connection, typed.strip().lower())
    if account is None:
        raise RefusalError("no_such_account", account=typed[:80])
    return account


def change_role(connection: Connection, account: Row, role: str, now: int) -> None:
    """Give an account another role. Their sessions end: each begins with what its role needs.

    Raises:
        RefusalError: there is no such role, it needs a second step that the account lacks, or it is the last
            administrator.
    """
    check_role(role)
    if role in NEED_TOTP and account.totp_secret is None:
        raise RefusalError("needs_second_step", account=account.name, role=role)
    if role != ADMINISTRATOR:
        _keep_one(connection, account)
    staff.change(connection, account.id, role=role)
    staff.revoke(connection, account.id, now)


def disable(connection: Connection, account: Row, now: int) -> None:
    """Let nobody use an account any more, at once.

    Raises:
        RefusalError: it is the last administrator.
    """
    _keep_one(connection, account)
    staff.change(connection, account.id, disabled_at=account.disabled_at or now)
    staff.revoke(connection, account.id, now)


def enable(connection: Connection, account: Row) -> None:
    """Let an account be used again, with what it had."""
    staff.change(connection, account.id, disabled_at=None)
    lift(connection, account)


def lift(connection: Connection, account: Row) -> None:
    """End the wait after wrong tries."""
    staff.change(connection, account.id, failures=0, locked_until=0)


def reset(connection: Connection, account: Row, hashed: str, secret: Optional[str], now: int) -> None:
    """Give an account a new password, and a new second step or none. Its sessions and its wait end."""
    staff.change(connection, account.id, password=hashed, totp_secret=secret, totp_step=0)
    staff.withdraw(connection, account.id)
    staff.revoke(connection, account.id, now)
    lift(connection, account)


def _keep_one(connection: Connection, account: Row) -> None:
    is_one = account.role == ADMINISTRATOR and account.disabled_at is None
    if is_one and staff.others_of(connection, ADMINISTRATOR, account.id) == 0:
        raise RefusalError("last_administrator", account=account.name)
