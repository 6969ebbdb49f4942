"""Hundreds of slow clients do not block anybody else, and each is cut off."""

import asyncio
import contextlib
import resource
import socket
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Optional
from urllib.parse import urlsplit

import pytest
from chat_client import Person, Server, StartServer

from evaluation.fuzz.run import exchange

CLIENTS = 500
#: The server's time limit for a request in these tests and the pause between a dripping client's bytes, in seconds.
LIMIT = 1.0
PAUSE = 0.2
#: A client that is still connected after this many seconds counts as not cut off.
TOO_LONG = 15.0

HEAD = b"POST /chat/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
#: Requests with answers that overflow the buffers between the server and a client that does not read.
GREEDY = b"GET /chat/chat.js HTTP/1.1\r\nHost: a\r\n\r\n" * 100

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


@pytest.fixture(scope="module")
def strict(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("strict") / "data", STREETWISE_REQUEST_SECONDS=str(LIMIT))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def enough_sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def dripping(begin: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send `begin`, then one byte at a time until the server answers, and return the answer."""
    writer.write(begin)
    answer = asyncio.ensure_future(reader.read(65_536))
    while not answer.done():
        writer.write(b"x")
        await asyncio.wait([answer], timeout=PAUSE)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    return answer.result()


async def slow_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    return await dripping(b"GET /chat/ HTTP/1.1\r\nX-A: ", reader, writer)


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    return await dripping(HEAD, reader, writer)


async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Request a lot and read nothing, until the connection breaks."""
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(GREEDY)
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(PAUSE)
    return b""


async def idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Make one request and keep the connection open."""
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    return await reader.read()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    return await reader.read()


async def connected(url: str) -> "tuple[asyncio.StreamReader, asyncio.StreamWriter]":
    # Keep the buffers small between the server and a client that does not read.
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    own.setblocking(False)
    address = urlsplit(url)
    await asyncio.get_running_loop().sock_connect(own, (address.hostname, address.port))
    return await asyncio.open_connection(sock=own)


async def cut_off(url: str, client: Client, here: "Callable[[], None]" = lambda: None) -> "Optional[bytes]":
    """Return the response that the client got before it was cut off, or None if it was not cut off."""
    reader, writer = await connected(url)
    here()
    try:
        return await asyncio.wait_for(client(reader, writer), TOO_LONG)
    except ConnectionError:
        return b""
    except asyncio.TimeoutError:
        return None
    finally:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def crowd(url: str, client: Client) -> AsyncIterator[None]:
    """Keep five hundred clients connected. Each reconnects when it is cut off."""
    arrivals: "asyncio.Queue[None]" = asyncio.Queue()
    over = asyncio.Event()

    async def again_and_again() -> None:
        # Python 3.10 loses a cancellation that arrives as `wait_for` ends (bpo-37658). Without the event, the loop
        # would never stop.
        while not over.is_set():
            await cut_off(url, client, lambda: arrivals.put_nowait(None))

    everybody = [asyncio.ensure_future(again_and_again()) for _ in range(CLIENTS)]
    for _ in range(CLIENTS):
        await arrivals.get()
    yield
    over.set()
    for one in everybody:
        one.cancel()
    await asyncio.gather(*everybody, return_exceptions=True)


def status(told: "Optional[bytes]") -> "Optional[bytes]":
    return told.split(b" ", 2)[1] if told else told


def waited(server: Server) -> float:
    """Return the median seconds to an answer, on a connection that is never idle."""
    person, times = Person(server), []
    for _ in range(15):
        started = time.perf_counter()
        person.says("what is grooming")
        times.append(time.perf_counter() - started)
    return statistics.median(times)


@pytest.mark.parametrize("client", [slow_head, slow_body], ids=lambda client: client.__name__)
async def test_a_request_that_arrives_too_slowly_is_a_408_and_cut_off(strict: Server, client: Client) -> None:
    assert status(await cut_off(strict.chat, client)) == b"408"


@pytest.mark.parametrize("client", [never_reads, idle, silent], ids=lambda client: client.__name__)
async def test_a_client_that_does_nothing_is_cut_off(strict: Server, client: Client) -> None:
    assert await cut_off(strict.chat, client) is not None


async def test_a_slow_body_for_an_unknown_address_is_cut_off(strict: Server) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        return await dripping(HEAD.replace(b"messages", b"nowhere"), reader, writer)

    assert status(await cut_off(strict.chat, client)) == b"404"


async def test_the_console_cuts_off_slow_clients_as_well(strict: Server) -> None:
    assert status(await cut_off(strict.console, slow_head)) == b"408"


@pytest.mark.parametrize("client", [slow_head, slow_body, never_reads], ids=lambda client: client.__name__)
async def test_five_hundred_slow_clients_do_not_stop_a_normal_one(strict: Server, client: Client) -> None:
    loop = asyncio.get_running_loop()
    alone = await loop.run_in_executor(None, waited, strict)
    async with crowd(strict.chat, client):
        beside = await loop.run_in_executor(None, waited, strict)
    assert beside <= 5 * alone + 0.5


@pytest.mark.parametrize("client", [slow_head, slow_body, never_reads], ids=lambda client: client.__name__)
async def test_five_hundred_slow_clients_are_all_cut_off(strict: Server, client: Client) -> None:
    told = await asyncio.gather(*(cut_off(strict.chat, client) for _ in range(CLIENTS)))
    assert None not in told


def test_the_server_is_ready_afterwards(strict: Server) -> None:
    assert exchange(strict.chat, b"GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n")[0].status == 200
