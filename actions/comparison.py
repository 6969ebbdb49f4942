"""Comparisons with the real world, presented as a small exercise: a scene, a question, and what each choice means."""

from typing import List, Optional, Sequence

from actions import messages
from actions.reply import Reply
from bot.case.case import Case
from bot.case.derived import in_danger, speaks_of_self
from bot.content.models import Button, Comparison, Library

#: The topic whose comparisons are used for topics without any.
GENERAL_TOPIC = "talk_to_child"
_SEEN = "comparison/"


def next_comparison(topics: Sequence[str], seen: Sequence[str], library: Library) -> Optional[Comparison]:
    """Return the best comparison that has not been shown yet, or None if there is none.

    Args:
        topics: the conversation's topic, then others that fit, best first.
        seen: ids of the comparisons already shown in this conversation.
        library: the content library.
    """
    candidates = library.comparisons_for(topics[0]) or library.comparisons_for(GENERAL_TOPIC)
    unseen = [entry for entry in candidates if entry.id not in seen]
    return min(unseen, key=lambda entry: _distance(entry, topics[1:]), default=None)


def _distance(entry: Comparison, also: Sequence[str]) -> int:
    return min((place for place, topic in enumerate(also) if topic in entry.topics), default=len(also))


def _topics(reply: Reply) -> List[str]:
    """Return the conversation's topic, its earlier topics (latest first), and the topics that the message may have."""
    library, case = reply.turn.library, reply.case
    intents = [*reversed(case.topics_before), *(name for name, _ in reply.turn.reading.ranking)]
    others = dict.fromkeys(library.topic_of(name) for name in intents)
    return [case.topic, *(other for other in others if other != case.topic)]


def _seen(case: Case) -> List[str]:
    return [key[len(_SEEN) :] for key in case.said if key.startswith(_SEEN)]


def was_shown(case: Case) -> bool:
    """Whether a comparison has been shown in this conversation."""
    return bool(_seen(case))


def may_offer(reply: Reply) -> bool:
    """Whether a comparison would help with this intent and there is a comparison left to show."""
    intent = reply.turn.library.intent(reply.case.intent)
    if intent is None or not (intent.comparison_helps or intent.shows_comparison):
        return False
    return next_comparison(_topics(reply), _seen(reply.case), reply.turn.library) is not None


def show(reply: Reply) -> None:
    """Show the next comparison, unless somebody is in danger."""
    library, words = reply.turn.library, reply.turn.library.words
    entry = next_comparison(_topics(reply), _seen(reply.case), library)
    if entry is None or in_danger(reply.case):
        reply.say(words.not_now if in_danger(reply.case) else words.no_comparison)
        return
    reply.show(messages.comparison(entry, entry.scene_for(_scene_asker(reply))))
    reply.remember(_SEEN + entry.id)


def _scene_asker(reply: Reply) -> str:
    """Return the asker whose scene to show. A writer of unknown age who was harmed is treated as a child."""
    speaks = reply.turn.asker == "unknown" and reply.case.role.value == "harmed" and speaks_of_self(reply.case)
    return "young_person" if speaks else reply.turn.asker


def answer_choice(reply: Reply) -> None:
    """Say what the choice means online, give parents words for a child of that age, and offer another comparison."""
    library, words, chosen = reply.turn.library, reply.turn.library.words, reply.turn.pressed
    entry = library.comparison(str(chosen.get("comparison")))
    if entry is None:
        reply.say(words.no_comparison)
        return
    scene = entry.scene_for(_scene_asker(reply))
    answer = next((c.answer for c in scene.choices if c.id == chosen.get("choice")), None)
    reply.say(answer or (None if "child_age" in chosen else words.no_comparison))
    age = reply.case.value("about_age")
    if scene.say and not isinstance(age, int):
        reply.show(messages.child_ages(entry.id, words))
        return
    if scene.say:
        reply.say(words.say_with_child.format(say=scene.say.at(int(str(age)))))
    if next_comparison(entry.topics[:1], _seen(reply.case), library):
        again = Button(label=words.another_comparison, intent="ask_comparison")
        reply.offer_choices(words.offer_comparison, [again, *words.offer_comparison_choices[1:]])
