"""The audit log: who saw or did what."""

from datetime import timedelta
from functools import partial
from typing import Dict, List, NamedTuple, Optional, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import OPERATORS, Route
from bot.console.request import RefusalError, RequestContext, read_day, read_number
from bot.store import audit, staff
from bot.store.days import begins_at

PATH = "/audit"
VERIFY = "verify_audit"
#: Rows per page.
ROWS = 50
#: The filter value for rows without a name, which record the program's own actions and failed sign-ins.
NOBODY = "-"
FILTERS = ("person", "action", "day", "before")


class Log(NamedTuple):
    """Rows of the log, and the row that records the latest verification."""

    rows: List[audit.Entry]
    verified: Optional[audit.Entry]


class Choices(NamedTuple):
    """The values to filter by."""

    people: List[str]
    actions: List[str]


async def show(context: RequestContext) -> HTTPResponse:
    """Show the rows that match the filters, newest first. Viewing the log adds a row to it."""
    choices = await context.read(_choices)
    given = {name: value for name, value in context.query.items() if value and name != "done"}
    wanted = _wanted(given, choices)

    def gather(connection: Connection) -> Log:
        return Log(audit.page(connection, wanted, ROWS + 1), audit.latest(connection, VERIFY))

    log = await context.read_audited(gather, **given)
    return context.render(
        "audit.html",
        rows=log.rows[:ROWS],
        older=log.rows[ROWS - 1].number if len(log.rows) > ROWS else None,
        verified=log.verified,
        verdict=log.verified.detail if log.verified is not None else {},
        given={name: given.get(name, "") for name in FILTERS},
        choices=choices,
        nobody=NOBODY,
    )


async def verify(context: RequestContext) -> HTTPResponse:
    """Verify the hash chain, and add the verdict to the log."""
    verdict, is_done = audit.NOTHING, False
    while not is_done:
        verdict, is_done = await context.read(partial(audit.verify_some, so_far=verdict))
    await context.write_audited(lambda connection: None, **verdict._asdict())
    return context.redirect(PATH, done="verified")


def _choices(connection: Connection) -> Choices:
    people = [account.name for account in staff.everybody(connection)]
    return Choices(people, audit.actions(connection))


def _wanted(given: Dict[str, str], choices: Choices) -> audit.Wanted:
    """Read the filters from a query.

    Raises:
        RefusalError: there is no such filter, or its value is invalid.
    """
    for name, value in given.items():
        if name not in FILTERS:
            raise _refusal(name, value, ", ".join(FILTERS))
    person, action, day, before = (given.get(name, "") for name in FILTERS)
    if person and person not in (*choices.people, NOBODY):
        raise _refusal("person", person, ", ".join((*choices.people, NOBODY)))
    if action and action not in choices.actions:
        raise _refusal("action", action, ", ".join(choices.actions))
    begins, ends = _day_bounds(day) if day else (None, None)
    return audit.Wanted("" if person == NOBODY else person or None, action or None, begins, ends, _before(before))


def _day_bounds(text: str) -> Tuple[int, int]:
    """Return the start of the day in `text` and the start of the next day."""
    day = read_day(text)
    try:
        if day is not None:
            return begins_at(day), begins_at(day + timedelta(days=1))
    except (ValueError, OverflowError):
        # The first and last days of the calendar are out of range.
        pass
    raise _refusal("day", text, "2026-03-31")


def _before(text: str) -> Optional[int]:
    number = read_number(text)
    if text and number is None:
        raise _refusal("before", text, "1, 2, 3 …")
    return number


def _refusal(name: str, value: str, allowed: str) -> RefusalError:
    return RefusalError("bad_audit_filter", filter=name[:40], value=value[:40], allowed=allowed)


ROUTES = [
    Route("GET", PATH, OPERATORS, "view_audit", show),
    Route("POST", f"{PATH}/verify", OPERATORS, VERIFY, verify),
]
