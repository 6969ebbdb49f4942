"""What keeps a conversation going: the welcome, who is asking, a message outside the subject."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.situation import now, situation
from bot.referral.refer import refer
from bot.referral.rules import load_rules


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


class ActionPeople(SafeAction):
    """Offers people to talk to, when the program has not understood."""

    def name(self) -> str:
        """See the base class."""
        return "action_people"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        moment, rules = now(), load_rules()
        asked = situation(tracker, self.library, rules, moment)._replace(
            topic="emotional_support", intent="ask_who_to_talk_to"
        )
        for referral in refer(asked, self.library, rules):
            messages.say(dispatcher, messages.service(referral, moment, self.library))
        return []
