"""Shows leads how distressing transcripts are shared out among staff. It does not measure how well they cope."""

from functools import partial
from typing import Dict, List, NamedTuple, Optional, TypedDict, Union

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, READERS, Route
from bot.console.request import RefusalError, RequestContext, read_number
from bot.content.console import ProblemWords
from bot.store import staff, workload
from bot.store.days import counted_day
from bot.store.workload import LEAST_LIMIT, MOST_LIMIT, Load

PATH = "/load"


class Share(NamedTuple):
    """A member of staff's load, and the length of its bar as a percentage of the longest."""

    name: str
    load: Load
    length: int


class WorkloadValues(TypedDict):
    """The template values. `limit` is the current limit or, if a new limit was refused, the text that was typed."""

    shares: List[Share]
    limit: Union[int, str]
    least: int
    most: int
    days: int
    problem: Optional[ProblemWords]


async def show(context: RequestContext) -> HTTPResponse:
    """Show each member of staff's load, and the limit after which a break is suggested."""
    return context.render("workload.html", **await context.read(lambda connection: _gather(connection, context)))


async def set_limit(context: RequestContext) -> HTTPResponse:
    """Set the limit for everybody."""
    typed = context.form.get("limit", "").strip()
    number = read_number(typed)
    if number is None or not LEAST_LIMIT <= number <= MOST_LIMIT:
        known = await context.read(lambda connection: _gather(connection, context))
        problem = context.explain(RefusalError("limit_range", least=LEAST_LIMIT, most=MOST_LIMIT))
        refused: WorkloadValues = {**known, "limit": typed, "problem": problem}
        return context.render("workload.html", problem.status, **refused)
    await context.write_audited(partial(workload.set_limit, number=number), "distress_limit", limit=number)
    return context.redirect(PATH, done="limit")


def shares(names: Dict[int, str], loads: Dict[int, Load]) -> List[Share]:
    """Return the loads, sorted by name so that the list is not a ranking."""
    longest = max((loads[one].lately for one in names if one in loads), default=0) or 1
    found = [(name, loads.get(one, Load())) for one, name in names.items()]
    return [Share(name, load, round(100 * load.lately / longest)) for name, load in sorted(found)]


def _gather(connection: Connection, context: RequestContext) -> WorkloadValues:
    loads = workload.shared(connection, counted_day(context.now).isoformat())
    # Everybody who may read conversations, and anybody else who still has a recorded load.
    names = {
        one.id: one.name
        for one in staff.everybody(connection)
        if one.id in loads or (one.role in READERS and one.disabled_at is None)
    }
    return {
        "shares": shares(names, loads),
        "limit": workload.limit(connection),
        "least": LEAST_LIMIT,
        "most": MOST_LIMIT,
        "days": workload.DAYS,
        "problem": None,
    }


ROUTES = [
    Route("GET", PATH, LEADS, "", show),
    Route("POST", f"{PATH}/limit", LEADS, "limit", set_limit),
]
