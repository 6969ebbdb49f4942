"""How the load of distressing transcripts is shared, for leads: not who coped."""

from functools import partial
from typing import Any, Dict, List, NamedTuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, READERS, Route
from bot.console.forms import read_number
from bot.console.visit import RefusalError, Visit
from bot.store import staff, workload
from bot.store.days import counted_day
from bot.store.workload import LEAST_LIMIT, MOST_LIMIT, Load

PATH = "/load"


class Share(NamedTuple):
    """What one person carries, and the length of its bar in percent of the longest."""

    name: str
    load: Load
    length: int


async def show(visit: Visit) -> HTTPResponse:
    """Everybody's load, and the limit at which a break is suggested."""
    return visit.page("workload.html", **await visit.read(lambda connection: _gather(connection, visit)))


async def set_limit(visit: Visit) -> HTTPResponse:
    """Set the limit for everybody."""
    typed = visit.form.get("limit", "").strip()
    number = read_number(typed)
    if number is None or not LEAST_LIMIT <= number <= MOST_LIMIT:
        known = await visit.read(lambda connection: _gather(connection, visit))
        problem = visit.problem(RefusalError("limit_range", least=LEAST_LIMIT, most=MOST_LIMIT))
        return visit.page("workload.html", problem.status, **{**known, "limit": typed, "problem": problem})
    await visit.change(partial(workload.set_limit, number=number), "distress_limit", limit=number)
    return visit.go(PATH, done="limit")


def shares(names: Dict[int, str], loads: Dict[int, Load]) -> List[Share]:
    """What everybody named carries, by name: no order of merit."""
    longest = max((loads[one].lately for one in names if one in loads), default=0) or 1
    found = [(name, loads.get(one, Load())) for one, name in names.items()]
    return [Share(name, load, round(100 * load.lately / longest)) for name, load in sorted(found)]


def _gather(connection: Connection, visit: Visit) -> Dict[str, Any]:
    loads = workload.shared(connection, counted_day(visit.now).isoformat())
    # Whoever reads, and whoever left and still has something.
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
