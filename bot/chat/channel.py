"""The Rasa channel and its HTTP interface.

Rasa's own channels let the client choose whose conversation it writes into, send metadata and trigger intents with a
leading slash; this one lets it do none of that.
"""

import functools
import json
import logging
import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Awaitable, Callable, Coroutine, Dict, Optional
from urllib.parse import parse_qs

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty, redirect
from sanic.response import json as json_response

from bot.chat.conversation import CHANNEL, Door
from bot.chat.headers import add_cors, add_headers, security_headers
from bot.chat.open_api import refuse_open_api
from bot.chat.page import Page
from bot.chat.problems import ChatError, problem_of, problem_response
from bot.content.page import PageWords, load_page_words
from bot.privacy.proof import prove
from bot.privacy.redact import Redactor
from bot.settings import Settings, load_settings

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
#: Files of the page, and nothing else in that folder.
ASSETS = {"chat.js": "text/javascript", "host.css": "text/css"}
#: The loader for host pages. Its words are put in where this stands.
EMBED, EMBED_WORDS = "embed.js", "/* words */ {}"
#: A request body may be this long, in bytes: 1,000 characters of four bytes, escaped, and the JSON around them.
MAX_BODY = 16_384
#: The page's forms have fewer fields.
MAX_FIELDS = 16


class ChatChannel(InputChannel):
    """The public door as a Rasa input channel."""

    def __init__(self, redactor: Redactor, words: PageWords, settings: Settings) -> None:
        """Keep what the routes need.

        Args:
            redactor: takes out what identifies, before anything else sees a text.
            words: the fixed words of the page and of errors.
            settings: who may embed the chat, and how long words are kept.
        """
        self._door = Door(redactor, words.left_out)
        self._words = words
        self._page = Page(words, settings)
        self._origins = frozenset(settings.origins)
        self._is_proxied = settings.proxies > 0
        self._headers = security_headers(sorted(self._origins), self._page.style_hash, words.sites)
        embed = {**words.embed.dict(), "sites": words.sites}
        self._embed = (STATIC / EMBED).read_text(encoding="utf-8").replace(EMBED_WORDS, json.dumps(embed))

    @classmethod
    def name(cls) -> str:
        """See the base class."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> "ChatChannel":
        """The channel of this deployment; credentials.yml has nothing to say, the settings have.

        Raises:
            OpenApiError: `rasa run` would open Rasa's HTTP interface to everybody.
            RedactorError, WeightsError: the redactor is not the one that was tested.
        """
        refuse_open_api(sys.argv[1:])
        redactor = Redactor.load()
        prove(redactor)
        return cls(redactor, load_page_words(), load_settings())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes. `on_new_message` is not used: Rasa's hides the agent, whose locks and store we need."""
        routes = Blueprint("chat_door")
        for handler, path, *methods in (
            (self._start, "/conversations", "POST"),
            (self._erase, "/conversations", "DELETE"),
            (self._answer, "/messages", "POST"),
            (self._preflight, "/conversations", "OPTIONS"),
            (self._preflight, "/messages", "OPTIONS"),
            (self._show, "/", "GET"),
            (self._submit, "/", "POST"),
            (self._complain, "/wrong", "POST"),
            (self._explain_leaving, "/leaving", "GET"),
            (self._leave, "/exit", "GET", "POST"),
            (self._load, f"/{EMBED}", "GET"),
        ):
            routes.add_route(_function(handler), path, methods=methods)
        # One route a file: a route with a parameter would match the page's own address too.
        for asset in ASSETS:
            routes.static(f"/{asset}", STATIC / asset, content_type=ASSETS[asset], name=asset)
        routes.on_response(_function(self._finish))
        routes.exception(Exception)(_function(self._fail))
        return routes

    def fail(self, request: Request, error: Exception) -> HTTPResponse:
        """Any error as a problem document; for an application that has other routes beside ours."""
        problem = problem_of(error)
        if problem.name == "broken":
            # The message of an exception may quote what a person typed.
            logger.error("A request failed with %s.", type(error).__name__)
            logger.debug("Where it failed:\n%s", "".join(traceback.format_tb(error.__traceback__)))
        response = problem_response(problem, self._words.problems)
        self.finish(request, response)
        return response

    def host(self, request: Request, base: str) -> HTTPResponse:
        """The demonstration of a host page, for the chat mounted under `base`."""
        # A proxy that stands in front speaks TLS to the world and plain HTTP to us.
        scheme = "https" if self._is_proxied else request.scheme
        return self._page.host(base, f"{scheme}://{request.host}")

    def finish(self, request: Request, response: HTTPResponse) -> None:
        """Put the strict headers on an answer."""
        add_headers(response, self._headers)
        add_cors(request, response, self._origins)

    async def _start(self, request: Request) -> HTTPResponse:
        started = await self._door.start(_agent(request), request.remote_addr, _area(request))
        expires = datetime.fromtimestamp(started.expires_at, timezone.utc).isoformat()
        body = {"token": started.token, "expires_at": expires, "messages": started.messages}
        return json_response(body, status=201)

    async def _answer(self, request: Request) -> HTTPResponse:
        said = _message(request)
        agent, token = _agent(request), _bearer(request)
        if "choice" in said:
            answer = await self._door.choose(agent, token, said["choice"])
        else:
            answer = await self._door.say(agent, token, said["text"])
        return json_response({"topic": answer.topic, "messages": answer.messages})

    async def _erase(self, request: Request) -> HTTPResponse:
        await self._door.erase(_agent(request), _bearer(request))
        return empty()

    async def _preflight(self, request: Request) -> HTTPResponse:
        # A browser asks so before it lets another site's page call: `finish` answers in the headers, or does not.
        return empty()

    async def _show(self, request: Request) -> HTTPResponse:
        return await self._page.first(_base(request), request.args.get("area", ""), self._door, _agent(request))

    async def _submit(self, request: Request) -> HTTPResponse:
        return await self._page.next(_base(request), _form(request), self._door, _agent(request), request.remote_addr)

    async def _complain(self, request: Request) -> HTTPResponse:
        form, agent = _form(request), _agent(request)
        if form.get("what") not in self._words.wrong:
            raise ChatError("unknown_complaint")
        await self._door.complain(agent, form["what"], form.get("token") if form.get("with_chat") else None)
        if "application/json" in request.headers.get("accept", ""):
            return empty()
        return await self._page.complain(_base(request, "/wrong"), form, self._door, agent)

    async def _explain_leaving(self, request: Request) -> HTTPResponse:
        return self._page.leaving(_base(request, "/leaving"))

    async def _load(self, request: Request) -> HTTPResponse:
        headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return HTTPResponse(self._embed, headers=headers, content_type="text/javascript")

    async def _leave(self, request: Request) -> HTTPResponse:
        if request.method == "POST":
            try:
                await self._door.erase(_agent(request), _form(request).get("token"))
            except ChatError as problem:
                # Nobody is kept here for a form that cannot be read, or a conversation that is gone already.
                if problem.name == "broken":
                    logger.error("A conversation that was left could be neither erased nor marked.")
            except Exception as error:
                logger.error("A conversation that was left could not be erased: %s.", type(error).__name__)
        response = redirect(self._page.way_out, status=303)
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    async def _finish(self, request: Request, response: HTTPResponse) -> None:
        self.finish(request, response)

    async def _fail(self, request: Request, error: Exception) -> HTTPResponse:
        return self.fail(request, error)


