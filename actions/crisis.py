"""Crisis: 999 and a helpline before any other word."""

from typing import Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.guidance import remember, say_guidance
from actions.situation import asker, now, question, situation
from bot.content.library import Library
from bot.referral.refer import EMERGENCY, Situation, refer
from bot.referral.rules import load_rules

#: As bot/nlu/scope.py marks danger that one sentence of a long message says.
IN_A_SENTENCE = "in_a_sentence"


class ActionCrisis(SafeAction):
    """999 in one line, the helplines as cards, and only then the guidance."""

    def name(self) -> str:
        """See the base class."""
        return "action_crisis"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        return answer_danger(dispatcher, tracker, self.library, question(tracker, self.library))


def answer_danger(dispatcher: CollectingDispatcher, tracker: Tracker, library: Library, intent: str) -> Events:
    """Answer a crisis intent; unless it is less likely than another, somebody is in danger from now on."""
    moment, rules = now(), load_rules()
    judged = situation(tracker, library, rules, moment)._replace(topic=library.topic_of(intent), intent=intent)
    who = asker(tracker, library)
    messages.say(dispatcher, messages.text(library.words.danger_first))
    for referral in refer(judged, library, rules):
        messages.say(dispatcher, messages.service(referral, moment, library))
    if judged.age is not None and who == "young_person":
        messages.say(dispatcher, messages.text(library.words.age_heard.format(age=judged.age)))
    entry = library.guidance_for(intent)
    if entry is not None:
        messages.say(dispatcher, messages.guidance(entry, entry.version_for(who), library))
    likelier = _likelier(tracker, judged, library)
    if likelier is not None:
        _also_answer(dispatcher, likelier, who, judged, library)
    # As services were chosen: whoever wrote of a friend was not taken for an adult.
    kept = remember(tracker, likelier or intent, judged.asker, library)
    if likelier is None or _is_in_a_sentence(tracker):
        kept.append(SlotSet("danger", True))
    return [*kept, SlotSet("open_question", None)]


def _is_in_a_sentence(tracker: Tracker) -> bool:
    """Whether one sentence said the danger surely, whatever the rest of the message is about."""
    return any(one.get(IN_A_SENTENCE) for one in tracker.latest_message.get("intent_ranking") or [])


def _likelier(tracker: Tracker, judged: Situation, library: Library) -> Optional[str]:
    """The intent that was likelier than the danger, where danger was raised above it."""
    danger, *others = tracker.latest_message.get("intent_ranking") or [{"name": judged.intent, "confidence": 1.0}]
    other = next((one for one in others if library.topic_of(str(one["name"])) != judged.topic), None)
    if other is None or other["confidence"] <= danger["confidence"]:
        return None
    return str(other["name"]) if library.guidance_for(str(other["name"])) else None


def _also_answer(dispatcher: CollectingDispatcher, intent: str, who: str, judged: Situation, library: Library) -> None:
    """Answer the likelier reading too, after the helplines."""
    messages.say(dispatcher, messages.text(library.words.and_also))
    say_guidance(dispatcher, intent, who, library)
    offered = refer(judged._replace(topic=library.topic_of(intent), intent=intent), library, load_rules())
    for referral in offered:
        if referral.service_id != EMERGENCY:
            messages.say(dispatcher, messages.service(referral, judged.moment, library))
