"""What keeps a conversation going: the welcome, a message outside the subject, one that may be read in two ways."""

from typing import List

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.people import offer_people, say_where_to_turn
from actions.situation import in_danger
from bot.content.library import Library
from bot.content.models import ChoiceWords

#: Readings offered where a message was not understood: the right one is among the first three nearly always.
READINGS = 3


class ActionWelcome(SafeAction):
    """Says what this is before the first free text, and asks who is there."""

    def name(self) -> str:
        """See the base class."""
        return "action_welcome"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        words = self.library.words
        messages.say(dispatcher, *(messages.text(line) for line in words.welcome))
        messages.say(dispatcher, messages.choices(words.ask_asker, words.askers))
        return []


class ActionCapabilities(SafeAction):
    """Offers what people most often come with, as buttons."""

    def name(self) -> str:
        """See the base class."""
        return "action_capabilities"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        words = self.library.words
        messages.say(dispatcher, messages.choices(words.ask_topic, words.capabilities))
        return []


class ActionKeepSafe(SafeAction):
    """While somebody is in danger, says once more where to turn; else nothing."""

    def name(self) -> str:
        """See the base class."""
        return "action_keep_safe"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        if in_danger(tracker):
            say_where_to_turn(dispatcher, self.library)
        return []


class ActionAskWhich(SafeAction):
    """Asks which of the likeliest readings was meant; the second time in a row, offers people instead."""

    def name(self) -> str:
        """See the base class."""
        return "action_ask_which"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        words, times = self.library.words, int(tracker.get_slot("misunderstood") or 0) + 1
        if times > 1:
            messages.say(dispatcher, messages.text(self.library.fill(words.not_understood_again)))
            offer_people(dispatcher, tracker, self.library)
        else:
            options = [*_readings(tracker, self.library), words.something_else]
            messages.say(dispatcher, messages.choices(words.did_you_mean, options))
        return [SlotSet("misunderstood", times)]


class ActionOtherLanguage(SafeAction):
    """Says that it understands English only, and who is there."""

    def name(self) -> str:
        """See the base class."""
        return "action_other_language"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        messages.say(dispatcher, messages.text(self.library.fill(self.library.words.other_language)))
        return []


def _readings(tracker: Tracker, library: Library) -> List[ChoiceWords]:
    """Buttons for the likeliest intents that have words for one."""
    ranking = [str(entry["name"]) for entry in tracker.latest_message.get("intent_ranking", [])]
    described = [(name, library.intent(name)) for name in ranking]
    labelled = [(name, intent.label) for name, intent in described if intent and intent.label]
    return [ChoiceWords(label=label, intent=name) for name, label in labelled[:READINGS]]
