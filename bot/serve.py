"""Everything in one process: the chat with the assistant behind it, and the console on a port of its own."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, List, NamedTuple

import rasa.core.channels.channel
from rasa.core.agent import Agent
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.server import AsyncioServer
from sqlalchemy.exc import SQLAlchemyError

from bot.assistant import load_assistant
from bot.chat.channel import MAX_BODY, ChatChannel
from bot.chat.connection import StrictProtocol, limit
from bot.chat.conversation import Door
from bot.console.app import create_console, load_templates
from bot.console.request import Dependencies
from bot.content.console import load_console_words
from bot.content.library import load_library
from bot.content.page import load_page_words
from bot.privacy.proof import prove
from bot.privacy.redact import Redactor
from bot.privacy.retention import Retention
from bot.referral.rules import load_rules
from bot.settings import Settings
from bot.store import staff
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.review_log import triage_backlog

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Seconds between two looks at what is over its time.
PURGE_EVERY = 10 * 60
#: Seconds between two tries to erase what could not be erased at once.
ERASE_EVERY = 2
#: Bytes that the system keeps for a client that does not read. Left to itself it takes megabytes for each.
SEND_BUFFER = 32_768


class Addresses(NamedTuple):
    """Where the two sites answer, and whether the console has no account yet."""

    chat: str
    console: str
    has_no_staff: bool


def create_chat(agent: Agent, redactor: Redactor, settings: Settings) -> Sanic:
    """The public side as a Sanic application."""
    app = Sanic("streetwise_chat", configure_logging=False)
    # Only proxies that are known to be there may say where a request came from.
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
        await Door.check(agent)
        return json_response({"ready": True})

    @app.on_response
    async def finish(request: Request, response: HTTPResponse) -> None:
        channel.finish(request, response)

    @app.exception(Exception)
    async def fail(request: Request, error: Exception) -> HTTPResponse:
        return channel.fail(request, error)

    return app


async def serve(model: Path, settings: Settings, announce: Callable[[Addresses], None]) -> None:
    """Serve until the process is told to stop; `announce` is called once both sites answer.

    Raises:
        AssistantError, ContentError, RedactorError, WeightsError: a part is not what it should be; nothing is served.
        OSError: a port is taken.
    """
    # A process that crashes would leave its memory, with what people just typed, in a file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = load_library()
    load_rules()
    store = DialogueStore(engine=open_engine(settings.database_url))
    with contextlib.suppress(SQLAlchemyError, OSError):
        # What cannot be erased yet counts as erased, and is tried again while this serves.
        await store.erase_marked()
    await _file_unfiled(store)
    agent = load_assistant(model, store, settings)
    retention = Retention(store, agent.lock_store, settings.keep_days)
    database = Database(open_engine(settings.database_url))
    redactor = Redactor.load()
    prove(redactor)
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
        async with _repeated(retention.purge, PURGE_EVERY), _repeated(store.erase_marked, ERASE_EVERY):
            await _told_to_stop()
    finally:
        for server in servers:
            await close_site(server)
        database.close()
        store.close()


async def _file_unfiled(store: DialogueStore) -> None:
    """File what an earlier version of this program kept; once, at the first start of this one."""
    while await store.run(triage_backlog):
        pass


@contextlib.asynccontextmanager
async def _repeated(work: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """Do `work` now and then, for as long as this lasts."""

    async def repeat() -> None:
        while True:
            try:
                await work()
            except Exception as error:
                # The next time may do; the message of an exception may hold what is stored.
                logger.error("Nothing could be removed: %s.", type(error).__name__)
            await asyncio.sleep(seconds)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.contextmanager
def _second_application() -> Iterator[None]:
    """Let Sanic start a second application in one process.

    At its start Sanic 21.12 rewrites methods of its own classes from their source, which a second time is not there any
    more; in test mode it keeps the originals.
    """
    Sanic.test_mode = True
    try:
        yield
    finally:
        Sanic.test_mode = False


async def open_site(app: Sanic, port: int, seconds: float) -> AsyncioServer:
    """Let `app` answer on loopback.

    Args:
        app: one of our sites.
        port: 0 for any free one.
        seconds: that a request may take to arrive.

    Raises:
        OSError: the port is taken.
    """
    limit(app, MAX_BODY * 2, seconds)
    # A socket of our own: Sanic takes port 0, "any free one", for port 8000.
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
    """Answer nobody any more."""
    server.close()
    await server.wait_closed()


def address(server: AsyncioServer) -> str:
    """Where a site answers."""
    # Sanic names its type wrongly.
    listening: Any = server.server
    host, port = listening.sockets[0].getsockname()[:2]
    return f"http://{host}:{port}/"


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
