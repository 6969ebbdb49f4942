"""Signing in and out."""

from math import ceil
from typing import NoReturn, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from bot.console.access import ADMINISTRATOR, ANYBODY, NEED_TOTP, STAFF, Route
from bot.console.pages.queue import PATH as QUEUE
from bot.console.pages.staff import PATH as ACCOUNTS
from bot.console.passwords import fits_aside, step_of
from bot.console.throttle import Throttle
from bot.console.visit import COOKIE, RefusalError, Visit
from bot.store import audit, sign_in, staff

_COOKIE = f"{COOKIE}={{value}}; Path=/; Secure; HttpOnly; SameSite=Strict"
#: Where each role begins.
FIRST_PAGE = {ADMINISTRATOR: ACCOUNTS}


async def show(visit: Visit) -> HTTPResponse:
    """The form to sign in; who has done so goes to their first page."""
    return visit.go(first_page(visit.role)) if visit.role else visit.page("sign-in.html", problem=None)


async def enter(visit: Visit) -> HTTPResponse:
    """Sign in with name, password and, where there is one, a code."""
    try:
        return await _enter(visit)
    except RefusalError as refusal:
        problem = visit.problem(refusal)
        return visit.page("sign-in.html", problem.status, problem=problem)


async def leave(visit: Visit) -> HTTPResponse:
    """Sign out: the session ends, and the browser forgets what it was shown."""
    await visit.change(lambda connection: staff.end_session(connection, visit.token, visit.now))
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


async def _enter(visit: Visit) -> HTTPResponse:
    name, password = visit.form.get("name", "").strip().lower(), visit.form.get("password", "")
    account = await _may_try(visit, name)
    is_right = await fits_aside(account.password if account is not None else None, password)
    step = _step(visit, account)
    # The same words for each: which of the three was wrong is nobody's business.
    if account is None or not is_right or step is None or account.disabled_at is not None:
        await _fail(visit, account, name)
    assert account is not None
    token = await visit.parts.database.write(lambda connection: _begin(connection, visit, account, step or None))
    if token is None:
        await _fail(visit, account, name)
    _throttle(visit).forgive()
    response = visit.go(first_page(account.role))
    response.headers["Set-Cookie"] = _COOKIE.format(value=token)
    return response


async def _may_try(visit: Visit, name: str) -> Optional[Row]:
    """The account of that name, or None: whoever tries is not known yet, and may have to wait.

    Raises:
        RefusalError: everybody must wait, or whoever tries this name.
    """
    wait = _throttle(visit).wait()
    if wait:
        raise RefusalError("too_many_tries", seconds=ceil(wait))
    account = await visit.read(lambda connection: staff.named(connection, name))
    locked_until = account.locked_until if account is not None else _throttle(visit).locked_until(name)
    if locked_until > visit.now:
        await visit.parts.database.write(lambda connection: _note(connection, visit, account, "locked"))
        raise RefusalError("locked", minutes=sign_in.minutes(locked_until - visit.now))
    return account


def _begin(connection: Connection, visit: Visit, account: Row, step: Optional[int]) -> Optional[str]:
    """The token of a new session; None where the account is no longer what it was when it was looked at."""
    token = sign_in.succeed(connection, account, visit.now, step)
    if token is not None:
        # Nobody goes on with a session that was there before: it may have been put there.
        staff.end_session(connection, visit.token, visit.now)
        audit.append(connection, visit.now, account.name, "sign_in")
    return token


def _step(visit: Visit, account: Optional[Row]) -> Optional[int]:
    """The step of the right code; 0 where none is asked for, None where it is wrong."""
    if account is None:
        return None
    if account.totp_secret is None:
        return None if account.role in NEED_TOTP else 0
    return step_of(account.totp_secret, visit.form.get("code", ""), visit.now, account.totp_step)


async def _fail(visit: Visit, account: Optional[Row], name: str) -> NoReturn:
    def fail(connection: Connection) -> int:
        _note(connection, visit, account, "wrong")
        if account is None:
            return _throttle(visit).fail(name, visit.now)
        return sign_in.fail(connection, account, visit.now)

    wait = await visit.parts.database.write(fail)
    if wait:
        raise RefusalError("locked", minutes=sign_in.minutes(wait))
    raise RefusalError("wrong_sign_in", most=sign_in.TRIES)


def _throttle(visit: Visit) -> Throttle:
    throttle: Throttle = visit.request.app.ctx.throttle
    return throttle


def _note(connection: Connection, visit: Visit, account: Optional[Row], how: str) -> None:
    # A name that is nobody's is not kept: people type their password there.
    name = account.name if account is not None else ""
    audit.append(connection, visit.now, name, "sign_in_failed", "", {"how": how})


ROUTES = [
    Route("GET", "/sign-in", ANYBODY, "", show),
    Route("POST", "/sign-in", ANYBODY, "sign_in", enter),
    Route("POST", "/sign-out", STAFF, "sign_out", leave),
    Route("GET", "/", STAFF, "", begin),
]
