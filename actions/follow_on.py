"""What is asked after an answer, at most one thing: a question that changes it, a comparison, or whether it helped."""

from typing import List, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.comparison import comparison_to_offer
from actions.situation import in_danger, known, now, question, situation
from bot.content.library import Library
from bot.referral.rules import load_rules
from bot.referral.triage import Question, load_triage, next_question

#: What an answer in words is taken for, in the slot `open_question`; else it is the id of a triage question.
COMPARISON, FEEDBACK = "comparison", "feedback"


class ActionFollowOn(SafeAction):
    """Asks the one thing that is worth asking now; without a question of the person's own, offers what it can do."""

    def name(self) -> str:
        """See the base class."""
        return "action_follow_on"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        library = self.library
        if library.guidance_for(question(tracker, library)) is None:
            messages.say(dispatcher, messages.choices(library.words.ask_topic, library.words.capabilities))
            return [SlotSet("open_question", None)]
        asked = list(tracker.get_slot("asked") or [])
        worthwhile = _worth_asking(tracker, asked, library)
        if worthwhile is not None:
            return [*ask(dispatcher, worthwhile), SlotSet("asked", [*asked, worthwhile.id])]
        if in_danger(tracker):
            return [SlotSet("open_question", None)]
        if comparison_to_offer(tracker, library):
            offer = messages.choices(library.words.offer_comparison, library.words.offer_comparison_choices)
            messages.say(dispatcher, offer)
            return [SlotSet("open_question", COMPARISON)]
        if tracker.get_slot("question_rated") != question(tracker, library):
            messages.say(dispatcher, messages.choices(library.words.did_it_help, library.words.did_it_help_choices))
            return [SlotSet("open_question", FEEDBACK), SlotSet("question_rated", question(tracker, library))]
        return [SlotSet("open_question", None)]


def ask(dispatcher: CollectingDispatcher, asked: Question) -> Events:
    """Ask a triage question, with a way past it."""
    messages.say(dispatcher, messages.choices(asked.prompt, [*asked.choices, load_triage().skip]))
    return [SlotSet("open_question", asked.id)]


def triage_question(question_id: str) -> Optional[Question]:
    """A question of content/en/triage.yml by its id, or None."""
    return next((one for one in load_triage().questions if one.id == question_id), None)


def _worth_asking(tracker: Tracker, asked: List[str], library: Library) -> Optional[Question]:
    rules = load_rules()
    judged = situation(tracker, library, rules, now())
    return next_question(judged, known(tracker, judged), asked, library, rules, load_triage())
