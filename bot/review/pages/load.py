"""How the load of distressing transcripts is shared, for leads: not who coped."""

import re
from typing import Any, Dict, List, NamedTuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.review.access import LEADS, READERS, Route
from bot.review.pages.transcript import today
from bot.review.visit import Visit
from bot.store import care, staff
from bot.store.care import LEAST_LIMIT, MOST_LIMIT, Load

_NUMBER = re.compile(r"[0-9]{1,4}")


class Share(NamedTuple):
    """What one person carries, and the length of its bar in percent of the longest."""

    name: str
    load: Load
    length: int


async def show(visit: Visit) -> HTTPResponse:
    """Everybody's load, and the limit at which a break is suggested."""
    return visit.page("load.html", **await visit.read(lambda connection: _gather(connection, visit)))


async def set_limit(visit: Visit) -> HTTPResponse:
    """Set the limit for everybody."""
    held = visit.form.get("limit", "").strip()
    number = int(held) if _NUMBER.fullmatch(held) else 0
    if not LEAST_LIMIT <= number <= MOST_LIMIT:
        known = await visit.read(lambda connection: _gather(connection, visit))
        words = visit.parts.problems["limit_range"]
        problem = {"title": words.title, "detail": words.detail.format(least=LEAST_LIMIT, most=MOST_LIMIT)}
        return visit.page("load.html", words.status, **{**known, "limit": held, "problem": problem})
    await visit.change(lambda connection: care.set_limit(connection, number), "distress_limit", limit=number)
    return visit.go("/load", done="limit")


def shares(names: Dict[int, str], loads: Dict[int, Load]) -> List[Share]:
    """What everybody named carries, by name: no order of merit."""
    longest = max((loads[one].lately for one in names if one in loads), default=0) or 1
    found = [(name, loads.get(one, Load())) for one, name in names.items()]
    return [Share(name, load, round(100 * load.lately / longest)) for name, load in sorted(found)]


def _gather(connection: Connection, visit: Visit) -> Dict[str, Any]:
    loads = care.shared(connection, today(visit))
    # Whoever reads, and whoever left and still has something.
    names = {
        one.id: one.name
        for one in staff.everybody(connection)
        if one.id in loads or (one.role in READERS and one.disabled_at is None)
    }
    return {
        "shares": shares(names, loads),
        "limit": care.limit(connection),
        "least": LEAST_LIMIT,
        "most": MOST_LIMIT,
        "days": care.DAYS,
        "problem": None,
    }


ROUTES = [
    Route("GET", "/load", LEADS, "", show),
    Route("POST", "/load/limit", LEADS, "limit", set_limit),
]
