"""Serves the chat and the console in one process, on two ports."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Coroutine, Iterator, List, NamedTuple

import rasa.core.channels.channel
from rasa.core.agent import Agent
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.server import AsyncioServer
from sqlalchemy.exc import SQLAlchemyError

from bot.chat.channel import MAX_BODY, ChatChannel
from bot.chat.http_protocol import StrictProtocol, configure_limits
from bot.chat.session import SessionService
from bot.console.app import create_console, load_templates
from bot.console.request import Dependencies
from bot.content.console import load_console_words
from bot.content.library import load_library
from bot.content.page import load_page_words
from bot.rasa_runtime.agent import load_assistant
from bot.redaction.redactor import Redactor
from bot.redaction.self_test import run_self_test
from bot.referral.rules import load_rules
from bot.settings import Settings
from bot.store import staff
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.retention import Retention
from bot.store.review_log import index_backlog, triage_backlog

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Seconds between purges of expired conversations.
PURGE_EVERY = 10 * 60
#: Seconds between attempts to erase conversations that could not be erased immediately.
ERASE_EVERY = 2
#: Seconds between two batches of the search index, so that messages are saved in between.
INDEX_PAUSE = 0.1
#: Size of a connection's send buffer in bytes. By default, megabytes are buffered for a client that does not read.
SEND_BUFFER = 32_768


class Addresses(NamedTuple):
    """The two sites' addresses, and whether the console has no accounts yet."""

    chat: str
    console: str
    has_no_staff: bool


def create_chat(agent: Agent, redactor: Redactor, settings: Settings) -> Sanic:
    """Create the public site as a Sanic application."""
    app = Sanic("streetwise_chat", configure_logging=False)
    # The client's address is taken from X-Forwarded-For only if proxies are configured.
    app.config.PROXIES_COUNT = settings.proxies
    app.ctx.agent = agent
    channel = ChatChannel(redactor, load_page_words(), settings)
    rasa.core.channels.channel.register([channel], app, route="/")

    @app.get("/")
    async def home(request: Request) -> HTTPResponse:
        return channel.host(request, "/chat")

    @app.get("/health/live")
    async def live(request: Request) -> HTTPResponse:
        return json_response({"live": True})

    @app.get("/health/ready")
    async def ready(request: Request) -> HTTPResponse:
        await SessionService.check(agent)
        return json_response({"ready": True})

    async def finish(request: Request, response: HTTPResponse) -> None:
        channel.finish(request, response)

    async def fail(request: Request, error: Exception) -> HTTPResponse:
        return channel.fail(request, error)

    app.on_response(finish)
    app.exception(Exception)(fail)
    return app


async def serve(model: Path, settings: Settings, announce: Callable[[Addresses], None]) -> None:
    """Serve until SIGINT or SIGTERM. Call `announce` once both sites answer.

    Raises:
        AssistantError, ContentError, RedactorError, WeightsError: a part is missing or wrong, so nothing is served.
        OSError: a port is taken.
    """
    # Disable core dumps, because they would contain what people have just typed.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = load_library()
    load_rules().areas.assumed_for(settings.area)
    store = DialogueStore(engine=open_engine(settings.database_url))
    with contextlib.suppress(SQLAlchemyError, OSError):
        # If this fails, the conversations still count as erased, and erasing them is retried while serving.
        await store.erase_marked()
    await _triage_backlog(store)
    agent = load_assistant(model, store)
    retention = Retention(store, agent.lock_store, settings.keep_days)
    database = Database(open_engine(settings.database_url))
    redactor = Redactor.load()
    run_self_test(redactor)
    console = create_console(
        Dependencies(
            database, store, retention, library, redactor, settings, load_templates(), load_console_words().problems
        )
    )
    sites = [(create_chat(agent, redactor, settings), settings.chat_port), (console, settings.console_port)]
    servers: List[AsyncioServer] = []
    try:
        for app, port in sites:
            servers.append(await open_site(app, port, settings.request_seconds))
        announce(Addresses(address(servers[0]), address(servers[1]), await database.read(staff.is_empty)))
        purging, erasing = _repeated(retention.purge, PURGE_EVERY), _repeated(store.erase_marked, ERASE_EVERY)
        async with _running(purging), _running(erasing), _running(_index_backlog(store)):
            await _stop_signal()
    finally:
        for server in servers:
            await close_site(server)
        database.close()
        store.close()


async def _triage_backlog(store: DialogueStore) -> None:
    """Triage conversations stored by an earlier version. There are some only when this version first starts."""
    while await store.run(triage_backlog):
        pass


async def _index_backlog(store: DialogueStore) -> None:
    """Complete the search index of conversations stored by an earlier version, with pauses in which the chat saves."""
    try:
        while await store.run(index_backlog):
            await asyncio.sleep(INDEX_PAUSE)
    except Exception as error:
        # Log only the type: the exception's message may contain stored text.
        logger.error("The search index is not complete: %s. The next start goes on with it.", type(error).__name__)


async def _repeated(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Call `work` every `seconds`, for ever."""
    while True:
        try:
            await work()
        except Exception as error:
            # The work is tried again next time. Log only the type: the exception's message may contain stored text.
            logger.error("Nothing could be removed: %s.", type(error).__name__)
        await asyncio.sleep(seconds)


@contextlib.asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` while the context is open."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.contextmanager
def _second_application() -> Iterator[None]:
    """Let Sanic start a second application in the same process.

    On startup, Sanic 21.12 rewrites some of its methods from their source, which fails the second time. In test mode it
    keeps the original methods.
    """
    Sanic.test_mode = True
    try:
        yield
    finally:
        Sanic.test_mode = False


async def open_site(app: Sanic, port: int, seconds: float) -> AsyncioServer:
    """Start `app` on the loopback address.

    Args:
        app: one of the two sites.
        port: the port, or 0 for any free port.
        seconds: maximum time in seconds for a request to arrive.

    Raises:
        OSError: the port is taken.
    """
    configure_limits(app, MAX_BODY * 2, seconds)
    # Sanic would turn port 0 into port 8000, so create the socket here.
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    listener.bind((HOST, port))
    server = await app.create_server(
        sock=listener, protocol=StrictProtocol, return_asyncio_server=True, access_log=False
    )
    if server is None:
        raise OSError(f"Sanic made no server for port {port}")
    with _second_application():
        await server.startup()
    await server.before_start()
    await server.after_start()
    return server


async def close_site(server: AsyncioServer) -> None:
    """Stop a site."""
    server.close()
    await server.wait_closed()


def address(server: AsyncioServer) -> str:
    """Return a site's URL."""
    # Sanic's annotation declares the wrong type.
    listening: Any = server.server
    host, port = listening.sockets[0].getsockname()[:2]
    return f"http://{host}:{port}/"


async def _stop_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
