"""Facts to check: what a person must look up on the live sites, and who did."""

from datetime import date

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import READERS, STAFF, Route
from bot.console.facts import Fact, due, find
from bot.console.visit import RefusalError, Visit
from bot.store import fact_checks
from bot.store.days import in_london

PATH = "/facts"


async def show(visit: Visit) -> HTTPResponse:
    """Every fact that is due, by why it is."""
    library, today = visit.parts.library, _today(visit)
    made = await visit.read(fact_checks.latest)
    kind, _, name = visit.query.get("fact", "").partition(".")
    return visit.page(
        "facts.html",
        groups=due(library, made, today),
        # What was just done, and to which.
        changed=find(library, made, today, kind, name),
        may_check=visit.role in READERS,
        library=library,
        today=today,
        days=library.style.fresh_for_days,
    )


async def check(visit: Visit) -> HTTPResponse:
    """Note that somebody looked a fact up today. A second time on a day changes nothing."""
    fact, today = _fact(visit), _today(visit)

    def work(connection: Connection) -> None:
        visit.check(connection)
        if fact_checks.add(connection, fact.kind, fact.id, today, visit.staff.id):
            visit.note(connection, f"{fact.kind} {fact.id}")

    await visit.parts.database.write(work)
    return visit.go(PATH, done="checked", fact=f"{fact.kind}.{fact.id}")


async def take_back(visit: Visit) -> HTTPResponse:
    """Take back a check of today.

    Raises:
        RefusalError: it is none of today, or somebody else's.
    """
    fact, today = _fact(visit), _today(visit)

    def work(connection: Connection) -> None:
        if not fact_checks.take_back(connection, fact.kind, fact.id, today, visit.staff.id):
            raise RefusalError("not_your_check")

    await visit.change(work, f"{fact.kind} {fact.id}")
    return visit.go(PATH, done="taken_back", fact=f"{fact.kind}.{fact.id}")


def _fact(visit: Visit) -> Fact:
    fact = find(visit.parts.library, {}, _today(visit), visit.values["kind"], visit.values["name"])
    if fact is None:
        raise RefusalError("not_found")
    return fact


def _today(visit: Visit) -> date:
    """The day where staff are: they press "today" after midnight too."""
    return in_london(visit.now).date()


ROUTES = [
    Route("GET", PATH, STAFF, "", show),
    Route("POST", f"{PATH}/<kind:str>/<name:str>/checked", READERS, "check_fact", check),
    Route("POST", f"{PATH}/<kind:str>/<name:str>/unchecked", READERS, "uncheck_fact", take_back),
]
