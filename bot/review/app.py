"""The console's application.

So far it shows the facts that a person must check; transcripts stay closed until there are accounts to sign in with.
"""

from datetime import date
from pathlib import Path
from typing import List, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, html

from bot.content.library import Library

TEMPLATES = Path(__file__).parent / "templates"
#: Days after which a fact must be checked again.
STALE_DAYS = 90

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class FactToCheck(NamedTuple):
    """A service whose facts a person must look up again, and why."""

    name: str
    url: str
    checked_on: date
    is_stale: bool
    confirmed_live: bool
    doubts: List[str]


def facts_to_check(library: Library, today: date) -> List[FactToCheck]:
    """Services never confirmed on the live site, in doubt, or checked too long ago; the longest ago first."""
    facts = [
        FactToCheck(
            service.name,
            service.url or "",
            service.checked_on,
            (today - service.checked_on).days > STALE_DAYS,
            service.confirmed_live,
            service.doubts,
        )
        for service in library.services.values()
    ]
    return sorted(
        (fact for fact in facts if fact.is_stale or fact.doubts or not fact.confirmed_live),
        key=lambda fact: (fact.checked_on, fact.name),
    )


def create_console(library: Library) -> Sanic:
    """The console as a Sanic application."""
    app = Sanic("streetwise_console", configure_logging=False)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("facts.html")

    @app.get("/")
    async def facts(request: Request) -> HTTPResponse:
        return html(template.render(facts=facts_to_check(library, date.today()), stale_days=STALE_DAYS))

    @app.get("/console.css")
    async def style(request: Request) -> HTTPResponse:
        return HTTPResponse((TEMPLATES.parent / "console.css").read_text(encoding="utf-8"), content_type="text/css")

    @app.on_response
    async def finish(request: Request, response: HTTPResponse) -> None:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)

    return app
