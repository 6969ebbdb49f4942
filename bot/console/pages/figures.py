"""The figures of a span of days, from what was counted as turns were kept."""

from typing import Any, Dict, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console import spans, summary
from bot.console.access import STAFF, Route
from bot.console.charts import bars, columns
from bot.console.dates import day as in_words
from bot.console.labels import topic_labels
from bot.console.spans import AddressError, Span
from bot.console.summary import Summary
from bot.console.suppress import FEW, share
from bot.console.visit import Visit
from bot.store import metrics
from bot.store.days import counted_day

PATH = "/figures"


async def show(visit: Visit) -> HTTPResponse:
    """The figures of the days that the address names."""
    today = counted_day(visit.now)
    span, problem = spans.until(today, spans.USUAL_DAYS), ""
    try:
        span = spans.read(visit.query, today)
    except AddressError as error:
        problem = error.name
    found = None if problem else await visit.read(lambda connection: summary_of(connection, span))
    return visit.page("figures.html", 422 if problem else 200, problem=problem, **_words(visit, span, found))


def summary_of(connection: Connection, span: Span) -> Summary:
    """What may be shown of a span, looked up."""
    first, last = span.first.isoformat(), span.last.isoformat()
    by_day = metrics.by_day(connection, first, last, "conversation", "spoken")
    return summary.summarise(
        [(row.what, row.value, row.number) for row in metrics.between(connection, first, last)],
        {day.isoformat(): by_day.get(day.isoformat(), 0) for day in span.each},
        summary.hours_in_london(metrics.by_hour(connection, first, last)),
    )


def span_words(visit: Visit, span: Span) -> Dict[str, Any]:
    """What the form for a span of days is drawn with."""
    return {"span": span, "today": counted_day(visit.now), "presets": spans.PRESETS, "most_days": spans.MOST_DAYS}


def _words(visit: Visit, span: Span, found: Optional[Summary]) -> Dict[str, Any]:
    library = visit.parts.library
    return {
        **span_words(visit, span),
        "summary": found,
        "few": FEW,
        "topics": topic_labels(library),
        "services": {name: service.name for name, service in library.services.items()},
        "days": {day.isoformat(): in_words(day) for day in span.each},
        "day_marks": {day.isoformat(): f"{day:%-d %b}" for day in (span.first, span.middle, span.last)},
        "hours": {hour: f"{hour}:00–{hour}:59" for hour in summary.HOURS},
        "hour_marks": {hour: f"{hour}:00" for hour in summary.HOURS[::6]},
        "bars": bars,
        "columns": columns,
        "share": share,
    }


ROUTES = [Route("GET", PATH, STAFF, "", show)]
