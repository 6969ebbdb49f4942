"""Serves the chat and the console, either both in one process or in separate workers (bot/worker.py)."""

import asyncio
import contextlib
import functools
import logging
import os
import resource
import signal
import socket
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Coroutine, Dict, Iterator, NamedTuple, Optional

import rasa.core.channels.channel
from rasa.core.agent import Agent
from sanic import Sanic
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, text
from sanic.response import json as json_response
from sanic.server import AsyncioServer

from bot import monitoring
from bot.chat.channel import MAX_BODY, ChatChannel
from bot.chat.http_protocol import (
    StrictProtocol,
    close_after_next_request,
    close_if_idle,
    configure_limits,
    give_up_on_parts,
)
from bot.chat.problems import ChatError
from bot.chat.session import SessionService
from bot.console.app import create_console, load_templates
from bot.console.request import Dependencies
from bot.content.console import load_console_words
from bot.content.library import load_library
from bot.content.page import load_page_words
from bot.content.reader import ContentError
from bot.content.security import PATH as SECURITY
from bot.content.security import load_security
from bot.listening import LOOPBACK, Addresses, Listeners, Place, PortError, address_of, bind
from bot.rasa_runtime.agent import Assistant, AssistantError, check_assistant, load_assistant, reload_model
from bot.rasa_runtime.training import TrainingError, trained_model
from bot.rate_limit import Counts, LocalCounts
from bot.readiness import Check, Readiness, answers, takes_writes
from bot.redaction.redactor import Redactor
from bot.redaction.self_test import RedactorError, run_self_test
from bot.redis_counts import CountsError, RedisCounts
from bot.referral.rules import load_rules
from bot.settings import SettingError, Settings
from bot.store import staff
from bot.store.catching_up import catch_up
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.integrity import DamagedError
from bot.store.keys import KeysError
from bot.store.migrations import MigrationError
from bot.store.retention import HeldError, Retention
from bot.store.review_log import index_backlog
from bot.weights import WeightsError

logger = logging.getLogger(__name__)

#: Seconds between purges of expired conversations.
PURGE_EVERY = 10 * 60
#: The share of the store's time that a purge may take. Without a limit, purging the 1,400 conversations of ten busy
#: minutes held up messages for 1.7 s.
PURGE_SHARE = 0.25
#: Maximum seconds between readiness checks, so that the metrics and the log are up to date even if nobody asks.
ASK_EVERY = 15
#: Seconds between attempts to erase conversations that could not be erased immediately.
ERASE_EVERY = 2
#: Seconds between batches of search indexing, so that messages can be saved in between.
INDEX_PAUSE = 0.1
#: Maximum number of connections waiting to be accepted.
BACKLOG = 1024
#: Seconds between checks for open connections, and the maximum seconds to wait for them to close.
CLOSING_EVERY, CLOSING_SECONDS = 0.02, 45
#: Seconds to wait for the rest of a request when a site stops.
REST_SECONDS = 0.5
#: Errors raised when a part is missing or wrong, so that nothing is served. Their messages say what to do.
REFUSALS = (
    AssistantError, ContentError, CountsError, DamagedError, KeysError, MigrationError, PortError, RedactorError,
    SettingError, TrainingError, WeightsError,
)  # fmt: skip


class Stop:
    """Tells a site when to stop. After a gentle stop, each connection may make one more request."""

    def __init__(self) -> None:
        self.is_gentle = False
        self._event = asyncio.Event()

    def set(self, gently: bool = False) -> None:
        """Stop now."""
        self.is_gentle = gently
        self._event.set()

    async def wait(self) -> None:
        """Wait until it is time to stop."""
        await self._event.wait()


class Site(NamedTuple):
    """The parts that a site needs, and the socket that it listens on."""

    store: DialogueStore
    redactor: Redactor
    settings: Settings
    counts: Counts
    listener: socket.socket
    stop: Stop


def create_chat(
    agent: Agent,
    redactor: Redactor,
    settings: Settings,
    counts: Optional[Counts] = None,
    readiness: Optional[Readiness] = None,
) -> Sanic:
    """Create the public site as a Sanic application. Without `readiness`, it is ready if the store answers."""
    app = Sanic("streetwise_chat", configure_logging=False)
    # The client's address is taken from X-Forwarded-For only if proxies are configured.
    app.config.PROXIES_COUNT = settings.proxies
    app.ctx.agent = agent
    channel = ChatChannel(redactor, load_page_words(), settings, counts)
    rasa.core.channels.channel.register([channel], app, route="/")

    @app.route("/", methods=("GET", "HEAD"))
    async def home(request: Request) -> HTTPResponse:
        return channel.host(request, "/chat")

    @app.get(SECURITY)
    async def security(request: Request) -> HTTPResponse:
        written = load_security().text()
        if not written:
            raise NotFound("No contact is set.")
        return text(written)

    @app.route("/health/live", methods=("GET", "HEAD"))
    async def live(request: Request) -> HTTPResponse:
        return json_response({"live": True})

    @app.route("/health/ready", methods=("GET", "HEAD"))
    async def ready(request: Request) -> HTTPResponse:
        await SessionService.check(agent)
        if readiness is not None and await readiness.failed():
            raise ChatError("broken")
        return json_response({"ready": True})

    async def finish(request: Request, response: HTTPResponse) -> None:
        channel.finish(request, response)

    async def fail(request: Request, error: Exception) -> HTTPResponse:
        return channel.fail(request, error)

    app.on_response(finish)
    app.exception(Exception)(fail)
    monitoring.observe(app, "chat")
    return app


