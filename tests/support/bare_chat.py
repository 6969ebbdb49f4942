"""The chat with a real database but no model: it starts conversations but cannot answer messages."""

from pathlib import Path
from types import SimpleNamespace

import httpx
from databases import new_database
from rasa.core.lock_store import InMemoryLockStore
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from bot.rasa_runtime.agent import Assistant
from bot.readiness import Readiness, takes_writes
from bot.redaction.redactor import Redactor
from bot.serve import address, close_site, create_chat, open_site
from bot.settings import load_settings
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine


class BareChat:
    """The chat's site on a free port, with its store and database."""

    def __init__(self, folder: Path) -> None:
        url = new_database(folder)
        self.store, self.database = DialogueStore(engine=open_engine(url)), Database(open_engine(url))
        self._create()

    def _create(self) -> None:
        assistant = Assistant(self.store, InMemoryLockStore(), ActionExecutor())
        assistant.processor = SimpleNamespace(tracker_store=self.store)  # type: ignore[assignment]
        # Sanic registers applications by name, and refuses a name that is already registered.
        Sanic._app_registry.clear()
        self.readiness = Readiness({"database": takes_writes(self.store.engine)})
        self.app = create_chat(assistant, Redactor([]), load_settings({}), readiness=self.readiness)

    async def open(self) -> None:
        await self._open()

    async def restart(self) -> None:
        """Restart the site, keeping only the database."""
        await self._shut()
        self._create()
        await self._open()

    async def _open(self) -> None:
        self.server = await open_site(self.app, 0, 10)
        self.http = httpx.AsyncClient(base_url=f"{address(self.server)}chat/", timeout=30, verify=False)

    async def _shut(self) -> None:
        await self.http.aclose()
        await close_site(self.server)
        self.readiness.close()

    async def close(self) -> None:
        await self._shut()
        self.store.close()
        self.database.close()
