"""People to talk to, when the program has not understood or has not helped, or when somebody is in danger."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.situation import now, situation
from bot.content.library import Library
from bot.referral.refer import refer
from bot.referral.rules import load_rules


class ActionPeople(SafeAction):
    """Offers people to talk to."""

    def name(self) -> str:
        """See the base class."""
        return "action_people"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        offer_people(dispatcher, tracker, self.library)
        return []


def offer_people(dispatcher: CollectingDispatcher, tracker: Tracker, library: Library) -> None:
    """The services that listen, for whoever asks."""
    moment, rules = now(), load_rules()
    asked = situation(tracker, library, rules, moment)._replace(topic="emotional_support", intent="ask_who_to_talk_to")
    for referral in refer(asked, library, rules):
        messages.say(dispatcher, messages.service(referral, moment, library))


def say_where_to_turn(dispatcher: CollectingDispatcher, library: Library) -> None:
    """In one sentence, for whoever may still be in danger."""
    messages.say(dispatcher, messages.text(library.fill(library.words.keep_safe)))