async def serve(model: Path, settings: Settings, listeners: Listeners, announce: Callable[[Addresses], None]) -> None:
    """Serve both sites in this process until SIGINT or SIGTERM. SIGHUP reloads the model.

    Args:
        model: the trained model.
        settings: the deployment's settings.
        listeners: the sockets of the two sites.
        announce: called once both sites answer.

    Raises:
        Any of `REFUSALS`: a part is missing or wrong, so nothing is served.
        OSError, SQLAlchemyError: a directory or the database cannot be used.
    """
    stop, loop = Stop(), asyncio.get_running_loop()
    with listeners.chat as chat, listeners.console as console, opened_store(settings) as store:
        await catch_up(store)
        redactor = load_redactor()
        async with (
            shared_counts(settings, LocalCounts()) as counts,
            chat_site(model, Site(store, redactor, settings, counts, chat, stop)) as agent,
            console_site(Site(store, redactor, settings, counts, console, stop)) as has_no_staff,
        ):
            announce(Addresses(address_of(chat), address_of(console), has_no_staff))
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop.set)
            async with reloading(agent, settings):
                await stop.wait()


@contextlib.contextmanager
def opened_store(settings: Settings) -> Iterator[DialogueStore]:
    """Open the chat's store, and close it at the end.

    Raises:
        DamagedError, MigrationError, OSError: the store cannot be opened.
    """
    # Disable core dumps, because they would contain what people have just typed.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    store = DialogueStore(engine=open_engine(settings.database_url))
    try:
        yield store
    finally:
        store.close()


def load_redactor() -> Redactor:
    """Load the redactor and test it.

    Raises:
        RedactorError, WeightsError: the redactor is not the version that was tested.
    """
    redactor = Redactor.load()
    run_self_test(redactor)
    return redactor


@contextlib.asynccontextmanager
async def shared_counts(settings: Settings, otherwise: Counts) -> AsyncIterator[Counts]:
    """Use the counts in Redis, or `otherwise` if no Redis server is configured.

    Raises:
        CountsError: Redis does not answer.
    """
    if not settings.redis_url:
        yield otherwise
        return
    counts = await RedisCounts.connect(settings.redis_url)
    try:
        yield counts
    finally:
        await counts.close()


@contextlib.asynccontextmanager
async def chat_site(model: Path, site: Site) -> AsyncIterator[Assistant]:
    """Serve the chat while the context is open.

    Raises:
        AssistantError, ContentError, WeightsError: a part is missing or wrong.
        OSError: the port is taken.
    """
    store, redactor, settings, counts, listener, stop = site
    load_rules().areas.assumed_for(settings.area)
    agent = load_assistant(model, store)
    monitoring.WORKER.labels(str(os.getpid())).set_to_current_time()
    readiness = Readiness(_checks(settings, store, agent))
    chat = create_chat(agent, redactor, settings, counts, readiness)
    try:
        async with _opened(chat, listener, settings, stop), _running(_repeated(readiness.failed, ASK_EVERY)):
            yield agent
    finally:
        readiness.close()


def _checks(settings: Settings, store: DialogueStore, agent: Assistant) -> Dict[str, Check]:
    """Return the checks that must pass for the chat to answer."""
    checks: Dict[str, Check] = {
        "database": takes_writes(store.engine),
        "model": functools.partial(check_assistant, agent),
    }
    return {**checks, "redis": answers(settings.redis_url)} if settings.redis_url else checks


@contextlib.asynccontextmanager
async def console_site(site: Site) -> AsyncIterator[bool]:
    """Serve the console, and purge expired data, while the context is open.

    Yields whether the console has no accounts yet.

    Raises:
        ContentError: a text is missing or wrong.
        OSError: the port is taken.
    """
    store, redactor, settings, counts, listener, stop = site
    database = Database(open_engine(settings.database_url))
    retention = Retention(store, store.locks, settings.keep_days, share=PURGE_SHARE)
    words, templates = load_console_words().problems, load_templates()
    dependencies = Dependencies(
        database, store, retention, load_library(), redactor, settings, templates, words, counts=counts
    )
    console = create_console(dependencies)
    monitoring.observe(console, "console")
    try:
        async with _opened(console, listener, settings, stop):
            purging, erasing = _repeated(retention.purge, PURGE_EVERY), _repeated(store.erase_marked, ERASE_EVERY)
            async with _running(purging), _running(erasing), _running(_index_backlog(store)):
                yield await database.read(staff.is_empty)
    finally:
        database.close()


