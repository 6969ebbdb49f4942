"""The picture: figures of a span of days, from what was counted as turns were kept."""

from typing import Any, Dict, Mapping, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.content.library import Library
from bot.review import picture, spans
from bot.review.access import STAFF, Route
from bot.review.charts import bars, columns
from bot.review.spans import AddressError, Span
from bot.review.suppress import FEW, share
from bot.review.visit import Visit
from bot.store import figures


async def show(visit: Visit) -> HTTPResponse:
    """The figures of the days that the address names."""
    now = spans.today(visit.now)
    span, problem = spans.until(now, spans.USUAL_DAYS), ""
    try:
        span = spans.read(visit.query, now)
    except AddressError as error:
        problem = error.name
    drawn = None if problem else await visit.read(lambda connection: picture_of(connection, span))
    return visit.page("figures.html", 422 if problem else 200, problem=problem, **_words(visit, span, drawn))


def picture_of(connection: Connection, span: Span) -> picture.Picture:
    """The picture of a span, looked up."""
    first, last = span.first.isoformat(), span.last.isoformat()
    by_day = figures.by_day(connection, first, last, "conversation", "spoken")
    return picture.draw(
        [(row.what, row.value, row.number) for row in figures.between(connection, first, last)],
        {day.isoformat(): by_day.get(day.isoformat(), 0) for day in span.each},
        picture.in_london(figures.by_hour(connection, first, last)),
    )


def span_words(visit: Visit, span: Span) -> Dict[str, Any]:
    """What the form for a span of days is drawn with."""
    return {"span": span, "today": spans.today(visit.now), "presets": spans.PRESETS, "most_days": spans.MOST_DAYS}


def topic_labels(library: Library) -> Mapping[str, str]:
    """What each topic is about."""
    return {name: topic.about[:1].upper() + topic.about[1:] for name, topic in library.topics.items()}


def _words(visit: Visit, span: Span, drawn: Optional[picture.Picture]) -> Dict[str, Any]:
    library = visit.parts.library
    return {
        **span_words(visit, span),
        "picture": drawn,
        "few": FEW,
        "topics": topic_labels(library),
        "services": {name: service.name for name, service in library.services.items()},
        "days": {day.isoformat(): f"{day:%-d %B %Y}" for day in span.each},
        "day_marks": {day.isoformat(): f"{day:%-d %b}" for day in (span.first, span.middle, span.last)},
        "hours": {hour: f"{hour}:00–{hour}:59" for hour in picture.HOURS},
        "hour_marks": {hour: f"{hour}:00" for hour in picture.HOURS[::6]},
        "bars": bars,
        "columns": columns,
        "share": share,
    }


ROUTES = [Route("GET", "/figures", STAFF, "", show)]
