"""The whole chat in this process, for playing conversations to it: redaction, safety net, model, case, actions."""

import asyncio
from pathlib import Path
from typing import Any, Dict, Iterable, List, Tuple

from bot.chat.session import SessionService
from bot.privacy.redact import Redactor
from bot.rasa_runtime.agent import Assistant, load_assistant
from bot.rasa_runtime.logs import configure_logging
from bot.settings import Settings
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from evaluation.conversations import Played, play_all
from evaluation.talks import Talk


class Chat:
    """A chat that keeps nothing: its store is in memory."""

    def __init__(self, sessions: SessionService, assistant: Assistant) -> None:
        """Keep both."""
        self._sessions, self._assistant = sessions, assistant

    @classmethod
    def load(cls, model: Path, settings: Settings) -> "Chat":
        """The chat with a trained model."""
        configure_logging("ERROR")
        assistant = load_assistant(model, DialogueStore(engine=open_engine("sqlite://")), settings)
        return cls(SessionService(Redactor.load(), ""), assistant)

    def ask(self, text: str) -> List[Dict[str, Any]]:
        """The reply to a text as the first message of a conversation."""

        async def first() -> List[Dict[str, Any]]:
            started = await self._sessions.start(self._assistant)
            return (await self._sessions.say(self._assistant, started.token, text)).messages

        return asyncio.run(first())

    def play(self, talks: Iterable[Talk]) -> List[Tuple[Talk, List[Played]]]:
        """Play conversations one after another."""
        return play_all(self._sessions, self._assistant, talks)
