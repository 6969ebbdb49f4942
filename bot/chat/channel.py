"""The chat's Rasa channel and its HTTP interface.

Rasa's own channels let the client choose the conversation, send metadata and trigger intents with a leading slash. This
channel allows none of that.
"""

import functools
import json
import logging
import re
import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Awaitable, Callable, Coroutine, Dict, Optional, Tuple
from urllib.parse import parse_qs

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty, redirect
from sanic.response import json as json_response

from bot.chat.headers import add_cors, add_headers, security_headers
from bot.chat.limits import Limits
from bot.chat.origin import is_foreign, network_of
from bot.chat.page import Page
from bot.chat.problems import ChatError, problem_of, problem_response
from bot.chat.rasa_api_guard import refuse_open_api
from bot.chat.session import CHANNEL, SessionService
from bot.content.page import PageWords, load_page_words
from bot.monitoring import REFUSALS
from bot.rate_limit import Counts, LocalCounts
from bot.redaction.redactor import Redactor
from bot.redaction.self_test import run_self_test
from bot.settings import Settings, load_settings

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
#: The content types of the static files that are served without their comment lines.
ASSETS = {"chat.js": "text/javascript", "host.css": "text/css"}
#: Matches a line's indentation, and the whole line if it is a comment. Both are stripped to save bytes on slow
#: connections.
COMMENT = re.compile(r"^[ \t]*(//.*\n)?", re.MULTILINE)
#: The script that loads the chat into host pages, and the placeholder in it for its words.
EMBED, EMBED_WORDS = "embed.js", "/* words */ {}"
#: Maximum size of a request body in bytes. It allows 1,000 four-byte characters, escaped, and the JSON around them.
MAX_BODY = 16_384
#: Suffixes of the paths that the page's forms are posted to.
FORM_ROUTES = ("/", "/wrong")
#: Maximum number of fields in a form. The page's own forms have fewer.
MAX_FIELDS = 16
#: Maximum length of the message id that a client sends.
MAX_ID = 64


