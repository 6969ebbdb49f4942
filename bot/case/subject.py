"""Pure functions that work out a conversation's topic and intent after a message."""

from dataclasses import replace
from typing import FrozenSet, Mapping, Optional, Tuple

from bot.case.case import Case
from bot.case.danger import DANGER_KEY, OWN_LIFE, POSSIBLE_AT_FIRST, danger_probability
from bot.case.derived import ACCUSING, CRISIS, IDLE, OUT_OF_SCOPE, SMALL_TALK
from bot.case.reading import FALLBACK, LIKELY_AT, Reading, TopicOf

#: Minimum probability, given the conversation, for changing the topic, and a lower minimum that applies if the message
#: also states a fact that belongs to the new topic.
TOPIC_AT, TOPIC_OF_FACT_AT = 0.4, 0.3
#: Minimum probabilities of a new subject for a question to change the subject: from the question on its own, and given
#: the conversation.
ASKED_ALONE_AT, ASKED_AT = 0.95, 0.25
#: Maps facts to the topics that they belong to.
TOPICS_OF_FACT: Mapping[str, Tuple[str, ...]] = {
    "image_asked": ("image_pressure",),
    "image_sent": ("image_shared", "sextortion"),
    "image_shared": ("image_shared", "sextortion"),
    "image_fake": ("ai_deepfake",),
    "threat": ("sextortion",),
    "demand_money": ("sextortion",),
    "demand_images": ("image_pressure", "sextortion"),
    "demand_meeting": ("stranger_contact",),
}
#: For openings only. The first is the weight of the single-message classifier, which was trained on more examples than
#: the classifier for conversations. The second is the minimum weighted mean at which out of scope overrides likelier
#: topics. At 0.2, the chat turns away 5 % of the development conversations that are in scope, compared with 8 % if the
#: message alone decides. If out of scope also had to be the likeliest topic, the chat would turn away only 3 %, but
#: give a safety topic to 8 % of the messages on other subjects instead of 2 %.
ALONE_AT_FIRST, OUTSIDE_AT_FIRST = 0.4, 0.2
#: If the intent is unlikely or the fallback, and no topic has at least this probability, the chat asks what the writer
#: meant, instead of naming a harm that they did not mention.
UNDERSTOOD_AT = 0.3
#: If a message on its own has one of these intents with at least this confidence, it does not start a subject that is
#: less probable than `TOPIC_AT`: "the boy is 11" does not ask how to talk to him.
BEGINS_NOTHING, BEGINS_NOTHING_AT = frozenset(("tell_asker", "tell_age", "tell_place", "out_of_scope")), 0.8
#: A conversation leaves its subject only if a message on its own is out of scope with at least this confidence.
OUTSIDE_AT = 0.9
#: Minimum probabilities for topics that suggest somebody may do harm.
TOPIC_MINIMUM = dict.fromkeys(("other_persons_behaviour", "young_person_harmful_behaviour"), 0.3)
#: Intents that never change the subject: requests for a comparison, and messages in an unknown language.
KEEPS_THE_SUBJECT = frozenset(("ask_comparison", "other_language"))


def topic_and_intent(case: Case, reading: Reading, topic_of: TopicOf, is_raised: bool) -> Tuple[str, str]:
    """Return the conversation's topic and intent after a message. `is_raised` says if it raised danger."""
    topic = CRISIS if is_raised or reading.is_net else _topic(case, reading, topic_of)
    if (
        topic == case.topic
        and case.intent
        and topic_of(case.intent) == topic
        and not _clearly_names(reading, topic, topic_of)
    ):
        return topic, case.intent
    found = _intent(topic, reading, topic_of)
    if topic == CRISIS:
        return topic, found or (OWN_LIFE[0] if case.has("suicide", "said") else "disclose_danger")
    if found or topic in IDLE:
        return topic, found or ""
    # Buttons send the case's intent, so a crisis intent must not outlive the crisis topic.
    fitting = (intent for intent in (case.intent, *reversed(case.topics_before)) if topic_of(intent) != CRISIS)
    return topic, next(fitting, "") if topic_of(case.intent) == CRISIS else case.intent


def before_crisis(case: Case, topic_of: TopicOf) -> Case:
    """Return the case moved back to its last subject before the crisis, or unchanged if there was none."""
    earlier = [intent for intent in case.topics_before if topic_of(intent) not in (CRISIS, *IDLE)]
    if case.topic != CRISIS or not earlier:
        return case
    return replace(case, topic=topic_of(earlier[-1]), intent=earlier[-1])


