"""Runs the whole chat in this process, so that conversations can be played through it.

The whole chat includes redaction, the safety net, the model, the case and actions.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Iterable, List, Tuple
from unittest.mock import patch

from bot.case.annotations import Conversation
from bot.chat.session import SessionService
from bot.content.hours import LONDON
from bot.content.message_types import Message
from bot.rasa_runtime.agent import Assistant, load_assistant
from bot.rasa_runtime.logs import configure_logging
from bot.redaction.redactor import Redactor
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from evaluation.understanding.conversations import PlayedTurn, play_all

#: The function that actions call to get the time.
CLOCK = "actions.turn.now"
#: The time of every message, a Wednesday evening. It is fixed because the services offered depend on which are open,
#: and the figures must not depend on when they are measured.
EVENING = datetime(2026, 12, 2, 20, 0, tzinfo=LONDON)


class Chat:
    """A chat with its store in memory and its clock stopped at `EVENING`."""

    def __init__(self, sessions: SessionService, assistant: Assistant) -> None:
        """Use `sessions` to talk to `assistant`."""
        self._sessions, self._assistant = sessions, assistant

    @classmethod
    def load(cls, model: Path) -> "Chat":
        """Load the chat with a trained model."""
        configure_logging("ERROR")
        assistant = load_assistant(model, DialogueStore(engine=open_engine("sqlite://")))
        return cls(SessionService(Redactor.load(), ""), assistant)

    def ask(self, text: str) -> List[Message]:
        """Return the reply to `text` as the first message of a new conversation."""

        async def first() -> List[Message]:
            started = await self._sessions.start(self._assistant)
            return (await self._sessions.say(self._assistant, started.token, text)).messages

        with patch(CLOCK, return_value=EVENING):
            return asyncio.run(first())

    def play(self, conversations: Iterable[Conversation]) -> List[Tuple[Conversation, List[PlayedTurn]]]:
        """Play conversations one after another."""
        with patch(CLOCK, return_value=EVENING):
            return play_all(self._sessions, self._assistant, conversations)