class ChatChannel(InputChannel):
    """The chat as a Rasa input channel."""

    def __init__(
        self, redactor: Redactor, words: PageWords, settings: Settings, counts: Optional[Counts] = None
    ) -> None:
        """Set up the page, the headers and the loader.

        Args:
            redactor: redacts every text before anything else sees it.
            words: the fixed wording of the page and of error messages.
            settings: the deployment's settings.
            counts: the rate-limit counters, by default in this process's memory.
        """
        counts = counts or LocalCounts()
        self._sessions = SessionService(redactor, words.left_out, Limits(counts, settings.starts))
        self._words = words
        self._page = Page(words, settings, counts)
        self._origins = frozenset(settings.origins)
        self._is_proxied = settings.proxies > 0
        self._headers = security_headers(sorted(self._origins), self._page.style_hash, words.sites)
        embed = {**words.embed.dict(), "sites": words.sites}
        self._embed = _without_comments(EMBED).replace(EMBED_WORDS, json.dumps(embed))

    @classmethod
    def name(cls) -> str:
        """See the base class."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> "ChatChannel":
        """Create the channel from the settings. It has no options in credentials.yml.

        Raises:
            OpenApiError: `rasa run` would expose Rasa's HTTP interface without a secret.
            RedactorError, WeightsError: the redactor is not the version that was tested.
        """
        refuse_open_api(sys.argv[1:])
        redactor = Redactor.load()
        run_self_test(redactor)
        return cls(redactor, load_page_words(), load_settings())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. They do not use `on_new_message`, because it hides the agent's locks and store."""
        routes = Blueprint("chat_site")
        for handler, path, *methods in (
            (self._start, "/conversations", "POST"),
            (self._erase, "/conversations", "DELETE"),
            (self._answer, "/messages", "POST"),
            (self._count_opened, "/opened", "POST"),
            (self._preflight, "/conversations", "OPTIONS"),
            (self._preflight, "/messages", "OPTIONS"),
            (self._start_page, "/", "GET", "HEAD"),
            (self._submit_form, "/", "POST"),
            (self._report_fault, "/wrong", "POST"),
            (self._leaving_page, "/leaving", "GET", "HEAD"),
            (self._leave, "/exit", "GET", "HEAD", "POST"),
            (self._loader, f"/{EMBED}", "GET", "HEAD"),
        ):
            routes.add_route(_function(handler), path, methods=methods)
        # One route per file, because a route with a parameter would also match the page's own path.
        for asset in ASSETS:
            send = functools.partial(self._asset, content=_without_comments(asset), content_type=ASSETS[asset])
            routes.add_route(_function(send), f"/{asset}", methods=("GET", "HEAD"), name=asset)
        routes.on_response(_function(self._finish))
        routes.exception(Exception)(_function(self._fail))
        return routes

    def fail(self, request: Request, error: Exception) -> HTTPResponse:
        """Return the page if the request came from one of its forms, and a problem document otherwise.

        The application uses this for its other routes too.
        """
        problem = problem_of(error)
        REFUSALS.labels(problem.name).inc()
        if problem.name == "broken":
            # Log only the type: the exception's message may quote what a person typed.
            logger.error("A request failed with %s.", type(error).__name__)
            logger.debug("Where it failed:\n%s", "".join(traceback.format_tb(error.__traceback__)))
        if _is_form(request):
            response = self._page.render_failure(_base(request, "/wrong"), problem)
        else:
            response = problem_response(problem, self._words.problems)
        self.finish(request, response)
        return response

    def host(self, request: Request, base: str) -> HTTPResponse:
        """Return the demonstration host page that `?site=` names, for the chat mounted under `base`."""
        return self._page.render_host(base, f"{self._scheme(request)}://{request.host}", request.args.get("site", ""))

    def finish(self, request: Request, response: HTTPResponse) -> None:
        """Add the security and CORS headers to a response."""
        add_headers(response, self._headers)
        add_cors(request, response, self._origins)

    async def _start(self, request: Request) -> HTTPResponse:
        self._refuse_foreign(request)
        area, first = _opening(request)
        started = await self._sessions.start(_agent(request), network_of(request.remote_addr), area, first)
        expires = datetime.fromtimestamp(started.expires_at, timezone.utc).isoformat()
        body = {"token": started.token, "expires_at": expires, "messages": started.messages}
        return json_response(body, status=201)

    def _refuse_foreign(self, request: Request, is_form: bool = False) -> None:
        """Refuse a request that comes from another site's page, before anything is counted.

        Raises:
            ChatError: the request comes from another site's page.
        """
        own = f"{self._scheme(request)}://{request.host}"
        fetch_site, origin = (request.headers.get(name, "") for name in ("sec-fetch-site", "origin"))
        if is_foreign(fetch_site, origin, own, self._origins, is_form):
            raise ChatError("cross_site")

    def _scheme(self, request: Request) -> str:
        # A proxy speaks TLS to clients and plain HTTP to this program.
        return "https" if self._is_proxied else str(request.scheme)

    async def _answer(self, request: Request) -> HTTPResponse:
        kind, said, message_id = _message(request)
        ask = self._sessions.choose if kind == "choice" else self._sessions.say
        answer = await ask(_agent(request), _bearer(request), said, message_id)
        return json_response({"topic": answer.topic, "messages": answer.messages})

    async def _count_opened(self, request: Request) -> HTTPResponse:
        body = _json(request)
        service = body.get("service")
        if set(body) != {"service"} or not isinstance(service, str):
            raise ChatError("unreadable")
        await self._sessions.count_opened(_agent(request), _bearer(request), service)
        return empty()

    async def _erase(self, request: Request) -> HTTPResponse:
        await self._sessions.erase(_agent(request), _bearer(request))
        return empty()

    async def _preflight(self, request: Request) -> HTTPResponse:
        # `finish` adds the CORS headers if the origin is allowed.
        return empty()

    async def _start_page(self, request: Request) -> HTTPResponse:
        return await self._page.render_start(
            _base(request), request.args.get("area", ""), self._sessions, _agent(request)
        )

    async def _submit_form(self, request: Request) -> HTTPResponse:
        form = _form(request)
        if not form.get("token"):
            self._refuse_foreign(request, is_form=True)
        network = network_of(request.remote_addr)
        return await self._page.render_reply(_base(request), form, self._sessions, _agent(request), network)

    async def _report_fault(self, request: Request) -> HTTPResponse:
        self._refuse_foreign(request, is_form=True)
        form, agent = _form(request), _agent(request)
        if form.get("what") not in self._words.wrong:
            raise ChatError("unknown_complaint")
        token = form.get("token") if form.get("with_chat") else None
        await self._sessions.report_fault(agent, form["what"], token, network_of(request.remote_addr))
        if "application/json" in request.headers.get("accept", ""):
            return empty()
        return await self._page.render_fault_reported(_base(request, "/wrong"), form, self._sessions, agent)

    async def _leaving_page(self, request: Request) -> HTTPResponse:
        return self._page.render_leaving(_base(request, "/leaving"))

    async def _asset(self, request: Request, content: str, content_type: str) -> HTTPResponse:
        return HTTPResponse(content, content_type=content_type)

    async def _loader(self, request: Request) -> HTTPResponse:
        headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return HTTPResponse(self._embed, headers=headers, content_type="text/javascript")

    async def _leave(self, request: Request) -> HTTPResponse:
        if request.method == "POST":
            try:
                await self._sessions.erase(_agent(request), _form(request).get("token"))
            except ChatError as problem:
                # Redirect even if the form is unreadable or the conversation no longer exists.
                if problem.name == "broken":
                    logger.error("A conversation that was left could be neither erased nor marked.")
            except Exception as error:
                logger.error("A conversation that was left could not be erased: %s.", type(error).__name__)
        response = redirect(self._page.exit_url(), status=303)
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    async def _finish(self, request: Request, response: HTTPResponse) -> None:
        self.finish(request, response)

    async def _fail(self, request: Request, error: Exception) -> HTTPResponse:
        return self.fail(request, error)


