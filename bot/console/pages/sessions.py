"""Signing in and out."""

from math import ceil
from typing import NamedTuple, NoReturn, Optional
from urllib.parse import parse_qsl, urlencode

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import (
    ADMINISTRATOR,
    ANYBODY,
    CODE_FROM_THE_START,
    READERS,
    SIGNED_IN,
    STAFF,
    WITHOUT_CODE,
    Route,
    role_of,
)
from bot.console.pages.accounts import PATH as ACCOUNTS
from bot.console.pages.own_account import SECOND_STEP
from bot.console.pages.queue import PATH as QUEUE
from bot.console.passwords import matching_step, new_secret, verify_in_thread
from bot.console.request import COOKIE, RefusalError, RequestContext, read_number
from bot.console.throttle import Throttle
from bot.redaction.deadline import redact_with_deadline
from bot.store import audit, sign_in, staff
from bot.store.staff import Account

_COOKIE = f"{COOKIE}={{value}}; Path=/; Secure; HttpOnly; SameSite=Strict"
#: Maps roles to their first page after signing in. All other roles start at the queue.
FIRST_PAGE = {ADMINISTRATOR: ACCOUNTS, WITHOUT_CODE: SECOND_STEP}


class Unsaved(NamedTuple):
    """A text that was submitted after the session had ended, with the conversation and query of the request.

    The sign-in form carries it, because the account is not known yet.
    """

    text: str
    number: str
    query: str


async def show(context: RequestContext) -> HTTPResponse:
    """Show the sign-in form, or redirect to the first page if already signed in."""
    if context.role:
        return context.redirect(first_page(context.role))
    return context.render("sign-in.html", problem=None, name="", unsaved=None)


async def start(context: RequestContext) -> HTTPResponse:
    """Sign in with name, password and code. If the account has no code yet, sign in only to set one up."""
    typed, unsaved = "", None
    try:
        typed, unsaved = context.form.get("name", ""), _unsaved(context)
        return await _start(context, typed.strip().lower(), unsaved)
    except RefusalError as refusal:
        problem = context.explain(refusal)
        return context.render("sign-in.html", problem.status, problem=problem, name=typed, unsaved=unsaved)


def sign_in_first(context: RequestContext) -> HTTPResponse:
    """Show the sign-in form, carrying the text that was submitted after the session had ended."""
    text, number = context.form[context.route.typed], str(context.values["number"])
    unsaved = Unsaved(text, number, context.request.query_string)
    return context.render("sign-in.html", 401, problem=None, name="", unsaved=unsaved)


async def stay(context: RequestContext) -> HTTPResponse:
    """Keep the session open. The request counts as activity, and the response headers say when the session ends."""
    return HTTPResponse(status=200)


async def end(context: RequestContext) -> HTTPResponse:
    """Sign out by ending the session and clearing the browser's stored data."""
    await context.write_audited(lambda connection: staff.end_session(connection, context.token, context.now))
    response = context.redirect("/sign-in", done="signed_out")
    response.headers["Set-Cookie"] = _COOKIE.format(value="") + "; Max-Age=0"
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


async def home(context: RequestContext) -> HTTPResponse:
    """Redirect to the first page."""
    return context.redirect(first_page(context.role))


def first_page(role: str) -> str:
    """Return the path of a role's first page."""
    return FIRST_PAGE.get(role, QUEUE)


def _unsaved(context: RequestContext) -> Optional[Unsaved]:
    fields = [context.form.get(f"unsaved_{name}", "") for name in Unsaved._fields]
    return Unsaved(*fields) if all(fields[:2]) else None


async def _start(context: RequestContext, name: str, unsaved: Optional[Unsaved]) -> HTTPResponse:
    password = context.form.get("password", "")
    account = await _account_to_try(context, name)
    is_right = await verify_in_thread(account.password if account is not None else None, password)
    step = _step(context, account)
    # Show the same message in every case, so as not to reveal what was wrong.
    if account is None or not is_right or step is None or account.disabled_at is not None:
        await _fail(context, account, name)
    assert account is not None
    token = await context.dependencies.database.write(
        lambda connection: _start_session(connection, context, account, step or None)
    )
    if token is None:
        await _fail(context, account, name)
    await _throttle(context).forgive()
    response = await _first(context, account, unsaved)
    response.headers["Set-Cookie"] = _COOKIE.format(value=token)
    return response


