"""Passwords and the codes of the second step. Pure but for chance; what takes long has a thread of its own."""

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Optional

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Characters that a password has least and at most. Length is asked for, not a mixture of signs: so the NCSC.
LEAST, MOST = 12, 200
#: Characters of it, at least, that do not follow from those before.
SURPRISES = 6
#: Seconds that a code lasts, and how many steps before or after now a phone's clock may be.
STEP_SECONDS, DRIFT = 30, 1
ISSUER = "Streetwise console"

#: What is easy to guess however long it is: neighbours in one of these, in either direction.
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {(a, b) for row in _ROWS for one in (row, row[::-1]) for a, b in pairwise(one)}
_EXPECTED = ("streetwise", "password")
#: Base 32, of 128 bits at least.
_SECRET = re.compile(r"[A-Z2-7]{26,64}")

_hasher = PasswordHasher()
# Verified where there is no such account, so that both take as long.
_NOBODYS = _hasher.hash("nobody's password")
# One: each takes 64 MiB and 50 ms of every core, which those who chat need too.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """A password as it is kept: argon2id, with salt and parameters."""
    return _hasher.hash(_normal(password))


async def hash_aside(password: str) -> str:
    """As `hash_password`, while others are answered."""
    return await asyncio.get_running_loop().run_in_executor(_thread, hash_password, password)


def fits(hashed: Optional[str], password: str) -> bool:
    """Whether a password is the one that was hashed; takes as long where there is no account."""
    try:
        return _hasher.verify(hashed or _NOBODYS, _normal(password[:MOST])) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


async def fits_aside(hashed: Optional[str], password: str) -> bool:
    """As `fits`, while others are answered."""
    return await asyncio.get_running_loop().run_in_executor(_thread, fits, hashed, password)


def surprises(password: str, name: str) -> int:
    """How many characters do not follow from those before.

    A character follows where it is the same once more, the next in the alphabet, in counting or on a row of the
    keyboard, or where the same two stood side by side already. The name, and what first comes to mind here, are no
    surprise either.
    """
    rest = password.lower()
    for expected in (name.lower(), *_EXPECTED):
        rest = rest.replace(expected, "")
    pairs = list(pairwise(rest))
    follows = [a == b or (a, b) in _NEIGHBOURS or (a, b) in pairs[:place] for place, (a, b) in enumerate(pairs)]
    return len(rest) - sum(follows)


def new_secret() -> str:
    """A new secret of a second step, in base 32."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether `text` can be the secret of a second step."""
    return bool(_SECRET.fullmatch(text))


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


def _normal(password: str) -> str:
    """However a keyboard puts a letter and its accent together."""
    return unicodedata.normalize("NFKC", password)
