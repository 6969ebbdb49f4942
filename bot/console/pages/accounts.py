"""Staff accounts, managed by administrators."""

from typing import Callable, Dict, List, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console import accounts
from bot.console.access import ADMINISTRATORS, ROLES, Route
from bot.console.request import RefusalError, RequestContext
from bot.store import staff
from bot.store.staff import Account

PATH = "/staff"


async def show(context: RequestContext) -> HTTPResponse:
    """List the accounts."""

    def gather(connection: Connection) -> Tuple[List[Account], Dict[int, int]]:
        return staff.everybody(connection), staff.last_seen(connection)

    everybody, seen = await context.read(gather)
    return context.render("accounts.html", everybody=everybody, seen=seen, roles=ROLES)


async def change_role(context: RequestContext) -> HTTPResponse:
    """Change an account's role."""
    role = context.form.get("role", "")
    accounts.check_role(role)
    return await _change(context, lambda c, account: accounts.change_role(c, account, role, context.now), role=role)


async def disable(context: RequestContext) -> HTTPResponse:
    """Disable an account."""
    return await _change(context, lambda c, account: accounts.disable(c, account, context.now))


async def enable(context: RequestContext) -> HTTPResponse:
    """Enable an account again."""
    return await _change(context, accounts.enable)


async def end_sessions(context: RequestContext) -> HTTPResponse:
    """End all of an account's sessions."""
    return await _change(context, lambda c, account: staff.revoke(c, account.id, context.now))


async def unlock(context: RequestContext) -> HTTPResponse:
    """Unlock an account that was locked after failed attempts to sign in."""
    return await _change(context, accounts.unlock)


async def _change(
    context: RequestContext, work: Callable[[Connection, Account], object], **detail: str
) -> HTTPResponse:
    """Run `work` on the account in the path, which must not be the administrator's own."""
    everybody = await context.read(staff.everybody)
    name = next((account.name for account in everybody if account.id == context.values["staff_id"]), None)
    if name is None:
        raise RefusalError("not_found")
    if name == context.staff.name:
        raise RefusalError("not_oneself")
    # Read the account again, because the rules must be checked in the same transaction as the change.
    await context.write_audited(lambda c: work(c, accounts.find(c, name)), name, **detail)
    return context.redirect(PATH, done=context.route.action)


ROUTES = [
    Route("GET", PATH, ADMINISTRATORS, "", show),
    Route("POST", f"{PATH}/<staff_id:int>/role", ADMINISTRATORS, "change_role", change_role),
    Route("POST", f"{PATH}/<staff_id:int>/disable", ADMINISTRATORS, "disable_account", disable),
    Route("POST", f"{PATH}/<staff_id:int>/enable", ADMINISTRATORS, "enable_account", enable),
    Route("POST", f"{PATH}/<staff_id:int>/sign-out", ADMINISTRATORS, "end_sessions", end_sessions),
    Route("POST", f"{PATH}/<staff_id:int>/lift", ADMINISTRATORS, "lift_wait", unlock),
]
