"""Facts to check on the live sites, and who has checked them."""

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import READERS, STAFF, Route
from bot.console.facts import Fact, due, find
from bot.console.request import RefusalError, RequestContext
from bot.store import fact_checks

PATH = "/facts"


async def show(context: RequestContext) -> HTTPResponse:
    """List the facts due for a check, grouped by reason."""
    library, today = context.dependencies.library, context.today
    made = await context.read(fact_checks.latest)
    kind, _, name = context.query.get("fact", "").partition(".")
    return context.render(
        "facts.html",
        groups=due(library, made, today),
        changed=find(library, made, today, kind, name),
        may_check=context.role in READERS,
        library=library,
        today=today,
        days=library.style.fresh_for_days,
    )


async def check(context: RequestContext) -> HTTPResponse:
    """Record that a fact was checked today. Checking it again on the same day changes nothing."""
    fact, today = _fact(context), context.today

    def work(connection: Connection) -> None:
        context.check_access(connection)
        if fact_checks.add(connection, fact.kind, fact.id, today, context.staff.id):
            context.log_action(connection, f"{fact.kind} {fact.id}")

    await context.dependencies.database.write(work)
    return context.redirect(PATH, done="checked", fact=f"{fact.kind}.{fact.id}")


async def take_back(context: RequestContext) -> HTTPResponse:
    """Remove a check made today.

    Raises:
        RefusalError: there is no check from today, or it is somebody else's.
    """
    fact, today = _fact(context), context.today

    def work(connection: Connection) -> None:
        if not fact_checks.take_back(connection, fact.kind, fact.id, today, context.staff.id):
            raise RefusalError("not_your_check")

    await context.write_audited(work, f"{fact.kind} {fact.id}")
    return context.redirect(PATH, done="taken_back", fact=f"{fact.kind}.{fact.id}")


def _fact(context: RequestContext) -> Fact:
    fact = find(context.dependencies.library, {}, context.today, context.values["kind"], context.values["name"])
    if fact is None:
        raise RefusalError("not_found")
    return fact


ROUTES = [
    Route("GET", PATH, STAFF, "", show),
    Route("POST", f"{PATH}/<kind:str>/<name:str>/checked", READERS, "check_fact", check),
    Route("POST", f"{PATH}/<kind:str>/<name:str>/unchecked", READERS, "uncheck_fact", take_back),
]
