"""While it shuts down, the site answers every request it has received and closes idle connections."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bare_chat import BareChat

from bot.serve import address_of, close_site

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
#: Seconds after which a connection that is still open fails the test.
SOON = 60


class Connection:
    """A connection on which one request has been answered."""

    @classmethod
    async def open(cls, chat: BareChat) -> "Connection":
        host, _, port = address_of(chat.server.server.sockets[0]).removeprefix("http://").rstrip("/").partition(":")
        one = cls()
        one.reader, one.writer = await asyncio.open_connection(host, int(port))
        one.writer.write(REQUEST)
        assert b"200 OK" in await one.answer()
        return one

    async def answer(self) -> bytes:
        """Return the next answer, or nothing if the connection was closed instead."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), SOON)
        except asyncio.IncompleteReadError:
            return b""
        return head + await self.reader.readexactly(len(b'{"live":true}'))


@pytest.fixture
async def chat(on_a_port: None, tmp_path: Path) -> AsyncIterator[BareChat]:
    running = BareChat(tmp_path)
    await running.open()
    yield running
    await running.close()


async def test_an_unused_connection_is_closed(chat: BareChat) -> None:
    connection = await Connection.open(chat)
    await asyncio.wait_for(close_site(chat.server), SOON)
    assert await connection.answer() == b""


async def test_a_request_that_has_arrived_is_answered_and_its_connection_closed(chat: BareChat) -> None:
    connection = await Connection.open(chat)
    connection.writer.write(REQUEST)
    await asyncio.wait_for(close_site(chat.server), SOON)
    assert b"connection: close" in await connection.answer()


async def test_a_connection_may_make_one_more_request_if_the_site_stops_gently(chat: BareChat) -> None:
    connection = await Connection.open(chat)
    closing = asyncio.create_task(close_site(chat.server, gently=True))
    await asyncio.wait({closing}, timeout=0.1)
    connection.writer.write(REQUEST)
    answers = [await connection.answer(), await connection.answer()]
    await asyncio.wait_for(closing, SOON)
    assert (b"connection: close" in answers[0], answers[1]) == (True, b"")
