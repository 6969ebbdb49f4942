"""Who has an account, and what administrators do with the accounts of others."""

from typing import Callable, Dict, List, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from bot.console import accounts
from bot.console.access import ADMINISTRATORS, ROLES, Route
from bot.console.visit import RefusalError, Visit
from bot.store import staff

PATH = "/staff"


async def show(visit: Visit) -> HTTPResponse:
    """Everybody with an account."""

    def gather(connection: Connection) -> Tuple[List[Row], Dict[int, int]]:
        return staff.everybody(connection), staff.last_seen(connection)

    everybody, seen = await visit.read(gather)
    return visit.page("staff.html", everybody=everybody, seen=seen, roles=ROLES)


async def change_role(visit: Visit) -> HTTPResponse:
    """Give somebody another role."""
    role = visit.form.get("role", "")
    accounts.check_role(role)
    return await _change(visit, lambda c, account: accounts.change_role(c, account, role, visit.now), role=role)


async def disable(visit: Visit) -> HTTPResponse:
    """Let nobody use somebody's account any more."""
    return await _change(visit, lambda c, account: accounts.disable(c, account, visit.now))


async def enable(visit: Visit) -> HTTPResponse:
    """Let somebody use their account again."""
    return await _change(visit, accounts.enable)


async def end_sessions(visit: Visit) -> HTTPResponse:
    """Sign somebody out everywhere."""
    return await _change(visit, lambda c, account: staff.revoke(c, account.id, visit.now))


async def lift(visit: Visit) -> HTTPResponse:
    """Let somebody try to sign in again at once."""
    return await _change(visit, accounts.lift)


async def _change(visit: Visit, work: Callable[[Connection, Row], object], **detail: str) -> HTTPResponse:
    """Do `work` to the account that the address names, which must be somebody else's."""
    everybody = await visit.read(staff.everybody)
    name = next((account.name for account in everybody if account.id == visit.values["staff_id"]), None)
    if name is None:
        raise RefusalError("not_found")
    if name == visit.staff.name:
        raise RefusalError("not_oneself")
    # Read anew: what the rules go by must be so in the same transaction.
    await visit.change(lambda c: work(c, accounts.find(c, name)), name, **detail)
    return visit.go(PATH, done=visit.route.action)


ROUTES = [
    Route("GET", PATH, ADMINISTRATORS, "", show),
    Route("POST", f"{PATH}/<staff_id:int>/role", ADMINISTRATORS, "change_role", change_role),
    Route("POST", f"{PATH}/<staff_id:int>/disable", ADMINISTRATORS, "disable_account", disable),
    Route("POST", f"{PATH}/<staff_id:int>/enable", ADMINISTRATORS, "enable_account", enable),
    Route("POST", f"{PATH}/<staff_id:int>/sign-out", ADMINISTRATORS, "end_sessions", end_sessions),
    Route("POST", f"{PATH}/<staff_id:int>/lift", ADMINISTRATORS, "lift_wait", lift),
]
