"""Passwords and the codes of the second step (TOTP). Hashing runs in a thread of its own."""

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Fewest and most characters in a password. The NCSC advises length instead of a mix of character types.
MIN_LENGTH, MAX_LENGTH = 12, 200
#: Least score of zxcvbn, from 0 to 4: more than 10^10 guesses. At 3, "password password" would be accepted.
MIN_SCORE = 4
#: Characters that are judged. Text made to be slow takes zxcvbn under a second at 32, and 25 seconds at 200.
_JUDGED = 32
#: Seconds that a code is valid, and how many steps a phone's clock may be early or late.
STEP_SECONDS, DRIFT = 30, 1
ISSUER = "Streetwise console"

#: Base 32, at least 128 bits.
_SECRET = re.compile(r"[A-Z2-7]{26,64}")

_hasher = PasswordHasher()
# Verified for unknown accounts, so that they take as long as known ones.
_NOBODYS = _hasher.hash("nobody's password")
# One thread: a hash takes 64 MiB and 50 ms of every core, which the chat needs too.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """Hash a password with argon2id; the result includes salt and parameters."""
    return _hasher.hash(_normalise(password))


async def hash_in_thread(password: str) -> str:
    """Run `hash_password` off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_thread, hash_password, password)


def verify_password(hashed: Optional[str], password: str) -> bool:
    """Whether `password` matches the hash; takes as long if `hashed` is None because there is no account."""
    try:
        return _hasher.verify(hashed or _NOBODYS, _normalise(password[:MAX_LENGTH])) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


async def verify_in_thread(hashed: Optional[str], password: str) -> bool:
    """Run `verify_password` off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_thread, verify_password, hashed, password)


def is_guessable(password: str, name: str) -> bool:
    """Whether zxcvbn needs too few guesses for a password; it tries the parts of the account's name first."""
    # Imported here: its word lists take 14 MB, which the chat never needs.
    from zxcvbn import zxcvbn

    expected = [name, *re.split(r"[.-]", name), "streetwise"]
    return bool(zxcvbn(_normalise(password)[:_JUDGED], user_inputs=expected)["score"] < MIN_SCORE)


def new_secret() -> str:
    """Return a new TOTP secret in base 32."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether `text` is a valid TOTP secret."""
    return bool(_SECRET.fullmatch(text))


def provisioning_uri(secret: str, name: str) -> str:
    """Return the otpauth URI that an authenticator app reads to set up a second step."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: int, after: int) -> Optional[int]:
    """Return the time step for which `code` is right, or None.

    Args:
        secret: in base 32.
        code: six digits; spaces between them are ignored.
        now: seconds since 1970.
        after: the step of the last used code; that one and earlier ones are not accepted again.
    """
    totp, present = pyotp.TOTP(secret, interval=STEP_SECONDS), now // STEP_SECONDS
    digits = "".join(code.split())
    for step in range(max(present - DRIFT, after + 1), present + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.at(step * STEP_SECONDS), digits):
            return step
    return None


def _normalise(password: str) -> str:
    """Normalise to NFKC, since keyboards compose accented letters differently."""
    return unicodedata.normalize("NFKC", password)