def _topic(case: Case, reading: Reading, topic_of: TopicOf) -> str:
    """Return the conversation's topic after a message. The topic changes only if the message clearly calls for it."""
    has_subject = case.topic not in IDLE
    if has_subject and reading.intent in KEEPS_THE_SUBJECT and (reading.pressed or reading.confidence >= LIKELY_AT):
        return case.topic
    if reading.pressed:
        is_aside = reading.topic in (SMALL_TALK, OUT_OF_SCOPE)
        return case.topic if is_aside and has_subject else reading.topic
    topics = topics_at_first(reading) if reading.is_first or not reading.topics else reading.topics
    allowed = {
        topic: p for topic, p in topics.items() if _is_allowed(topic, case) and p >= TOPIC_MINIMUM.get(topic, 0.0)
    }
    likely = max(allowed, key=lambda topic: allowed[topic], default=case.topic)
    if has_subject and _asks_about_another(case, reading) and allowed.get(reading.topic, 0.0) >= ASKED_AT:
        return reading.topic
    if not has_subject:
        begins_nothing = reading.intent in BEGINS_NOTHING and reading.confidence >= BEGINS_NOTHING_AT
        if begins_nothing and allowed.get(likely, 0.0) < TOPIC_AT:
            return reading.topic
        is_unsure = reading.intent == FALLBACK or reading.confidence < LIKELY_AT
        return case.topic if is_unsure and allowed.get(likely, 0.0) < UNDERSTOOD_AT else likely
    if likely in IDLE:
        is_outside = likely != SMALL_TALK and reading.topic == likely and reading.confidence >= OUTSIDE_AT
        return likely if is_outside else case.topic
    if _has_eased(case) and topics.get(CRISIS, 0.0) < LIKELY_AT:
        others = {topic: p for topic, p in allowed.items() if topic not in (CRISIS, *IDLE)}
        other = max(others, key=lambda topic: others[topic], default=CRISIS)
        return other if others.get(other, 0.0) >= TOPIC_OF_FACT_AT else before_crisis(case, topic_of).topic
    # Once danger is over, leave crisis even for an unlikely topic.
    must_move = not _is_allowed(case.topic, case)
    needed = TOPIC_OF_FACT_AT if likely in _topics_of_new_facts(case) else TOPIC_AT
    return likely if must_move or allowed.get(likely, 0.0) >= needed else case.topic


def _has_eased(case: Case) -> bool:
    """Whether danger has been answered and is now only possible, so that the story can continue."""
    was_answered = any(key.startswith(DANGER_KEY) for key in case.said)
    is_of_own_life = case.value("suicide") in ("said", "hinted")
    return case.topic == CRISIS and case.has("danger", "possible") and was_answered and not is_of_own_life


def _asks_about_another(case: Case, reading: Reading) -> bool:
    """Whether the message on its own is clearly a question about a different subject."""
    is_other = reading.topic not in IDLE and reading.topic not in (CRISIS, case.topic)
    return is_other and reading.move == "asks" and reading.confidence >= ASKED_ALONE_AT


def _topics_of_new_facts(case: Case) -> FrozenSet[str]:
    """Return the topics that the facts in the latest message belong to."""
    told = [name for name, fact in case.facts.items() if fact.turn == case.turn and fact.value is True]
    return frozenset(topic for name in told for topic in TOPICS_OF_FACT.get(name, ()))


def topics_at_first(reading: Reading) -> Mapping[str, float]:
    """Return a first message's topic probabilities, averaging those with and without the conversation."""
    if not reading.topics:
        return reading.alone
    both = {
        topic: ALONE_AT_FIRST * reading.alone.get(topic, 0.0) + (1 - ALONE_AT_FIRST) * reading.topics.get(topic, 0.0)
        for topic in {**reading.alone, **reading.topics}
    }
    if both.get(OUT_OF_SCOPE, 0.0) >= OUTSIDE_AT_FIRST:
        return {OUT_OF_SCOPE: 1.0}
    # The single-message thresholds can raise danger even if another topic is more likely.
    is_danger = reading.topic == CRISIS and danger_probability(reading) >= POSSIBLE_AT_FIRST
    return {**both, CRISIS: 1.0} if is_danger else both


def _is_allowed(topic: str, case: Case) -> bool:
    """Whether a topic fits the case. Topics that accuse the writer depend on the role, and crisis needs danger."""
    if topic == CRISIS:
        return case.value("danger") in ("now", "possible") or case.value("suicide") in ("said", "hinted")
    if topic == "own_behaviour":
        return case.role.value == "own_behaviour"
    return topic not in ACCUSING or case.role.value not in ("harmed", "witness")


def _clearly_names(reading: Reading, topic: str, topic_of: TopicOf) -> bool:
    """Whether the message on its own clearly has an intent of this topic."""
    return topic_of(reading.intent) == topic and reading.confidence >= LIKELY_AT


def _intent(topic: str, reading: Reading, topic_of: TopicOf) -> Optional[str]:
    """Return a topic's most likely intent, or None.

    If the message on its own has this topic, its own ranking takes precedence. Otherwise, the ranking in context does.
    """
    alone = ((reading.intent, reading.confidence), *reading.ranking)
    for ranked in (alone, reading.intents) if topic_of(reading.intent) == topic else (reading.intents, alone):
        found = next((name for name, _ in ranked if topic_of(name) == topic), None)
        if found is not None:
            return found
    return None
