"""Transcripts and figures as files. Each is written down before its first byte leaves."""

import logging
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console import spans, summary
from bot.console.access import LEADS, Route
from bot.console.file_formats import FORMATS, Format
from bot.console.labels import topic_labels
from bot.console.pages.figures import span_words, summary_of
from bot.console.spans import AddressError, Span
from bot.console.suppress import FEW
from bot.console.visit import Visit
from bot.content.models import URGENCIES
from bot.store import exports
from bot.store.days import counted_day
from bot.store.exports import Wanted

logger = logging.getLogger(__name__)

PATH = "/export"


class Asked(NamedTuple):
    """What an address asks to export; `equal` holds filters of transcripts."""

    span: Span
    format: str
    equal: Dict[str, str]

    @property
    def detail(self) -> Dict[str, str]:
        """It, as the audit log keeps it."""
        days = {"from": self.span.first.isoformat(), "to": self.span.last.isoformat()}
        return {"format": self.format, **days, **self.equal}


async def show(visit: Visit) -> HTTPResponse:
    """The form, and what to think of before using it."""
    try:
        return _form(visit, _asked(visit).span)
    except AddressError as error:
        return _refused(visit, error)


async def send_figures(visit: Visit) -> HTTPResponse:
    """The figures of a span of days, as their page shows them."""
    try:
        asked = _asked(visit)._replace(equal={})
    except AddressError as error:
        return _refused(visit, error)
    found = await visit.look(lambda connection: summary_of(connection, asked.span), "figures", **asked.detail)
    chosen = FORMATS[asked.format]
    body = chosen.head(summary.COLUMNS) + chosen.body(summary.lines(found))
    return HTTPResponse(body, content_type=chosen.content_type, headers=_headers("figures", asked))


async def send_transcripts(visit: Visit) -> Optional[HTTPResponse]:
    """The transcripts of conversations that began in a span of days, piece by piece."""
    try:
        asked = _asked(visit)
    except AddressError as error:
        return _refused(visit, error)
    wanted, chosen = Wanted(asked.span.begins_at, asked.span.ends_at, asked.equal), FORMATS[asked.format]
    after = await visit.look(lambda c: exports.start(c, wanted), "transcripts", **asked.detail)
    headers = _headers("transcripts", asked)
    response = await visit.request.respond(content_type=chosen.content_type, headers=headers)
    try:
        await response.send(chosen.head(exports.COLUMNS))
        while after is not None:
            piece, after = await visit.read(_piece(visit, chosen, wanted, after))
            await response.send(piece)
    except Exception as error:
        # The message of an exception may hold what is stored; its type may not. The connection is cut: a file that
        # ends too early must not look like a whole one.
        logger.error("An export ended with %s.", type(error).__name__)
        transport: Any = visit.request.transport
        transport.abort()
    return None


def _piece(
    visit: Visit, chosen: Format, wanted: Wanted, after: int
) -> Callable[[Connection], Tuple[str, Optional[int]]]:
    """Reads and writes out the next piece, if whoever asked still may; off the thread on which people are answered."""

    def work(connection: Connection) -> Tuple[str, Optional[int]]:
        visit.check(connection)
        piece = exports.read(connection, wanted, after)
        return chosen.body(piece.lines), piece.after

    return work


def _asked(visit: Visit) -> Asked:
    """What the address asks for.

    Raises:
        AddressError: it cannot be exported.
    """
    choices = {"format": FORMATS, "topic": visit.parts.library.topics, "urgency": URGENCIES}
    chosen = {name: visit.query[name] for name in choices if visit.query.get(name)}
    if any(value not in choices[name] for name, value in chosen.items()):
        raise AddressError("unknown")
    span = spans.read(visit.query, counted_day(visit.now))
    return Asked(span, chosen.pop("format", "csv"), chosen)


def _form(visit: Visit, span: Span, problem: str = "") -> HTTPResponse:
    topics = topic_labels(visit.parts.library)
    return visit.page(
        "export.html",
        422 if problem else 200,
        problem=problem,
        topics=topics,
        urgencies=URGENCIES,
        few=FEW,
        **span_words(visit, span),
    )


def _refused(visit: Visit, error: AddressError) -> HTTPResponse:
    return _form(visit, spans.until(counted_day(visit.now), spans.USUAL_DAYS), error.name)


def _headers(what: str, asked: Asked) -> Dict[str, str]:
    name = f"streetwise-{what}-{asked.span.first}-to-{asked.span.last}.{asked.format}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


ROUTES = [
    Route("GET", PATH, LEADS, "", show),
    Route("GET", f"{PATH}/figures", LEADS, "export", send_figures),
    Route("GET", f"{PATH}/transcripts", LEADS, "export", send_transcripts),
]
