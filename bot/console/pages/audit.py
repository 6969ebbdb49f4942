"""The audit log: who saw or did what."""

import json
from datetime import timedelta
from functools import partial
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from bot.console.access import KEEPERS, Route
from bot.console.forms import read_day, read_number
from bot.console.visit import RefusalError, Visit
from bot.store import audit, staff
from bot.store.days import begins_at

PATH = "/audit"
VERIFY = "verify_audit"
#: Rows on a page.
ROWS = 50
#: In the place of a name: what was done by the program itself, or by somebody who did not get in.
NOBODY = "-"
FILTERS = ("person", "action", "day", "before")


class Log(NamedTuple):
    """What the page is made of."""

    rows: List[Row]
    verified: Optional[Row]


class Choices(NamedTuple):
    """What may be filtered by."""

    people: List[str]
    actions: List[str]


async def show(visit: Visit) -> HTTPResponse:
    """The log, newest first, as far as the filters in the address go. That somebody looks is a row of it."""
    choices = await visit.read(_choices)
    given = {name: value for name, value in visit.query.items() if value and name != "done"}
    wanted = _wanted(given, choices)

    def gather(connection: Connection) -> Log:
        return Log(audit.page(connection, wanted, ROWS + 1), audit.latest(connection, VERIFY))

    log = await visit.look(gather, **given)
    return visit.page(
        "audit.html",
        rows=log.rows[:ROWS],
        older=log.rows[ROWS - 1].number if len(log.rows) > ROWS else None,
        verified=log.verified,
        verdict=json.loads(log.verified.detail) if log.verified is not None else {},
        details=_details,
        given={name: given.get(name, "") for name in FILTERS},
        choices=choices,
        nobody=NOBODY,
    )


async def verify(visit: Visit) -> HTTPResponse:
    """Work out the chain anew; what came of it is itself a row of the log."""
    verdict, is_done = audit.NOTHING, False
    while not is_done:
        verdict, is_done = await visit.read(partial(audit.verify_some, so_far=verdict))
    await visit.change(lambda connection: None, **verdict._asdict())
    return visit.go(PATH, done="verified")


def _choices(connection: Connection) -> Choices:
    people = [account.name for account in staff.everybody(connection)]
    return Choices(people, audit.actions(connection))


def _wanted(given: Dict[str, str], choices: Choices) -> audit.Wanted:
    """What the filters of an address ask for.

    Raises:
        RefusalError: there is no such filter, or it cannot be that.
    """
    for name, value in given.items():
        if name not in FILTERS:
            raise _refusal(name, value, ", ".join(FILTERS))
    person, action, day, before = (given.get(name, "") for name in FILTERS)
    if person and person not in (*choices.people, NOBODY):
        raise _refusal("person", person, ", ".join((*choices.people, NOBODY)))
    if action and action not in choices.actions:
        raise _refusal("action", action, ", ".join(choices.actions))
    begins, ends = _span(day) if day else (None, None)
    return audit.Wanted("" if person == NOBODY else person or None, action or None, begins, ends, _before(before))


def _span(text: str) -> Tuple[int, int]:
    """When the day that `text` names begins, and when the next one does."""
    day = read_day(text)
    try:
        if day is not None:
            return begins_at(day), begins_at(day + timedelta(days=1))
    except (ValueError, OverflowError):
        # At the very beginning or end of what a calendar holds.
        pass
    raise _refusal("day", text, "2026-03-31")


def _before(text: str) -> Optional[int]:
    number = read_number(text)
    if text and number is None:
        raise _refusal("before", text, "1, 2, 3 …")
    return number


def _refusal(name: str, value: str, allowed: str) -> RefusalError:
    return RefusalError("bad_audit_filter", filter=name[:40], value=value[:40], allowed=allowed)


def _details(row: Row) -> Dict[str, Any]:
    """What a row says besides who did what to what."""
    told: Dict[str, Any] = json.loads(row.detail)
    return told


ROUTES = [
    Route("GET", PATH, KEEPERS, "view_audit", show),
    Route("POST", f"{PATH}/verify", KEEPERS, VERIFY, verify),
]
