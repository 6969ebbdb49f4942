"""The signed-in account's own pages: sessions, password, second step (a phone code) and single-key shortcuts."""

import segno
from markupsafe import Markup
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import SIGNED_IN, STAFF, Route
from bot.console.accounts import check_password
from bot.console.passwords import (
    MIN_LENGTH,
    hash_in_thread,
    matching_step,
    new_secret,
    provisioning_uri,
    verify_in_thread,
)
from bot.console.request import RefusalError, RequestContext
from bot.store import audit, sign_in, staff

PATH = "/account"
SECOND_STEP = f"{PATH}/second-step"


async def show(context: RequestContext) -> HTTPResponse:
    """Show the account's sessions, and the form for changing its password."""
    sessions = await context.read(
        lambda connection: staff.sessions(connection, context.staff.id, context.now, context.token)
    )
    return context.render("own-account.html", sessions=sessions, least=MIN_LENGTH)


async def end_others(context: RequestContext) -> HTTPResponse:
    """End every session but this one."""
    await context.write_audited(
        lambda connection: staff.revoke(connection, context.staff.id, context.now, keep=context.token)
    )
    return context.redirect(PATH, done="ended")


async def change_password(context: RequestContext) -> HTTPResponse:
    """Change the password, given the old one, and end the other sessions."""
    await _require_password(context)
    new = context.form.get("new", "")
    if new != context.form.get("again", ""):
        raise RefusalError("different_passwords")
    check_password(new, context.staff.name)
    hashed = await hash_in_thread(new)

    def change(connection: Connection) -> None:
        staff.change(connection, context.staff.id, password=hashed)
        staff.revoke(connection, context.staff.id, context.now, keep=context.token)

    await context.write_audited(change)
    return context.redirect(PATH, done="password")


async def show_second_step(context: RequestContext) -> HTTPResponse:
    """Show the offered secret, or the form to request one."""
    secret = await context.read(lambda connection: staff.offered(connection, context.staff.id, context.now))
    code = qr_code(secret, context.staff.name) if secret else None
    return context.render("second-step.html", secret=secret, code=code)


async def offer_second_step(context: RequestContext) -> HTTPResponse:
    """Offer a new second step. It takes effect once a code has confirmed that a phone has the secret."""
    await _require_password(context)
    await context.write_audited(lambda connection: staff.offer(connection, context.staff.id, context.now, new_secret()))
    return context.redirect(SECOND_STEP)


async def confirm_second_step(context: RequestContext) -> HTTPResponse:
    """Set up the offered second step if the first code is right, and end the other sessions."""
    secret = await context.read(lambda connection: staff.offered(connection, context.staff.id, context.now))
    if secret is None:
        raise RefusalError("no_offer")
    step = matching_step(secret, context.form.get("code", ""), context.now, 0)
    if step is None:
        raise RefusalError("wrong_code")

    def change(connection: Connection) -> None:
        staff.change(connection, context.staff.id, totp_secret=secret, totp_step=step)
        staff.withdraw(connection, context.staff.id)
        staff.revoke(connection, context.staff.id, context.now, keep=context.token)

    await context.write_audited(change)
    return context.redirect(PATH, done="second_step")


async def withdraw_second_step(context: RequestContext) -> HTTPResponse:
    """Withdraw the offer of a new second step, leaving the current one unchanged."""
    await context.write_audited(lambda connection: staff.withdraw(connection, context.staff.id))
    return context.redirect(SECOND_STEP)


async def set_keys(context: RequestContext) -> HTTPResponse:
    """Switch single-key shortcuts on or off."""
    uses_keys = context.form.get("keys", "") == "on"
    await context.write_audited(
        lambda connection: staff.change(connection, context.staff.id, uses_keys=uses_keys), uses_keys=uses_keys
    )
    return context.redirect(PATH, done="keys_on" if uses_keys else "keys_off")


def qr_code(secret: str, name: str) -> Markup:
    """Render the QR code that sets up a second step, black on white even in dark mode."""
    code = segno.make(provisioning_uri(secret, name), micro=False)
    # Safe as markup: the secret is base 32, and the name was checked when the account was created.
    return Markup(code.svg_inline(scale=5, dark="#000", light="#fff", svgclass=None, lineclass=None))


async def _require_password(context: RequestContext) -> None:
    """Check that the form contains the account's password. A wrong password counts as a failed attempt to sign in.

    Raises:
        RefusalError: the password is wrong, or the account is locked.
    """
    account = await context.read(lambda connection: staff.by_id(connection, context.staff.id))
    if account.locked_until > context.now:
        raise RefusalError("locked", minutes=sign_in.minutes(account.locked_until - context.now))
    is_right = await verify_in_thread(account.password, context.form.get("password", ""))
    if is_right:
        # Read the account again. If it was locked in the meantime, do not reveal that the password was right.
        waits_until = await context.read(lambda connection: staff.by_id(connection, account.id).locked_until)
        if waits_until > context.now:
            raise RefusalError("locked", minutes=sign_in.minutes(waits_until - context.now))
        return

    def fail(connection: Connection) -> int:
        audit.append(connection, context.now, account.name, "password_failed", context.route.action)
        return sign_in.fail(connection, account, context.now)

    wait = await context.dependencies.database.write(fail)
    if wait:
        raise RefusalError("locked", minutes=sign_in.minutes(wait))
    raise RefusalError("wrong_password", most=sign_in.TRIES)


ROUTES = [
    Route("GET", PATH, STAFF, "", show),
    Route("POST", f"{PATH}/end-others", STAFF, "end_own_sessions", end_others),
    Route("POST", f"{PATH}/keys", STAFF, "set_keys", set_keys),
    Route("POST", f"{PATH}/password", STAFF, "change_password", change_password),
    Route("GET", SECOND_STEP, SIGNED_IN, "", show_second_step),
    Route("POST", f"{SECOND_STEP}/offer", SIGNED_IN, "offer_second_step", offer_second_step),
    Route("POST", f"{SECOND_STEP}/confirm", SIGNED_IN, "set_second_step", confirm_second_step),
    Route("POST", f"{SECOND_STEP}/withdraw", SIGNED_IN, "withdraw_second_step", withdraw_second_step),
]
