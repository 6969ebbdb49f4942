"""Short turns that mean something only after what was said before: yes, no, an age, a place, "and what if …?"."""

from typing import Any, Dict, List, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.comparison import show_comparison
from actions.crisis import answer_danger
from actions.follow_on import COMPARISON, FEEDBACK, ask, triage_question
from actions.guidance import say_guidance, say_what_if, was_just_said
from actions.people import offer_people, say_where_to_turn
from actions.situation import asker, band, in_danger, question
from bot.referral.refer import ADULT

DANGER, AGE_IN_IMAGE = "danger", "age_in_image"
#: The intent that a yes to the question about danger comes to.
IN_DANGER = "disclose_danger"


class ActionYes(SafeAction):
    """Takes a yes as the answer to what was asked last."""

    def name(self) -> str:
        """See the base class."""
        return "action_yes"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        asked, words = tracker.get_slot("open_question"), self.library.words
        if asked == DANGER:
            return answer_danger(dispatcher, tracker, self.library, IN_DANGER)
        if asked == COMPARISON:
            return [*show_comparison(dispatcher, tracker, self.library), SlotSet("open_question", None)]
        if asked == FEEDBACK:
            return _say_thanks(dispatcher, self)
        pending = triage_question(str(asked))
        if pending is not None:
            return ask(dispatcher, pending)
        if in_danger(tracker):
            say_where_to_turn(dispatcher, self.library)
        else:
            messages.say(dispatcher, messages.choices(words.go_on, words.capabilities))
        return []


class ActionNo(SafeAction):
    """Takes a no as the answer to what was asked last, or as the wish to go past it."""

    def name(self) -> str:
        """See the base class."""
        return "action_no"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        asked, words = tracker.get_slot("open_question"), self.library.words
        if asked == FEEDBACK:
            return _say_sorry(dispatcher, tracker, self)
        if asked == DANGER:
            messages.say(dispatcher, messages.text(words.not_in_danger))
            return [SlotSet("open_question", None), SlotSet("danger", False)]
        if in_danger(tracker):
            # "No, I'm not ringing anyone" is the most dangerous no.
            messages.say(dispatcher, messages.text(words.no_need_to_ring))
            say_where_to_turn(dispatcher, self.library)
        else:
            messages.say(dispatcher, messages.text(words.no_problem))
        return [SlotSet("open_question", None)]


class ActionUpdate(SafeAction):
    """Takes what the person tells about who asks, an age or a place; says the guidance anew if it is now another's."""

    def name(self) -> str:
        """See the base class."""
        return "action_update"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        library, words = self.library, self.library.words
        intent = question(tracker, library)
        told = _ages(tracker)
        noted = {"tell_place": words.place_noted, "tell_age": words.age_noted}
        latest = str(tracker.latest_message.get("intent", {}).get("name"))
        messages.say(dispatcher, messages.text(noted.get(latest, words.asker_noted)))
        who, learned = asker(tracker, library), [SlotSet("open_question", None)]
        if not was_just_said(tracker, intent, who, library):
            say_guidance(dispatcher, intent, who, library)
            learned.append(SlotSet("said_to", who))
        years = _age_in_the_picture(tracker, told)
        if years is not None:
            learned.append(SlotSet(AGE_IN_IMAGE, band(years)))
        elif "bare" in told and told["bare"] < ADULT and who in ("unknown", "young_person"):
            learned.append(SlotSet("age", told["bare"]))
        return learned


class ActionWhatIf(SafeAction):
    """Answers "and what if …?" and "what do I do?" for what was answered last; without a subject asks for one."""

    def name(self) -> str:
        """See the base class."""
        return "action_what_if"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        intent, words = question(tracker, self.library), self.library.words
        if self.library.what_if_after(intent):
            say_what_if(dispatcher, intent, asker(tracker, self.library), self.library)
        else:
            messages.say(dispatcher, messages.choices(words.go_on, words.capabilities))
        return []


class ActionWhy(SafeAction):
    """Says why it asks, and that nobody has to answer."""

    def name(self) -> str:
        """See the base class."""
        return "action_why"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        messages.say(dispatcher, messages.text(self.library.words.why_asked))
        pending = triage_question(str(tracker.get_slot("open_question")))
        return ask(dispatcher, pending) if pending is not None else []


class ActionFeedback(SafeAction):
    """Takes the press of "Did this help?"; staff find it in the review log."""

    def name(self) -> str:
        """See the base class."""
        return "action_feedback"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        if tracker.latest_message.get("intent", {}).get("name") == "feedback_not_helped":
            return _say_sorry(dispatcher, tracker, self)
        return _say_thanks(dispatcher, self)


def _say_thanks(dispatcher: CollectingDispatcher, action: SafeAction) -> Events:
    messages.say(dispatcher, messages.text(action.library.words.it_helped))
    return [SlotSet("open_question", None)]


def _say_sorry(dispatcher: CollectingDispatcher, tracker: Tracker, action: SafeAction) -> Events:
    messages.say(dispatcher, messages.text(action.library.words.it_did_not_help))
    offer_people(dispatcher, tracker, action.library)
    return [SlotSet("open_question", None)]


def _ages(tracker: Tracker) -> Dict[str, int]:
    """The ages in the latest message, by whose they are; of two of the same person the later.

    "She's 26" is the age of the person it is about where that person was said to be a sister, say.
    """
    entities: List[Dict[str, Any]] = tracker.latest_message.get("entities", [])
    ages = {str(one.get("role")): int(one["value"]) for one in entities if one["entity"] == "age"}
    said = str(tracker.latest_message.get("text") or "").lower()
    relation = tracker.get_slot("relation")
    if "other" in ages and relation and said.startswith(str(relation)):
        ages.setdefault("concerned", ages["other"])
    return ages


def _age_in_the_picture(tracker: Tracker, told: Dict[str, int]) -> Optional[int]:
    """Years told in reply to the question about the picture, or that can only be of the person in it."""
    if tracker.get_slot("open_question") == AGE_IN_IMAGE:
        return next((told[whose] for whose in ("then", "bare", "concerned", "other", "self") if whose in told), None)
    return told.get("then", told.get("concerned"))
