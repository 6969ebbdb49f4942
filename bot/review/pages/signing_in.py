"""Signing in and out."""

from typing import Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from bot.review.access import ADMINISTRATOR, ANYBODY, NEED_TOTP, STAFF, Route
from bot.review.passwords import fits, step_of
from bot.review.visit import COOKIE, RefusalError, Visit
from bot.store import audit, sign_in, staff

_COOKIE = f"{COOKIE}={{value}}; Path=/; Secure; HttpOnly; SameSite=Strict"
#: Where each role begins.
FIRST_PAGE = {ADMINISTRATOR: "/staff"}
QUEUE = "/queue"


async def show(visit: Visit) -> HTTPResponse:
    """The form to sign in; who has done so goes to their first page."""
    return visit.go(first_page(visit.role)) if visit.role else visit.page("sign-in.html")


async def enter(visit: Visit) -> HTTPResponse:
    """Sign in with name, password and, where there is one, a code."""
    name, password = visit.form.get("name", "").strip(), visit.form.get("password", "")
    account = await visit.read(lambda connection: staff.named(connection, name))
    if account is not None and account.locked_until > visit.now:
        await _note(visit, name, "locked")
        raise RefusalError("locked", minutes=_minutes(account.locked_until - visit.now))
    is_right = fits(account.password if account is not None else None, password)
    step = _step(visit, account)
    # The same words for each: which of the three was wrong is nobody's business.
    if account is None or not is_right or step is None or account.disabled_at is not None:
        await _fail(visit, account, name)
    assert account is not None

    def begin(connection: Connection) -> str:
        audit.append(connection, visit.now, account.name, "sign_in")
        return sign_in.succeed(connection, account, visit.now, step or None)

    token = await visit.parts.database.write(begin)
    response = visit.go(first_page(account.role))
    response.headers["Set-Cookie"] = _COOKIE.format(value=token)
    return response


async def leave(visit: Visit) -> HTTPResponse:
    """Sign out: the session ends, and the browser forgets what it was shown."""
    await visit.change(lambda connection: staff.leave(connection, visit.token, visit.now))
    response = visit.go("/sign-in", done="signed_out")
    response.headers["Set-Cookie"] = _COOKIE.format(value="") + "; Max-Age=0"
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


async def begin(visit: Visit) -> HTTPResponse:
    """The console's own address."""
    return visit.go(first_page(visit.role))


def first_page(role: str) -> str:
    """Where somebody with `role` begins."""
    return FIRST_PAGE.get(role, QUEUE)


def _step(visit: Visit, account: Optional[Row]) -> Optional[int]:
    """The step of the right code; 0 where none is asked for, None where it is wrong."""
    if account is None:
        return None
    if account.totp_secret is None:
        return None if account.role in NEED_TOTP else 0
    return step_of(account.totp_secret, visit.form.get("code", ""), visit.now, account.totp_step)


async def _fail(visit: Visit, account: Optional[Row], name: str) -> None:
    await _note(visit, name if account is not None else "", "wrong")
    if account is not None:
        wait = await visit.parts.database.write(lambda connection: sign_in.fail(connection, account, visit.now))
        if wait:
            raise RefusalError("locked", minutes=_minutes(wait))
    raise RefusalError("wrong_sign_in", most=sign_in.TRIES)


async def _note(visit: Visit, name: str, how: str) -> None:
    # A name that is nobody's is not kept: people type their password there.
    await visit.parts.database.write(
        lambda connection: audit.append(connection, visit.now, name, "sign_in_failed", "", {"how": how})
    )


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


ROUTES = [
    Route("GET", "/sign-in", ANYBODY, "", show),
    Route("POST", "/sign-in", ANYBODY, "sign_in", enter),
    Route("POST", "/sign-out", STAFF, "sign_out", leave),
    Route("GET", "/", STAFF, "", begin),
]
