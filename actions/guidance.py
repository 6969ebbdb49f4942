"""Guidance: the answer itself, in the version for whoever asks."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.situation import asker, question


class ActionGuidance(SafeAction):
    """Says the guidance for the question, and for a parent words to use tonight."""

    def name(self) -> str:
        """See the base class."""
        return "action_guidance"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        intent = question(tracker)
        entry = self.library.guidance_for(intent)
        if entry is None:
            return []
        version = entry.version_for(asker(tracker, self.library))
        messages.say(dispatcher, messages.guidance(entry, version, self.library))
        if version.say:
            messages.say(dispatcher, messages.text(self.library.words.say_with_child.format(say=version.say)))
        return [SlotSet("question", intent)]