def _function(method: Callable[..., Awaitable[Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """`method` as a plain function: Sanic writes attributes on its handlers, which bound methods refuse."""

    @functools.wraps(method)
    async def handler(*args: Any, **kwargs: Any) -> Any:
        return await method(*args, **kwargs)

    return handler


def _agent(request: Request) -> Agent:
    agent: Optional[Agent] = getattr(request.app.ctx, "agent", None)
    if agent is None:
        raise ChatError("broken")
    return agent


def _base(request: Request, route: str = "") -> str:
    """The path under which the routes are mounted, without a slash at the end, for a request to `route`."""
    return str(request.path).rstrip("/").removesuffix(route)


def _area(request: Request) -> str:
    """The police area that a host page names, in a body that may be left out."""
    if not request.body:
        return ""
    body = _json(request)
    if set(body) - {"area"} or not isinstance(body.get("area", ""), str):
        raise ChatError("unreadable")
    return str(body.get("area", ""))


def _bearer(request: Request) -> Optional[str]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _message(request: Request) -> Dict[str, str]:
    body = _json(request)
    if len(set(body) & {"text", "choice"}) != 1 or len(body) != 1:
        raise ChatError("unreadable")
    if not all(isinstance(value, str) for value in body.values()):
        raise ChatError("unreadable")
    return body


def _json(request: Request) -> Dict[str, Any]:
    """The JSON object of a request."""
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
    if len(request.body) > MAX_BODY:
        raise ChatError("too_long")
    try:
        # Not `request.form`, which logs why it cannot read a form and quotes what the client called its charset.
        fields = parse_qs(request.body.decode("utf-8"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise ChatError("unreadable") from None
    return {name: values[0] for name, values in fields.items()}
