"""Guidance: the answer itself, in the version for whoever asks."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.people import say_where_to_turn
from actions.situation import asker, question, subject_before
from bot.content.library import Library
from bot.content.models import URGENCIES

#: The same question in a row this often is not answered with the same words again.
TIRED = 3
#: Of these urgencies, whoever is still writing may not be safe.
HARM = URGENCIES[2:]


class ActionGuidance(SafeAction):
    """Says the guidance for the question, and for a parent words to use tonight; never the same twice running."""

    def name(self) -> str:
        """See the base class."""
        return "action_guidance"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        intent, who = question(tracker, self.library), asker(tracker, self.library)
        times = 1 + (int(tracker.get_slot("times") or 0) if intent == tracker.get_slot("question") else 0)
        if times >= TIRED:
            messages.say(dispatcher, messages.text(self.library.words.said_before))
            description = self.library.intent(intent)
            if description is not None and description.urgency in HARM:
                say_where_to_turn(dispatcher, self.library)
        elif was_just_said(tracker, intent, who, self.library):
            messages.say(dispatcher, messages.text(self.library.words.same_again))
            say_what_if(dispatcher, intent, who, self.library)
        else:
            say_guidance(dispatcher, intent, who, self.library)
        return [*remember(tracker, intent, who, self.library), SlotSet("times", times)]


def was_just_said(tracker: Tracker, intent: str, who: str, library: Library) -> bool:
    """Whether the words that `who` would get are those of the last answer."""
    entry, heard_by = library.guidance_for(intent), tracker.get_slot("said_to")
    if entry is None or heard_by is None or entry is not library.guidance_for(str(tracker.get_slot("question"))):
        return False
    return entry.version_for(who) is entry.version_for(heard_by)


def remember(tracker: Tracker, intent: str, who: str, library: Library) -> Events:
    """Keep the question that is being answered and for whom, and the subject before it if that was another one."""
    before = subject_before(tracker, intent, library)
    return [SlotSet("question", intent), SlotSet("said_to", who), *([SlotSet("before", before)] if before else [])]


def say_guidance(dispatcher: CollectingDispatcher, intent: str, who: str, library: Library) -> None:
    """The guidance for an intent in the words for `who`; nothing where it has none."""
    entry = library.guidance_for(intent)
    if entry is None:
        return
    version = entry.version_for(who)
    messages.say(dispatcher, messages.guidance(entry, version, library))
    if version.say:
        messages.say(dispatcher, messages.text(library.words.say_with_child.format(say=version.say)))


def say_what_if(dispatcher: CollectingDispatcher, intent: str, who: str, library: Library) -> None:
    """What helps if it goes on, or gets worse, after the answer to an intent; nothing where that is not written."""
    versions = library.what_if_after(intent)
    answer = versions.get(who) or versions.get("young_person")
    messages.say(dispatcher, messages.text(library.fill(answer)) if answer else None)
