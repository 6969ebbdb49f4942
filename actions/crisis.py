"""Crisis: 999 and a helpline before any other word."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.situation import asker, now, question, situation
from bot.referral.refer import refer
from bot.referral.rules import load_rules


class ActionCrisis(SafeAction):
    """999 in one line, the helplines as cards, and only then the guidance."""

    def name(self) -> str:
        """See the base class."""
        return "action_crisis"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        moment, rules, library = now(), load_rules(), self.library
        judged = situation(tracker, library, rules, moment)
        messages.say(dispatcher, messages.text(library.words.danger_first))
        for referral in refer(judged, library, rules):
            messages.say(dispatcher, messages.service(referral, moment, library))
        if judged.age is not None and judged.asker == "young_person":
            messages.say(dispatcher, messages.text(library.words.age_heard.format(age=judged.age)))
        entry = library.guidance_for(question(tracker))
        if entry is not None:
            version = entry.version_for(asker(tracker, library))
            messages.say(dispatcher, messages.guidance(entry, version, library))
        return [SlotSet("question", judged.intent)]
