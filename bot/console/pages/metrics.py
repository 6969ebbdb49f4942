"""Metrics for a range of days, from the counts made when turns were stored."""

from datetime import date
from typing import List, Mapping, Optional, Sequence, TypedDict

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console import date_ranges, summary
from bot.console.access import STAFF, Route
from bot.console.charts import bars, columns
from bot.console.date_ranges import DateRange, QueryError
from bot.console.filters import MAX_SHOWN
from bot.console.labels import day as format_day
from bot.console.labels import topic_labels
from bot.console.request import RefusalError, RequestContext
from bot.console.summary import Summary
from bot.console.suppress import FEW, share
from bot.console.versions import Compared, compare
from bot.store import metrics, review_log
from bot.store.days import counted_day

PATH = "/figures"


class DateRangeValues(TypedDict):
    """The values for the template date-range.html, a form for choosing a range of days."""

    date_range: DateRange
    today: date
    presets: Sequence[int]
    most_days: int


class VersionValues(TypedDict):
    """The template values for the comparison of two versions.

    `newer` and `older` are empty if there are too few versions. `known` lists all versions, latest first.
    """

    newer: str
    older: str
    known: List[str]
    is_usual: bool
    """Whether `newer` is the current version and `older` is the one before."""
    rows: List[Compared]


#: The query parameters for the two versions to compare.
VERSION, AGAINST = "version", "against"


async def show(context: RequestContext) -> HTTPResponse:
    """Show the metrics for the days in the query."""
    today = counted_day(context.now)
    date_range, problem = date_ranges.ending(today, date_ranges.USUAL_DAYS), ""
    try:
        date_range = date_ranges.parse(context.query, today)
    except QueryError as error:
        problem = error.name
    found = None if problem else await context.read(lambda connection: summary_of(connection, date_range, context.now))
    versions = await context.read(lambda connection: compared_versions(connection, context.query, today))
    return _render(context, date_range, found, versions, problem)


def summary_of(connection: Connection, date_range: DateRange, now: int) -> Summary:
    """Read the counts for a range of days, and return a summary that may be shown.

    Conversations still in progress at `now` are not counted yet.
    """
    first, last = date_range.first.isoformat(), date_range.last.isoformat()
    going_on = review_log.counted_going_on(connection, now)
    by_day = metrics.by_day(connection, first, last, "conversation", "spoken", going_on)
    return summary.summarise(
        metrics.between(connection, first, last, going_on),
        {day.isoformat(): by_day.get(day.isoformat(), 0) for day in date_range.each},
        summary.hours_in_london(metrics.by_hour(connection, first, last, going_on)),
    )


def compared_versions(connection: Connection, query: Mapping[str, str], today: date) -> VersionValues:
    """Compare the two versions in the query, or by default the current version and the one before.

    Raises:
        RefusalError: a version in the query has not answered any message.
    """
    known = metrics.models(connection)
    usual = [*known[:2], "", ""][:2]
    chosen = [query.get(name, "").strip() or one for name, one in zip((VERSION, AGAINST), usual, strict=True)]
    for name, one in zip((VERSION, AGAINST), chosen, strict=True):
        if one and one not in known:
            raise RefusalError("bad_filter", filter=name, held=one[:MAX_SHOWN], allowed=", ".join(known))
    days = date_ranges.ending(today, date_ranges.MOST_DAYS)
    first, last = days.first.isoformat(), days.last.isoformat()
    newer, older = (metrics.of_version(connection, one, first, last) for one in chosen)
    return {
        "newer": chosen[0],
        "older": chosen[1],
        "known": known,
        "is_usual": chosen == usual,
        "rows": compare(newer, older),
    }


def date_range_values(context: RequestContext, date_range: DateRange) -> DateRangeValues:
    """Return the template values for the date-range form."""
    return {
        "date_range": date_range,
        "today": counted_day(context.now),
        "presets": date_ranges.PRESETS,
        "most_days": date_ranges.MOST_DAYS,
    }


def _render(
    context: RequestContext, date_range: DateRange, found: Optional[Summary], versions: VersionValues, problem: str
) -> HTTPResponse:
    library = context.dependencies.library
    return context.render(
        "metrics.html",
        422 if problem else 200,
        problem=problem,
        summary=found,
        versions=versions,
        kept={name: value for name, value in context.query.items() if name in ("from", "to", "days")},
        topic_rows=summary.topic_rows(found) if found else [],
        few=FEW,
        topics=topic_labels(library),
        services={name: service.name for name, service in library.services.items()},
        days={day.isoformat(): format_day(day) for day in date_range.each},
        day_marks={day.isoformat(): f"{day:%-d %b}" for day in (date_range.first, date_range.middle, date_range.last)},
        hours={hour: f"{hour}:00–{hour}:59" for hour in summary.HOURS},
        hour_marks={hour: f"{hour}:00" for hour in summary.HOURS[::6]},
        bars=bars,
        columns=columns,
        share=share,
        **date_range_values(context, date_range),
    )


ROUTES = [Route("GET", PATH, STAFF, "", show)]
