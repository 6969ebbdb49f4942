"""While another program holds the database lock, the page loads and the chat reports that it is not ready."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from bare_chat import BareChat

from bot.serve import address


@pytest.fixture
async def chat(tmp_path: Path, on_a_port: None) -> AsyncIterator[BareChat]:
    one = BareChat(tmp_path)
    await one.open()
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield one
        other.execute("ROLLBACK")
        await one.close()


async def test_the_chat_is_not_ready(chat: BareChat) -> None:
    answer = await chat.http.get(f"{address(chat.server)}health/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_the_chat_is_alive(chat: BareChat) -> None:
    assert (await chat.http.get(f"{address(chat.server)}health/live")).status_code == 200


async def test_the_page_does_not_wait_for_a_pending_write(chat: BareChat) -> None:
    writing = asyncio.create_task(chat.store.pause())
    await asyncio.sleep(0)
    started = time.monotonic()
    assert (await chat.http.get("")).status_code == 200
    assert time.monotonic() - started < 2
    assert not writing.done()
    writing.cancel()
