"""Passwords, and the codes for the second step (TOTP). Hashing runs in its own thread."""

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Minimum and maximum length of a password. The NCSC recommends length over a mix of character types.
MIN_LENGTH, MAX_LENGTH = 12, 200
#: Lowest accepted zxcvbn score, on a scale from 0 to 4. A score of 4 means that more than 10^10 guesses are needed. If
#: 3 were accepted, "password password" would pass.
MIN_SCORE = 4
#: Number of characters passed to zxcvbn. On text crafted to be slow, it takes less than a second for 32 characters and
#: 25 seconds for 200.
_JUDGED = 32
#: How long a code is valid, in seconds, and how many steps a phone's clock may be fast or slow.
STEP_SECONDS, DRIFT = 30, 1
ISSUER = "Streetwise console"

#: Base 32, at least 128 bits.
_SECRET = re.compile(r"[A-Z2-7]{26,64}")

_hasher = PasswordHasher()
# Used when the account does not exist, so that sign-in takes just as long as if it did.
_NOBODYS = _hasher.hash("nobody's password")
# Only one thread: a hash uses 64 MiB and 50 ms of every core, and the chat needs those too.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """Hash a password with argon2id. The result includes the salt and the parameters."""
    return _hasher.hash(_normalise(password))


async def hash_in_thread(password: str) -> str:
    """Run `hash_password` off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_thread, hash_password, password)


def verify_password(hashed: Optional[str], password: str) -> bool:
    """Whether `password` matches the hash. Takes just as long if there is no account and `hashed` is None."""
    try:
        return _hasher.verify(hashed or _NOBODYS, _normalise(password[:MAX_LENGTH])) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


async def verify_in_thread(hashed: Optional[str], password: str) -> bool:
    """Run `verify_password` off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_thread, verify_password, hashed, password)


def is_guessable(password: str, name: str) -> bool:
    """Whether zxcvbn finds a password too easy to guess. It tries the parts of the account's name first."""
    # Imported here because its word lists take 14 MB and are needed only when a password is set.
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
    """Return the time step that `code` belongs to, or None if the code is wrong.

    Args:
        secret: the secret, in base 32.
        code: six digits. Spaces between them are ignored.
        now: seconds since 1970.
        after: the step of the last code used. Codes for that step and earlier ones are refused.
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
