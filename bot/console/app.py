"""The console application: its templates, its menu, and its routes, all behind the same checks."""

import logging
from pathlib import Path
from typing import Any, Callable, Coroutine, List, Optional, Sequence, Tuple

import yaml
from jinja2 import Environment
from sanic import Sanic
from sanic.exceptions import MethodNotSupported, NotFound, PayloadTooLarge, RequestTimeout, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, html

from bot.console.access import LEAD, WITHOUT_CODE, Route, is_cross_site, is_known_host, may, role_of
from bot.console.chat_view import iso_day, percent
from bot.console.drafts import Drafts
from bot.console.labels import ago, day, day_of, iso, label, moment, period, time_of
from bot.console.pages import ROUTES, sessions
from bot.console.pages.own_account import SECOND_STEP
from bot.console.request import MAX_NUMBER, Dependencies, RefusalError, RequestContext, token_of
from bot.console.streaks import Streaks
from bot.console.throttle import Throttle
from bot.rate_limit import LocalCounts
from bot.store import audit, decisions, staff
from bot.store.quiet import GoingOnError
from bot.store.staff import Account, SignedIn
from bot.templates import page_templates

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
#: Path prefix of the files that are served to anybody, without looking up a session.
STATIC = "/static/"
_MENU_ENTRIES = yaml.safe_load((HERE / "templates" / "menu.yml").read_text(encoding="utf-8"))

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=()",
    # With "no-referrer", browsers send "null" as the origin of the console's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def load_templates() -> Environment:
    """Load the templates, with the functions and filters that they use."""
    environment = page_templates(HERE / "templates")
    environment.globals.update(menu=menu, here=is_current, label=label, period=period)
    environment.filters.update(ago=ago, day=day, day_of=day_of, iso=iso, moment=moment, time_of=time_of)
    environment.filters.update(iso_day=iso_day, percent=percent)
    return environment


def menu(role: str) -> List[Tuple[str, str]]:
    """Return the path and label of each menu entry that `role` may open, in order."""
    open_to = {route.path for route in ROUTES if route.method == "GET" and may(role, route)}
    return [(path, label) for path, label in _MENU_ENTRIES.items() if path in open_to]


def is_current(entry: str, path: str) -> bool:
    """Whether the page at `path` belongs to the menu entry whose path is `entry`."""
    return path == entry or path.startswith(entry + "/")


def create_console(dependencies: Dependencies) -> Sanic:
    """Create the console as a Sanic application."""
    app = Sanic("streetwise_console", configure_logging=False)
    clock = dependencies.clock
    app.ctx.throttle = Throttle(dependencies.counts or LocalCounts(clock))
    app.ctx.drafts, app.ctx.streaks = Drafts(clock), Streaks(clock)
    for route in ROUTES:
        # Without `error_format`, Sanic parses each handler's source to guess a format. The format does not matter,
        # because `fail` handles every error.
        app.add_route(
            _guarded(route, dependencies), route.path, methods=[route.method], name=route.name, error_format="html"
        )

    async def finish(request: Request, response: HTTPResponse) -> None:
        context: Optional[RequestContext] = getattr(request.ctx, "context", None)
        session = context.session if context is not None else None
        if context is not None and session is not None:
            # For session.js: seconds until the session ends if idle, and seconds until it ends regardless of activity.
            response.headers["Session-Ends-In"] = f"{session.idle_at - context.now} {session.over_at - context.now}"
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)

    async def fail(request: Request, error: Exception) -> HTTPResponse:
        refusal = _refusal_of(error)
        if refusal.name == "broken":
            # Log only the type: the exception's message may contain stored text.
            logger.error("A page of the console failed with %s.", type(error).__name__)
        context: Optional[RequestContext] = getattr(request.ctx, "context", None)
        typed = context.typed_texts if context is not None and isinstance(error, GoingOnError) else []
        return explain(dependencies, refusal, context, typed)

    app.on_response(finish)
    app.exception(Exception)(fail)
    return app


