"""The console's application: every route behind one guard."""

import logging
from pathlib import Path
from typing import Any, Callable, Coroutine, Dict, Optional

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Sanic
from sanic.exceptions import MethodNotSupported, NotFound, PayloadTooLarge, RequestTimeout, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, html
from sqlalchemy.engine import Row

from bot.console.access import Route, is_cross_site, is_ours, may
from bot.console.dates import day, day_of, moment, period
from bot.console.labels import label
from bot.console.menu import is_here, menu
from bot.console.pages import ROUTES
from bot.console.throttle import Throttle
from bot.console.visit import Parts, RefusalError, Visit, token_of
from bot.store import audit, staff

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
#: What pages are made of is the same for everybody, and sent to anybody.
STATIC = "/static/"

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=()",
    # With none at all, browsers call the origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def load_templates() -> Environment:
    """The console's templates; what is shown is escaped, and a name that nobody set is an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(menu=menu, here=is_here, label=label, period=period)
    environment.filters.update(day=day, day_of=day_of, moment=moment)
    return environment


def create_console(parts: Parts) -> Sanic:
    """The console as a Sanic application."""
    app = Sanic("streetwise_console", configure_logging=False)
    app.ctx.throttle = Throttle(parts.clock)
    for route in ROUTES:
        # Not told what errors look like, Sanic parses the source of each handler to guess. They are ours: see `fail`.
        app.add_route(_guarded(route, parts), route.path, methods=[route.method], name=route.name, error_format="html")

    @app.on_response
    async def finish(request: Request, response: HTTPResponse) -> None:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)

    @app.exception(Exception)
    async def fail(request: Request, error: Exception) -> HTTPResponse:
        refusal = _refusal_of(error)
        if refusal.name == "broken":
            # The message of an exception may hold what is stored; its type may not.
            logger.error("A page of the console failed with %s.", type(error).__name__)
        return explain(parts, refusal, getattr(request.ctx, "visit", None))

    return app


def explain(parts: Parts, refusal: RefusalError, visit: Optional[Visit]) -> HTTPResponse:
    """The page that says why something cannot be done, with the menu of whoever asked, if that is known."""
    problem = refusal.told(parts.problems)
    known = {**(visit.known if visit else {}), "title": problem.title, "detail": problem.detail}
    body = parts.templates.get_template("problem.html").render(known)
    # Where htmx asked for a part of a page, the whole page says why there is none.
    headers = {"HX-Retarget": "main", "HX-Reselect": "main", "HX-Reswap": "outerHTML"}
    return html(body, status=problem.status, headers=headers)


def _guarded(route: Route, parts: Parts) -> Callable[..., Coroutine[Any, Any, Optional[HTTPResponse]]]:
    """What Sanic calls for `route`: nobody gets past it but who may, and from our own pages."""

    async def handle(request: Request, **values: Any) -> Optional[HTTPResponse]:
        if not is_ours(request.headers.get("host", ""), parts.settings.console_hosts):
            raise RefusalError("unknown_host")
        said = [request.headers.get(name, "") for name in ("sec-fetch-site", "sec-fetch-mode", "origin", "host")]
        if is_cross_site(request.method, *said):
            raise RefusalError("cross_site")
        account = None if route.path.startswith(STATIC) else await _account(request, parts)
        request.ctx.visit = Visit(request, parts, route, account, values)
        if not may(request.ctx.visit.role, route):
            return await _turned_away(request, parts, route, account)
        return await route.handler(request.ctx.visit)

    return handle


async def _account(request: Request, parts: Parts) -> Optional[Row]:
    """Whose session the cookie opens; None if it opens none.

    Raises:
        RefusalError: there are no accounts yet.
    """
    token, now = token_of(request), int(parts.clock())
    account = await parts.database.read(lambda connection: staff.get_session(connection, token, now)) if token else None
    if account is not None:
        if account.seen_at <= now - staff.SEEN_EVERY:
            await parts.database.write(lambda connection: staff.touch_session(connection, token, now))
        return account
    if await parts.database.read(staff.is_empty):
        raise RefusalError("no_accounts")
    return None


async def _turned_away(request: Request, parts: Parts, route: Route, account: Optional[Row]) -> HTTPResponse:
    if account is None:
        if request.headers.get("hx-request"):
            # It would put the form to sign in where a part of a page belongs.
            return HTTPResponse(status=401, headers={"HX-Redirect": "/sign-in?done=ended"})
        if request.method == "GET":
            return HTTPResponse(status=303, headers={"Location": "/sign-in"})
        raise RefusalError("signed_out")
    attempt: Dict[str, Any] = {"method": route.method, "path": route.path}
    await parts.database.write(
        lambda connection: audit.append(
            connection, int(parts.clock()), str(account.name), "refused", route.action, attempt
        )
    )
    raise RefusalError("not_yours", role=account.role)


def _refusal_of(error: Exception) -> RefusalError:
    if isinstance(error, RefusalError):
        return error
    for kind, name in (
        (NotFound, "not_found"),
        (MethodNotSupported, "wrong_method"),
        (PayloadTooLarge, "too_long"),
        (RequestTimeout, "too_slow"),
    ):
        if isinstance(error, kind):
            return RefusalError(name)
    is_theirs = isinstance(error, SanicException) and 400 <= (getattr(error, "status_code", None) or 500) < 500
    return RefusalError("unreadable" if is_theirs else "broken")
