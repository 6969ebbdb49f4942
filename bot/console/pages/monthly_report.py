"""A month's metrics on one page, to print for a board of governors or trustees."""

from datetime import date, timedelta
from typing import Dict, NamedTuple, Optional, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console import date_ranges
from bot.console.access import STAFF, Route
from bot.console.charts import bars, columns
from bot.console.date_ranges import DateRange, QueryError
from bot.console.labels import LABELS, day, topic_labels
from bot.console.pages.metrics import summary_of
from bot.console.request import RequestContext
from bot.console.summary import Summary
from bot.console.suppress import FEW, share
from bot.store.days import counted_day

PATH = "/figures/month"


class Months(NamedTuple):
    """A month and its neighbours. `following` is None if it has not begun."""

    shown: DateRange
    previous: DateRange
    following: Optional[DateRange]


async def show(context: RequestContext) -> HTTPResponse:
    """Show the month in the query, by default the last complete one."""
    today = counted_day(context.now)
    month, problem = date_ranges.month_before(today), ""
    try:
        month = date_ranges.parse_month(context.query, today)
    except QueryError as error:
        problem = error.name
    months = neighbours(month, today)

    def read(connection: Connection) -> Tuple[Summary, Summary]:
        return summary_of(connection, months.shown, context.now), summary_of(connection, months.previous, context.now)

    now, before = await context.read(read)
    return _render(context, months, now, before, problem)


def neighbours(month: DateRange, today: date) -> Months:
    """Return a month with the month before it and, if it has begun, the month after it."""
    next_day = month.last + timedelta(days=1)
    following = date_ranges.month_of(next_day) if next_day <= today else None
    return Months(month, date_ranges.month_before(month.first), following)


def _render(context: RequestContext, months: Months, now: Summary, before: Summary, problem: str) -> HTTPResponse:
    library = context.dependencies.library
    shown = months.shown
    labels: Dict[str, Dict[str, str]] = {
        "topic": topic_labels(library),
        "service": {name: service.name for name, service in library.services.items()},
        "urgency": LABELS["urgency"],
        "asker": LABELS["asker"],
    }
    return context.render(
        "monthly-report.html",
        422 if problem else 200,
        problem=problem,
        months=months,
        is_over=shown.last < counted_day(context.now),
        summary=now,
        before=before,
        few=FEW,
        labels=labels,
        days={one.isoformat(): day(one) for one in shown.each},
        day_marks={one.isoformat(): f"{one:%-d %b}" for one in (shown.first, shown.middle, shown.last)},
        bars=bars,
        columns=columns,
        share=share,
    )


ROUTES = [Route("GET", PATH, STAFF, "", show)]