async def _first(context: RequestContext, account: Account, unsaved: Optional[Unsaved]) -> HTTPResponse:
    """Redirect to the first page or, if a text was typed before signing in, to its conversation."""
    number = read_number(unsaved.number) if unsaved else None
    if unsaved is None or number is None or account.role not in READERS:
        return context.redirect(first_page(role_of(account)))
    context.drafts.keep(account.id, number, await redact_with_deadline(context.dependencies.redactor, unsaved.text))
    if account.totp_secret is None:
        return context.redirect(SECOND_STEP)
    query = urlencode(parse_qsl(unsaved.query))
    return context.redirect(f"/conversations/{number}" + (f"?{query}" if query else "") + "#notes")


async def _account_to_try(context: RequestContext, name: str) -> Optional[Account]:
    """Check that an attempt is allowed now. Return the account with this name, or None if there is none.

    Raises:
        RefusalError: everybody must wait, or this name is locked.
    """
    wait = await _throttle(context).wait()
    if wait:
        raise RefusalError("too_many_tries", seconds=ceil(wait))
    account = await context.read(lambda connection: staff.named(connection, name))
    locked_until = account.locked_until if account is not None else await _throttle(context).locked_until(name)
    if locked_until > context.now:
        await context.dependencies.database.write(
            lambda connection: _log_failure(connection, context, account, "locked")
        )
        raise RefusalError("locked", minutes=sign_in.minutes(locked_until - context.now))
    return account


def _start_session(
    connection: Connection, context: RequestContext, account: Account, step: Optional[int]
) -> Optional[str]:
    """Return the token of a new session, or None if the account has changed since it was read."""
    token = sign_in.succeed(connection, account, context.now, step)
    if token is not None:
        # End the session that the browser had before, to prevent session fixation.
        staff.end_session(connection, context.token, context.now)
        audit.append(connection, context.now, account.name, "sign_in")
        if account.totp_secret is None and staff.offered(connection, account.id, context.now) is None:
            staff.offer(connection, account.id, context.now, new_secret())
    return token


def _step(context: RequestContext, account: Optional[Account]) -> Optional[int]:
    """Return the code's time step, or 0 if the account has no code yet, or None if the code is wrong."""
    if account is None:
        return None
    if account.totp_secret is None:
        return None if account.role in CODE_FROM_THE_START else 0
    return matching_step(account.totp_secret, context.form.get("code", ""), context.now, account.totp_step)


async def _fail(context: RequestContext, account: Optional[Account], name: str) -> NoReturn:
    def fail(connection: Connection) -> int:
        _log_failure(connection, context, account, "wrong")
        return sign_in.fail(connection, account, context.now) if account is not None else 0

    wait = await context.dependencies.database.write(fail)
    if account is None:
        wait = await _throttle(context).fail(name, context.now)
    if wait:
        raise RefusalError("locked", minutes=sign_in.minutes(wait))
    raise RefusalError("wrong_sign_in", most=sign_in.TRIES)


def _throttle(context: RequestContext) -> Throttle:
    throttle: Throttle = context.request.app.ctx.throttle
    return throttle


def _log_failure(connection: Connection, context: RequestContext, account: Optional[Account], how: str) -> None:
    # An unknown name is not stored, because some people type their password there by mistake.
    name = account.name if account is not None else ""
    audit.append(connection, context.now, name, "sign_in_failed", "", {"how": how})


ROUTES = [
    Route("GET", "/sign-in", ANYBODY, "", show),
    Route("POST", "/sign-in", ANYBODY, "sign_in", start),
    Route("GET", "/account/stay", SIGNED_IN, "", stay),
    Route("POST", "/sign-out", SIGNED_IN, "sign_out", end),
    Route("GET", "/", STAFF, "", home),
]
