"""Passwords and the codes of the second step. Pure but for chance."""

from typing import Optional

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Characters that a password has at least and at most. Length is asked for, not a mixture of signs: so the NCSC.
LEAST, MOST = 12, 200
#: Seconds that a code lasts, and how many steps before or after now a phone's clock may be.
STEP_SECONDS, DRIFT = 30, 1
ISSUER = "Streetwise console"

_hasher = PasswordHasher()
# Verified where there is no such account, so that both take as long.
_NOBODYS = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """A password as it is kept: argon2id, with salt and parameters."""
    return _hasher.hash(password)


def fits(hashed: Optional[str], password: str) -> bool:
    """Whether a password is the one that was hashed; takes as long where there is no account."""
    try:
        return _hasher.verify(hashed or _NOBODYS, password[:MOST]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def new_secret() -> str:
    """A new secret of a second step, in base 32."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """What a phone's app reads to set a second step up."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: int, after: int) -> Optional[int]:
    """The time step for which `code` is right, or None.

    Args:
        secret: in base 32.
        code: six digits; spaces between them are let through.
        now: seconds since 1970.
        after: the step of the code that was used last; neither it nor an earlier one is taken again.
    """
    totp, present = pyotp.TOTP(secret, interval=STEP_SECONDS), now // STEP_SECONDS
    digits = "".join(code.split())
    for step in range(max(present - DRIFT, after + 1), present + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.at(step * STEP_SECONDS), digits):
            return step
    return None
