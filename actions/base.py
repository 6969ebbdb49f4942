"""The base class of actions: if an action fails, the person still gets the emergency numbers."""

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
    """Runs `act`; if that raises, names 999, Childline and 101.

    Messages that the failed action had already collected are dropped: half an answer may stop before the helpline.
    """

    @property
    def library(self) -> Library:
        """All content."""
        return load_library()

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        """See the base class."""
        try:
            return self.act(dispatcher, tracker)
        except Exception as error:
            # The message of an exception may quote what a person typed, so only its type and place are logged.
            logger.error("Action %s failed with %s.", self.name(), type(error).__name__)
            logger.debug("Where it failed:\n%s", "".join(traceback.format_tb(error.__traceback__)))
            dispatcher.messages.clear()
            messages.send(dispatcher, [messages.text(self.library.fill(self.library.words.emergency))])
            return []

    @abstractmethod
    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Do the work of the action; returns Rasa events."""