def explain(
    dependencies: Dependencies, refusal: RefusalError, context: Optional[RequestContext], typed: Sequence[str] = ()
) -> HTTPResponse:
    """Render the page that explains a refusal, with any unsaved text, and the menu if the account is known."""
    problem = refusal.words(dependencies.problems)
    words = {"title": problem.title, "detail": problem.detail, "typed": typed}
    known = {**(context.template_values if context else {}), **words}
    body = dependencies.templates.get_template("problem.html").render(known)
    # If htmx asked for part of a page, the explanation replaces the whole main element.
    headers = {"HX-Retarget": "main", "HX-Reselect": "main", "HX-Reswap": "outerHTML show:window:top"}
    return html(body, status=problem.status, headers=headers)


def _guarded(route: Route, dependencies: Dependencies) -> Callable[..., Coroutine[Any, Any, Optional[HTTPResponse]]]:
    """Wrap the handler of `route` in checks of the host, origin, session and role."""

    async def handle(request: Request, **values: Any) -> Optional[HTTPResponse]:
        if not is_known_host(request.headers.get("host", ""), dependencies.settings.console_hosts):
            raise RefusalError("unknown_host")
        headers = [request.headers.get(name, "") for name in ("sec-fetch-site", "sec-fetch-mode", "origin", "host")]
        if is_cross_site(request.method, *headers):
            raise RefusalError("cross_site")
        session = None if route.path.startswith(STATIC) else await _session(request, dependencies, route)
        is_lead = session is not None and session.account.role == LEAD
        escalated = await dependencies.database.read(decisions.count_escalated) if is_lead else None
        request.ctx.context = RequestContext(request, dependencies, route, session, values, escalated)
        if not may(request.ctx.context.role, route):
            return await _deny(request.ctx.context, session.account if session is not None else None)
        # No record has a number this large, and databases cannot look it up.
        if any(isinstance(value, int) and abs(value) > MAX_NUMBER for value in values.values()):
            raise RefusalError("not_found")
        return await route.handler(request.ctx.context)

    return handle


async def _session(request: Request, dependencies: Dependencies, route: Route) -> Optional[SignedIn]:
    """Return the session for the cookie, or None if there is none.

    Raises:
        RefusalError: there are no accounts yet.
    """
    token, now = token_of(request), int(dependencies.clock())
    found = (
        await dependencies.database.read(lambda connection: staff.get_session(connection, token, now))
        if token
        else None
    )
    if found is not None:
        if route.keeps_open and found.seen_at <= now - staff.SEEN_EVERY:
            await dependencies.database.write(lambda connection: staff.touch_session(connection, token, now))
            return found._replace(seen_at=now)
        return found
    if await dependencies.database.read(staff.is_empty):
        raise RefusalError("no_accounts")
    return None


async def _deny(context: RequestContext, account: Optional[Account]) -> HTTPResponse:
    request, dependencies, route = context.request, context.dependencies, context.route
    if account is None and route.typed and context.form.get(route.typed):
        return sessions.sign_in_first(context)
    if account is None or role_of(account) == WITHOUT_CODE:
        page = "/sign-in" if account is None else SECOND_STEP
        if request.headers.get("hx-request"):
            # After a 303 redirect, htmx would insert the other page into this one.
            return HTTPResponse(status=401, headers={"HX-Redirect": f"{page}?done=ended"})
        if request.method == "GET":
            return HTTPResponse(status=303, headers={"Location": page})
        raise RefusalError("signed_out" if account is None else "no_code_yet")
    attempt = {"method": route.method, "path": route.path}
    await dependencies.database.write(
        lambda connection: audit.append(
            connection, int(dependencies.clock()), account.name, "refused", route.action, attempt
        )
    )
    raise RefusalError("not_yours", role=account.role)


def _refusal_of(error: Exception) -> RefusalError:
    if isinstance(error, RefusalError):
        return error
    if isinstance(error, GoingOnError):
        return RefusalError("going_on")
    for kind, name in (
        (NotFound, "not_found"),
        (MethodNotSupported, "wrong_method"),
        (PayloadTooLarge, "too_long"),
        (RequestTimeout, "too_slow"),
    ):
        if isinstance(error, kind):
            return RefusalError(name)
    is_client_error = isinstance(error, SanicException) and 400 <= (getattr(error, "status_code", None) or 500) < 500
    return RefusalError("unreadable" if is_client_error else "broken")
