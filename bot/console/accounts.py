"""The rules for staff accounts, shared by the console and the command line.

Each function runs in the caller's transaction, and raises `RefusalError` if a rule forbids the change. The caller
writes the audit log.
"""

import re
from typing import Optional

from sqlalchemy.engine import Connection

from bot.console.access import ADMINISTRATOR, CODE_FROM_THE_START, ROLES
from bot.console.passwords import MAX_LENGTH, MIN_LENGTH, is_guessable
from bot.console.request import RefusalError
from bot.store import staff
from bot.store.staff import Account

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}[a-z0-9]")


def parse_name(typed: str) -> str:
    """Return an account name in its stored form.

    Raises:
        RefusalError: `typed` is not a valid name.
    """
    name = typed.strip().lower()
    if not _NAME.fullmatch(name):
        raise RefusalError("bad_name")
    return name


def check_free(connection: Connection, name: str) -> None:
    """Raise `RefusalError` if the name is taken."""
    if staff.named(connection, name) is not None:
        raise RefusalError("name_taken", account=name)


def check_role(role: str) -> None:
    """Raise `RefusalError` if there is no such role."""
    if role not in ROLES:
        raise RefusalError("bad_role", role=role[:40], allowed=", ".join(ROLES))


def check_password(password: str, name: str) -> None:
    """Raise `RefusalError` if the password is too short, too long or too easy to guess."""
    if len(password) < MIN_LENGTH:
        raise RefusalError("short_password", least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise RefusalError("long_password", most=MAX_LENGTH)
    if is_guessable(password, name):
        raise RefusalError("guessable_password")


def find(connection: Connection, typed: str) -> Account:
    """Find an account by its name.

    Raises:
        RefusalError: there is no such account.
    """
    account = staff.named(connection, typed.strip().lower())
    if account is None:
        raise RefusalError("no_such_account", account=typed[:80])
    return account


def change_role(connection: Connection, account: Account, role: str, now: int) -> None:
    """Change an account's role and end its sessions, so that the next sign-in must meet the new role's requirements.

    Raises:
        RefusalError: there is no such role, it needs a second step that the account lacks, or the account is the last
            administrator.
    """
    check_role(role)
    if role in CODE_FROM_THE_START and account.totp_secret is None:
        raise RefusalError("needs_second_step", account=account.name, role=role)
    if role != ADMINISTRATOR:
        _check_not_last_administrator(connection, account)
    staff.change(connection, account.id, role=role)
    staff.revoke(connection, account.id, now)


def disable(connection: Connection, account: Account, now: int) -> None:
    """Disable an account and end its sessions.

    Raises:
        RefusalError: the account is the last administrator.
    """
    _check_not_last_administrator(connection, account)
    staff.change(connection, account.id, disabled_at=account.disabled_at or now)
    staff.revoke(connection, account.id, now)


def enable(connection: Connection, account: Account) -> None:
    """Enable an account again, with its role, password and second step unchanged."""
    staff.change(connection, account.id, disabled_at=None)
    unlock(connection, account)


def unlock(connection: Connection, account: Account) -> None:
    """Unlock an account that was locked after failed attempts to sign in."""
    staff.change(connection, account.id, failures=0, locked_until=0)


def reset(connection: Connection, account: Account, hashed: str, secret: Optional[str], now: int) -> None:
    """Set a new password and a new second step (or none yet), end the account's sessions, and unlock it."""
    staff.change(connection, account.id, password=hashed, totp_secret=secret, totp_step=0)
    staff.withdraw(connection, account.id)
    staff.revoke(connection, account.id, now)
    unlock(connection, account)


def _check_not_last_administrator(connection: Connection, account: Account) -> None:
    is_one = account.role == ADMINISTRATOR and account.disabled_at is None
    if is_one and staff.others_of(connection, ADMINISTRATOR, account.id) == 0:
        raise RefusalError("last_administrator", account=account.name)
