"""The base class for actions: if one fails, the person still gets the emergency numbers."""

import logging
import traceback
from abc import ABC, abstractmethod
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from bot.content.library import load_library
from bot.content.models import Library

logger = logging.getLogger(__name__)

Events = List[Dict[str, Any]]


class SafeAction(Action, ABC):
    """Runs `act` and, if it raises, replies with 999, Childline and 101 instead.

    Any messages that the failed action had collected are dropped, because a partial answer may end before the helpline.
    """

    @property
    def library(self) -> Library:
        """The content library."""
        return load_library()

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        """See the base class."""
        try:
            return self.act(dispatcher, tracker)
        except Exception as error:
            # The exception's message may quote what a person typed, so log only its type and where it was raised.
            logger.error("Action %s failed with %s.", self.name(), type(error).__name__)
            logger.debug("Where it failed:\n%s", "".join(traceback.format_tb(error.__traceback__)))
            dispatcher.messages.clear()
            messages.send(dispatcher, [messages.text(self.library.fill(self.library.words.emergency))])
            return []

    @abstractmethod
    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Carry out the action and return Rasa events."""