def _function(method: Callable[..., Awaitable[Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Wrap `method` in a plain function, because Sanic sets attributes on handlers and bound methods allow none."""

    @functools.wraps(method)
    async def handler(*args: Any, **kwargs: Any) -> Any:
        return await method(*args, **kwargs)

    return handler


def _without_comments(asset: str) -> str:
    return COMMENT.sub("", (STATIC / asset).read_text(encoding="utf-8"))


def _agent(request: Request) -> Agent:
    agent: Optional[Agent] = getattr(request.app.ctx, "agent", None)
    if agent is None:
        raise ChatError("broken")
    return agent


def _base(request: Request, route: str = "") -> str:
    """Return the path under which the routes are mounted, without a trailing slash, given a request to `route`."""
    return str(request.path).rstrip("/").removesuffix(route)


def _is_form(request: Request) -> bool:
    """Whether a browser posted one of the page's forms, in which case somebody is waiting to see the page."""
    return (
        request.method == "POST"
        and str(request.path).endswith(FORM_ROUTES)
        and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        and "application/json" not in request.headers.get("accept", "")
    )


def _opening(request: Request) -> Tuple[str, str]:
    """Return a start request's optional fields: the host page's police area, and the message about to be sent.

    A missing field is returned as an empty string.

    Raises:
        ChatError: the body cannot be read, or its content type is not JSON. Browsers allow other sites' pages to send
            other content types.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and (kind or request.body):
        raise ChatError("not_json")
    body = _json(request) if request.body else {}
    area, first = body.get("area", ""), body.get("first_message", "")
    if set(body) - {"area", "first_message"} or not isinstance(area, str) or not isinstance(first, str):
        raise ChatError("unreadable")
    return area, first


def _bearer(request: Request) -> Optional[str]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _message(request: Request) -> Tuple[str, str, str]:
    """Return the name of the body's field, "text" or "choice", its value, and the client's id or an empty string.

    Raises:
        ChatError: the body has both fields, other fields, or an id that is empty or too long.
    """
    body = _json(request)
    has_id, message_id = "id" in body, body.pop("id", "")
    kind, said = next(iter(body.items()), ("", None))
    if len(body) != 1 or kind not in ("text", "choice") or not isinstance(said, str):
        raise ChatError("unreadable")
    if not isinstance(message_id, str) or not has_id <= len(message_id) <= MAX_ID:
        raise ChatError("unreadable")
    return kind, said, message_id


def _json(request: Request) -> Dict[str, object]:
    """Return the JSON object in a request's body.

    Raises:
        ChatError: the body is too long or is not a JSON object.
    """
    if len(request.body) > MAX_BODY:
        raise ChatError("too_long")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ChatError("unreadable") from None
    if not isinstance(body, dict):
        raise ChatError("unreadable")
    return body


def _form(request: Request) -> Dict[str, str]:
    """Return a form's fields. Text that is too long is included, so that it can be shown again.

    Raises:
        ChatError: the form cannot be read.
    """
    try:
        # Do not use `request.form`: if it cannot decode a form, it logs the charset that the client sent.
        fields = parse_qs(request.body.decode("utf-8"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise ChatError("unreadable") from None
    # Browsers send a line break as two characters but count it as one.
    return {name: values[0].replace("\r\n", "\n") for name, values in fields.items()}
