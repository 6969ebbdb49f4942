"""While it shuts down, the site answers complete requests and does not wait for incomplete ones."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bare_chat import BareChat
from sanic.request import Request
from sanic.response import HTTPResponse, text

from bot.serve import address, close_site

HALF_A_BODY = b"POST /chat/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"
HALF_A_HEAD = b"POST /chat/messages HTTP/1.1\r\nHo"
IDLE = b""


class Slow:
    """A page that is not answered until `may_go_on` is set."""

    def __init__(self) -> None:
        self.has_begun, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, request: Request) -> HTTPResponse:
        self.has_begun.set()
        await self.may_go_on.wait()
        return text("done")


@pytest.fixture
async def chat(tmp_path: Path, on_a_port: None) -> AsyncIterator[BareChat]:
    one = BareChat(tmp_path)
    one.slow = Slow()

    async def answer(request: Request) -> HTTPResponse:
        return await one.slow(request)

    one.app.add_route(answer, "/slow")
    await one.open()
    yield one
    await one.close()


async def connect(chat: BareChat) -> "tuple[asyncio.StreamReader, asyncio.StreamWriter]":
    where = urlsplit(address(chat.server))
    return await asyncio.open_connection(where.hostname, where.port)


@pytest.mark.parametrize("sent", [HALF_A_BODY, HALF_A_HEAD, IDLE], ids=["half a body", "half a head", "nothing"])
async def test_an_incomplete_request_does_not_delay_stopping(chat: BareChat, sent: bytes) -> None:
    reader, writer = await connect(chat)
    writer.write(sent)
    await chat.http.get(f"{address(chat.server)}health/live")
    started = time.monotonic()
    await close_site(chat.server)
    assert time.monotonic() - started < 1
    await reader.read()
    writer.close()


async def test_a_complete_request_is_answered(chat: BareChat) -> None:
    asking = asyncio.create_task(chat.http.get(f"{address(chat.server)}slow"))
    await chat.slow.has_begun.wait()
    closing = asyncio.create_task(close_site(chat.server))
    await asyncio.sleep(0)
    chat.slow.may_go_on.set()
    await closing
    assert (await asking).text == "done"
