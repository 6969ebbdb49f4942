"""Leaving leads to a neutral site at once, whatever the state of the store, and erases the conversation."""

import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from databases import new_database
from rasa.core.lock_store import InMemoryLockStore
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from bot.chat.session import hash_token
from bot.content.page import load_page_words
from bot.rasa_runtime.agent import Assistant
from bot.redaction.redactor import Redactor
from bot.serve import address, close_site, create_chat, open_site
from bot.settings import load_settings
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.schema import conversations
from bot.store.tombstones import NAME, Tombstones

TOKEN = "of a conversation"
#: Maximum time that leaving may take, in seconds.
AT_ONCE = 0.5


class Chat:
    """The chat in front of a real database. It has no model, because leaving needs none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = DialogueStore(engine=open_engine(new_database(folder)))
        assistant = Assistant(self.store, InMemoryLockStore(), ActionExecutor())
        Sanic._app_registry.clear()
        self.app = create_chat(assistant, Redactor([]), load_settings({}))

    async def open(self) -> None:
        self.server = await open_site(self.app, 0, 10)
        self.http = httpx.AsyncClient(base_url=f"{address(self.server)}chat/", timeout=30, verify=False)
        await self.store.begin(hash_token(TOKEN))

    async def close(self) -> None:
        await self.http.aclose()
        await close_site(self.server)
        self.store.close()

    async def leave(self) -> httpx.Response:
        return await self.http.post("exit", data={"token": TOKEN})

    async def erase(self, token: str = TOKEN) -> httpx.Response:
        return await self.http.delete("conversations", headers={"Authorization": f"Bearer {token}"})

    async def is_erased(self) -> bool:
        standing = await self.store.session_status(hash_token(TOKEN))
        return standing is not None and standing.is_erased


@pytest.fixture
async def chat(on_a_port: None, tmp_path: Path) -> AsyncIterator[Chat]:
    one = Chat(tmp_path)
    await one.open()
    yield one
    await one.close()


@contextmanager
def well(chat: Chat) -> Iterator[None]:
    yield


@contextmanager
def locked(chat: Chat) -> Iterator[None]:
    with closing(sqlite3.connect(chat.folder / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def busy(chat: Chat) -> Iterator[None]:
    """Make the store's only thread wait for a lock that another connection holds."""
    with locked(chat):
        chat.store._thread.submit(chat.store._transaction, lambda c: c.execute(conversations.delete()))
        yield


@contextmanager
def without_a_table(chat: Chat) -> Iterator[None]:
    with closing(sqlite3.connect(chat.folder / "a.db")) as other:
        other.execute(f"DROP TABLE {conversations.name}")
    yield


@contextmanager
def read_only(chat: Chat) -> Iterator[None]:
    """Make both the database and the marks read-only."""
    with pytest.MonkeyPatch.context() as patch, locked(chat):
        patch.setattr(chat.store, "_tombstones", Tombstones(chat.folder / "a.db" / NAME))
        yield


@contextmanager
def starting(chat: Chat) -> Iterator[None]:
    chat.app.ctx.agent, agent = None, chat.app.ctx.agent
    yield
    chat.app.ctx.agent = agent


STATES = [well, locked, busy, without_a_table, read_only, starting]


@pytest.mark.parametrize("state", STATES)
async def test_leaving_leads_to_a_neutral_site_at_once(chat: Chat, state) -> None:
    with state(chat):
        started = time.monotonic()
        answer = await chat.leave()
        assert time.monotonic() - started < AT_ONCE
    assert (answer.status_code, answer.headers["location"] in load_page_words().sites) == (303, True)


@pytest.mark.parametrize("state", [well, locked, busy])
async def test_a_conversation_is_erased_after_leaving(chat: Chat, state) -> None:
    with state(chat):
        await chat.leave()
        assert await chat.is_erased()


@pytest.mark.parametrize(
    "form", [b"\xff", b"a=" + b"b" * 20_000, b"token=unknown", b""], ids=["bytes", "long", "unknown", "none"]
)
async def test_an_unusable_form_does_not_stop_anybody_from_leaving(chat: Chat, form: bytes) -> None:
    assert (await chat.http.post("exit", content=form)).status_code == 303


@pytest.mark.parametrize(
    ("state", "status"), [(well, 204), (locked, 204), (busy, 204), (read_only, 503), (starting, 503)]
)
async def test_erasing_succeeds_only_once_the_conversation_is_erased_or_marked(chat: Chat, state, status: int) -> None:
    with state(chat):
        assert (await chat.erase()).status_code == status


async def test_erasing_an_unknown_conversation_is_refused(chat: Chat) -> None:
    assert (await chat.erase("of nothing")).status_code == 401
