"""The comparison with the real world, as a small exercise: a scene, a question, choices, and what the choice means."""

from typing import List, Optional, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import messages
from actions.base import Events, SafeAction
from actions.situation import asker, in_danger, question
from bot.content.library import Library
from bot.content.models import ChoiceWords, Comparison

#: Topics whose questions are answered with a comparison even where the file names none for them.
GENERAL_TOPIC = "talk_to_child"


def next_comparison(topics: Sequence[str], seen: List[str], library: Library) -> Optional[Comparison]:
    """The comparison not yet seen that fits best.

    Args:
        topics: what it is about, then what else the message may be about, most likely first.
        seen: ids of comparisons shown in this conversation.
        library: all content.
    """
    candidates = library.comparisons_for(topics[0]) or library.comparisons_for(GENERAL_TOPIC)
    unseen = [entry for entry in candidates if entry.id not in seen]
    return min(unseen, key=lambda entry: _distance(entry, topics[1:]), default=None)


def _distance(entry: Comparison, also: Sequence[str]) -> int:
    return min((place for place, topic in enumerate(also) if topic in entry.topics), default=len(also))


def _topics(tracker: Tracker, library: Library) -> List[str]:
    intent = question(tracker, library)
    before = tracker.get_slot("question")
    asked = before if intent in ("ask_comparison", "affirm") and before else intent
    ranking = [other["name"] for other in tracker.latest_message.get("intent_ranking", [])]
    topic = library.topic_of(str(asked))
    others = (library.topic_of(str(name)) for name in ranking)
    return [topic, *(other for other in others if other != topic)]


def _seen(tracker: Tracker) -> List[str]:
    return list(tracker.get_slot("comparisons_seen") or [])


def comparison_to_offer(tracker: Tracker, library: Library) -> bool:
    """Whether a comparison would help with the question, and there is one that this conversation has not shown."""
    intent = library.intent(question(tracker, library))
    if intent is None or not intent.comparison_helps:
        return False
    return next_comparison(_topics(tracker, library), _seen(tracker), library) is not None


def show_comparison(dispatcher: CollectingDispatcher, tracker: Tracker, library: Library) -> Events:
    """Show the next comparison, unless somebody is in danger: then it is no time for one."""
    seen = _seen(tracker)
    entry = next_comparison(_topics(tracker, library), seen, library)
    if entry is None or in_danger(tracker):
        words = library.words
        messages.say(dispatcher, messages.text(words.not_now if in_danger(tracker) else words.no_comparison))
        return []
    messages.say(dispatcher, messages.comparison(entry, entry.scene_for(asker(tracker, library))))
    return [SlotSet("comparisons_seen", [*seen, entry.id])]


class ActionComparison(SafeAction):
    """Shows the next comparison."""

    def name(self) -> str:
        """See the base class."""
        return "action_comparison"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        return show_comparison(dispatcher, tracker, self.library)


class ActionAnswerComparison(SafeAction):
    """Says what the choice means online and, to a parent, the words for a child of that age; offers another."""

    def name(self) -> str:
        """See the base class."""
        return "action_answer_comparison"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        words = self.library.words
        chosen = {e["entity"]: e["value"] for e in tracker.latest_message.get("entities", [])}
        entry = self.library.comparison(str(chosen.get("comparison")))
        if entry is None:
            messages.say(dispatcher, messages.text(words.no_comparison))
            return []
        scene = entry.scene_for(asker(tracker, self.library))
        answer = next((c.answer for c in scene.choices if c.id == chosen.get("choice")), None)
        messages.say(dispatcher, messages.text(answer) if answer else None)
        age = tracker.get_slot("age_concerned")
        if scene.say and age is None:
            messages.say(dispatcher, messages.child_ages(entry.id, words))
            return []
        if scene.say:
            messages.say(dispatcher, messages.text(words.say_with_child.format(say=scene.say.at(int(age)))))
        if next_comparison(entry.topics[:1], _seen(tracker), self.library):
            again = ChoiceWords(label=words.another_comparison, intent="ask_comparison")
            messages.say(
                dispatcher, messages.choices(words.offer_comparison, [again, *words.offer_comparison_choices[1:]])
            )
        return []
