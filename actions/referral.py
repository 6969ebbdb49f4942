"""Referral: the services that fit."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.situation import now, situation
from bot.referral.refer import refer
from bot.referral.rules import load_rules


class ActionReferral(SafeAction):
    """Offers the services for the situation, best first."""

    def name(self) -> str:
        """See the base class."""
        return "action_referral"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        moment, rules = now(), load_rules()
        for referral in refer(situation(tracker, self.library, rules, moment), self.library, rules):
            messages.say(dispatcher, messages.service(referral, moment, self.library))
        return []
