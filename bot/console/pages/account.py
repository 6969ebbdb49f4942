"""One's own account: sessions, password, second step."""

from typing import List, Optional, Tuple

import segno
from markupsafe import Markup
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import NEED_TOTP, STAFF, Route
from bot.console.accounts import check_password
from bot.console.passwords import LEAST, address, fits_aside, hash_aside, new_secret, step_of
from bot.console.visit import RefusalError, Visit
from bot.store import audit, sign_in, staff

PATH = "/account"


async def show(visit: Visit) -> HTTPResponse:
    """Sessions, and the forms to change the rest."""

    def gather(connection: Connection) -> Tuple[List[staff.Session], Optional[str]]:
        own = visit.staff.id
        return staff.sessions(connection, own, visit.now, visit.token), staff.offered(connection, own, visit.now)

    sessions, secret = await visit.read(gather)
    return visit.page(
        "account.html",
        sessions=sessions,
        secret=secret,
        code=drawn(secret, visit.staff.name) if secret else None,
        may_remove=visit.role not in NEED_TOTP,
        least=LEAST,
    )


async def end_others(visit: Visit) -> HTTPResponse:
    """End every session but this one."""
    await visit.change(lambda connection: staff.revoke(connection, visit.staff.id, visit.now, keep=visit.token))
    return visit.go(PATH, done="ended")


async def change_password(visit: Visit) -> HTTPResponse:
    """Take a new password from whoever knows the old one, and end the other sessions."""
    await _prove(visit)
    new = visit.form.get("new", "")
    if new != visit.form.get("again", ""):
        raise RefusalError("different_passwords")
    check_password(new, visit.staff.name)
    hashed = await hash_aside(new)

    def change(connection: Connection) -> None:
        staff.change(connection, visit.staff.id, password=hashed)
        staff.revoke(connection, visit.staff.id, visit.now, keep=visit.token)

    await visit.change(change)
    return visit.go(PATH, done="password")


async def offer(visit: Visit) -> HTTPResponse:
    """Begin to set a second step up: its secret waits here until a code proves that a phone has it."""
    await _prove(visit)
    await visit.change(lambda connection: staff.offer(connection, visit.staff.id, visit.now, new_secret()))
    return visit.go(PATH + "#second-step")


async def confirm(visit: Visit) -> HTTPResponse:
    """Sign in with the offered second step from now on, if the first code is right."""
    secret = await visit.read(lambda connection: staff.offered(connection, visit.staff.id, visit.now))
    if secret is None:
        raise RefusalError("no_offer")
    step = step_of(secret, visit.form.get("code", ""), visit.now, 0)
    if step is None:
        raise RefusalError("wrong_code")

    def change(connection: Connection) -> None:
        staff.change(connection, visit.staff.id, totp_secret=secret, totp_step=step)
        staff.withdraw(connection, visit.staff.id)
        staff.revoke(connection, visit.staff.id, visit.now, keep=visit.token)

    await visit.change(change)
    return visit.go(PATH, done="second_step")


async def withdraw(visit: Visit) -> HTTPResponse:
    """Leave the second step as it was."""
    await visit.change(lambda connection: staff.withdraw(connection, visit.staff.id))
    return visit.go(PATH)


async def remove(visit: Visit) -> HTTPResponse:
    """Sign in without a second step from now on, where the role allows it."""
    if visit.role in NEED_TOTP:
        raise RefusalError("keeps_second_step")
    await _prove(visit)
    await visit.change(lambda connection: staff.change(connection, visit.staff.id, totp_secret=None, totp_step=0))
    return visit.go(PATH, done="removed")


def drawn(secret: str, name: str) -> Markup:
    """What a phone reads to set a second step up, as a picture: black on white in dark mode too."""
    code = segno.make(address(secret, name), micro=False)
    # Our own characters only: a secret in base 32, and a name that was checked when it was given.
    return Markup(code.svg_inline(scale=5, dark="#000", light="#fff", svgclass=None, lineclass=None))


async def _prove(visit: Visit) -> None:
    """Refuse whoever does not know the password of the account that they use. It counts as a wrong try to sign in.

    Raises:
        RefusalError: it is wrong, or was wrong too often.
    """
    account = await visit.read(lambda connection: staff.by_id(connection, visit.staff.id))
    if account.locked_until > visit.now:
        raise RefusalError("locked", minutes=sign_in.minutes(account.locked_until - visit.now))
    is_right = await fits_aside(account.password, visit.form.get("password", ""))
    if is_right:
        # Looked at anew: who was locked out meanwhile is not told whether it was right.
        waits_until = await visit.read(lambda connection: staff.by_id(connection, account.id).locked_until)
        if waits_until > visit.now:
            raise RefusalError("locked", minutes=sign_in.minutes(waits_until - visit.now))
        return

    def fail(connection: Connection) -> int:
        audit.append(connection, visit.now, account.name, "password_failed", visit.route.action)
        return sign_in.fail(connection, account, visit.now)

    wait = await visit.parts.database.write(fail)
    if wait:
        raise RefusalError("locked", minutes=sign_in.minutes(wait))
    raise RefusalError("wrong_password", most=sign_in.TRIES)


ROUTES = [
    Route("GET", PATH, STAFF, "", show),
    Route("POST", f"{PATH}/end-others", STAFF, "end_own_sessions", end_others),
    Route("POST", f"{PATH}/password", STAFF, "change_password", change_password),
    Route("POST", f"{PATH}/second-step/offer", STAFF, "offer_second_step", offer),
    Route("POST", f"{PATH}/second-step/confirm", STAFF, "set_second_step", confirm),
    Route("POST", f"{PATH}/second-step/withdraw", STAFF, "withdraw_second_step", withdraw),
    Route("POST", f"{PATH}/second-step/remove", STAFF, "remove_second_step", remove),
]
