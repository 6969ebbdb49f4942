"""Exports transcripts and metrics as files. Each export is logged before its first byte is sent."""

import logging
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console import date_ranges, summary
from bot.console.access import LEADS, Route
from bot.console.date_ranges import DateRange, QueryError
from bot.console.file_formats import FORMATS, Format
from bot.console.labels import topic_labels
from bot.console.pages.metrics import date_range_values, summary_of
from bot.console.request import RequestContext
from bot.console.suppress import FEW
from bot.content.models import URGENCIES
from bot.store import exports
from bot.store.days import counted_day
from bot.store.exports import Wanted

logger = logging.getLogger(__name__)

PATH = "/export"


class ExportRequest(NamedTuple):
    """A request for an export. `equal` holds the filters for transcripts."""

    date_range: DateRange
    format: str
    equal: Dict[str, str]

    @property
    def detail(self) -> Dict[str, str]:
        """The request as the audit log stores it."""
        days = {"from": self.date_range.first.isoformat(), "to": self.date_range.last.isoformat()}
        return {"format": self.format, **days, **self.equal}


async def show(context: RequestContext) -> HTTPResponse:
    """Show the export form, with advice to read before using it."""
    try:
        return _form(context, _asked(context).date_range)
    except QueryError as error:
        return _show_error(context, error)


async def send_metrics(context: RequestContext) -> HTTPResponse:
    """Send the metrics for a range of days, as the metrics page shows them."""
    try:
        asked = _asked(context)._replace(equal={})
    except QueryError as error:
        return _show_error(context, error)
    found = await context.read_audited(
        lambda connection: summary_of(connection, asked.date_range, context.now), "figures", **asked.detail
    )
    chosen = FORMATS[asked.format]
    body = chosen.head(summary.COLUMNS) + chosen.body(summary.lines(found))
    return HTTPResponse(body, content_type=chosen.content_type, headers=_headers("figures", asked))


async def send_transcripts(context: RequestContext) -> Optional[HTTPResponse]:
    """Stream the transcripts of the conversations that began in a range of days."""
    try:
        asked = _asked(context)
    except QueryError as error:
        return _show_error(context, error)
    wanted, chosen = Wanted(asked.date_range.begins_at, asked.date_range.ends_at, asked.equal), FORMATS[asked.format]
    after = await context.read_audited(lambda c: exports.start(c, wanted), "transcripts", **asked.detail)
    headers = _headers("transcripts", asked)
    response = await context.request.respond(content_type=chosen.content_type, headers=headers)
    try:
        await response.send(chosen.head(exports.COLUMNS))
        while after is not None:
            piece, after = await context.read(_piece(context, chosen, wanted, after))
            await response.send(piece)
    except Exception as error:
        # Log only the type: the exception's message may contain stored text. Abort the connection, so that the browser
        # does not mistake a truncated file for a complete one.
        logger.error("An export ended with %s.", type(error).__name__)
        transport: Any = context.request.transport
        transport.abort()
    return None


def _piece(
    context: RequestContext, chosen: Format, wanted: Wanted, after: int
) -> Callable[[Connection], Tuple[str, Optional[int]]]:
    """Return a function that checks access and formats the next piece. It runs off the event loop."""

    def work(connection: Connection) -> Tuple[str, Optional[int]]:
        context.check_access(connection)
        piece = exports.read(connection, wanted, context.now, after)
        return chosen.body(piece.lines), piece.after

    return work


def _asked(context: RequestContext) -> ExportRequest:
    """Read the export request from the query.

    Raises:
        QueryError: a value is invalid.
    """
    choices = {"format": FORMATS, "topic": context.dependencies.library.topics, "urgency": URGENCIES}
    chosen = {name: context.query[name] for name in choices if context.query.get(name)}
    if any(value not in choices[name] for name, value in chosen.items()):
        raise QueryError("unknown")
    date_range = date_ranges.parse(context.query, counted_day(context.now))
    return ExportRequest(date_range, chosen.pop("format", "csv"), chosen)


def _form(context: RequestContext, date_range: DateRange, problem: str = "") -> HTTPResponse:
    topics = topic_labels(context.dependencies.library)
    return context.render(
        "exports.html",
        422 if problem else 200,
        problem=problem,
        topics=topics,
        urgencies=URGENCIES,
        few=FEW,
        **date_range_values(context, date_range),
    )


def _show_error(context: RequestContext, error: QueryError) -> HTTPResponse:
    return _form(context, date_ranges.ending(counted_day(context.now), date_ranges.USUAL_DAYS), error.name)


def _headers(what: str, asked: ExportRequest) -> Dict[str, str]:
    name = f"streetwise-{what}-{asked.date_range.first}-to-{asked.date_range.last}.{asked.format}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


ROUTES = [
    Route("GET", PATH, LEADS, "", show),
    Route("GET", f"{PATH}/figures", LEADS, "export", send_metrics),
    Route("GET", f"{PATH}/transcripts", LEADS, "export", send_transcripts),
]