@contextlib.asynccontextmanager
async def erasing_own_marks(store: DialogueStore) -> AsyncIterator[None]:
    """While the context is open, erase conversations that are marked only in memory because writing the file failed."""
    async with _running(_repeated(store.erase_own_marks, ERASE_EVERY)):
        yield


@contextlib.asynccontextmanager
async def reloading(agent: Assistant, settings: Settings) -> AsyncIterator[None]:
    """While the context is open, reload the model on each SIGHUP. If that fails, the old model keeps answering."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    async def reload() -> None:
        while True:
            await asked.wait()
            asked.clear()
            try:
                await reload_model(agent, await loop.run_in_executor(None, trained_model, settings.model_dir))
                logger.warning("The model was loaded again.")
            except (AssistantError, TrainingError) as error:
                logger.error("The old model goes on answering. %s", error)

    loop.add_signal_handler(signal.SIGHUP, asked.set)
    async with _running(reload()):
        yield


async def _index_backlog(store: DialogueStore) -> None:
    """Index the conversations stored by an earlier version, pausing so that the chat can save its own data."""
    try:
        while await store.run(index_backlog):
            await asyncio.sleep(INDEX_PAUSE)
    except Exception as error:
        # Log only the type: the exception's message may contain stored text.
        logger.error("The search index is not complete: %s. The next start goes on with it.", type(error).__name__)


async def _repeated(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Call `work` every `seconds` until cancelled."""
    while True:
        try:
            await work()
        except HeldError as held:
            logger.error("%s", held)
        except Exception as error:
            # The next call tries again. Log only the type: the exception's message may contain stored text.
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
    """Allow Sanic to start a second application in the same process.

    On startup, Sanic 21.12 rewrites some of its methods from their source, which fails the second time. In test mode it
    keeps the original methods.
    """
    Sanic.test_mode = True
    try:
        yield
    finally:
        Sanic.test_mode = False


@contextlib.asynccontextmanager
async def _opened(app: Sanic, listener: socket.socket, settings: Settings, stop: Stop) -> AsyncIterator[None]:
    """Serve a site while the context is open."""
    server = await open_on(app, listener, settings.request_seconds)
    try:
        yield
    finally:
        await close_site(server, stop.is_gentle)


async def open_site(app: Sanic, port: int, seconds: float) -> AsyncioServer:
    """Start `app` on the loopback address and `port`, or any free port if it is 0. See `open_on`."""
    return await open_on(app, bind(Place(LOOPBACK, port, "the port")), seconds)


async def open_on(app: Sanic, listener: socket.socket, seconds: float) -> AsyncioServer:
    """Start `app` on a socket that other processes may also listen on.

    Args:
        app: one of the two sites.
        listener: the socket.
        seconds: maximum time in seconds for a request to arrive.

    Raises:
        OSError: the port is taken, or the address does not belong to this machine.
    """
    configure_limits(app, MAX_BODY * 2, seconds)
    # asyncio accepts as many connections in a row as its backlog allows, so one process would get all of them.
    server = await app.create_server(
        sock=listener, protocol=StrictProtocol, return_asyncio_server=True, access_log=False, backlog=1
    )
    if server is None:
        raise OSError(f"Sanic made no server for {address_of(listener)}")
    listener.listen(BACKLOG)
    with _second_application():
        await server.startup()
    await server.before_start()
    await server.after_start()
    return server


async def close_site(server: AsyncioServer, gently: bool = False) -> None:
    """Stop a site after answering the requests in progress.

    Args:
        server: the site.
        gently: leave idle connections open for one more request, in case a client is already sending one.
    """
    server.close()
    close_after_next_request(server.app, server.connections)
    for moment in range(int(CLOSING_SECONDS / CLOSING_EVERY)):
        if not server.connections:
            return
        if moment == int(REST_SECONDS / CLOSING_EVERY):
            give_up_on_parts(server.connections)
        # Wait first, so that requests that have already reached this machine are read.
        await asyncio.sleep(CLOSING_EVERY)
        if not gently:
            close_if_idle(server.connections)


def address(server: AsyncioServer) -> str:
    """Return a site's URL."""
    # Sanic's annotation declares the wrong type.
    listening: Any = server.server
    return address_of(listening.sockets[0])
