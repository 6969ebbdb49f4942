"""Pure functions that update a case after a message, which may add or correct facts or change the subject."""

from dataclasses import replace
from math import exp, log
from typing import Dict, FrozenSet, Iterator, Mapping, Optional, Sequence, Tuple

from bot.case.case import Case
from bot.case.derived import ABOUT_ANOTHER, ACCUSING, IDLE
from bot.case.facts import HARM, Fact, Value
from bot.case.reading import DECLARED_AT, FALLBACK, Number, Observation, Reading, TopicOf

#: Minimum probability for recording an observation.
FACT_AT = 0.4
#: A number answers the question for an age unless it is another age with at least this probability.
ANOTHERS_AGE_AT = 0.8
#: Minimum confidence for treating a message as having its most likely intent.
LIKELY_AT = 0.5
#: Minimum probabilities for accepting a first role, and for replacing a role with another.
ROLE_AT, OTHER_ROLE_AT = 0.55, 0.8
#: Minimum probability for a role to prevail over one that a phrase states, now or earlier. A stranger who says "you
#: could be my niece" makes nobody an aunt.
CERTAIN_ROLE_AT = 0.95
#: If the roles of people who write about somebody else have at least this total probability, the likeliest of those
#: roles is accepted as a first role. It is easier to recognise that a message is about somebody else than to decide
#: whether an aunt or a mother wrote it.
ABOUT_ANOTHER_AT = 0.8
#: Minimum probability for accepting the role own_behaviour. Vague fear ("im scared") gets no more than 0.71.
OWN_ROLE_AT = 0.75
#: Minimum probability, given the conversation, for replacing the current topic, and a lower minimum that applies if the
#: message also states a fact belonging to the new topic.
TOPIC_AT, TOPIC_OF_FACT_AT = 0.4, 0.3
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
#: Minimum probabilities for danger now and for possible danger. Possible danger leads to one direct question. On the
#: development conversations, 0.19 finds 95 % of the turns with danger but also 2.5 % of the calm ones, while 0.3 finds
#: 88 %.
NOW_AT, POSSIBLE_AT = 0.19, 0.15
#: Minimum probability for danger now from suicide or self-harm. It is higher than `NOW_AT` because even a hint already
#: brings a question and the helplines.
OWN_LIFE_NOW_AT = 0.3
#: Minimum probability for carrying inferred danger over from one message to the next.
HELD_AT = 0.1
#: Minimum probability for treating danger that was over as current again. No probability reaches `NEVER`.
AGAIN_AT, NEVER = 0.5, 2.0
_SMALL_MOVES, _SMALL_INTENTS = ("thanks", "small_talk"), ("thank", "goodbye", "greet")
#: Prefix of the keys in `Case.said` for replies to danger.
DANGER_KEY = "danger/"
#: Minimum probability, given the conversation, for treating danger as danger of suicide or self-harm. The message read
#: alone decides only if it is sure (`HINT_ALONE_AT`): alone, "he keeps touching my leg" sounds a little like self-harm.
OWN_LIFE_AT = 0.2
#: Minimum confidence for treating a message after the first, read alone, as a hint of suicide. On the development
#: conversations, this asks about suicide in 2 of 770 turns that gave no reason to.
HINT_ALONE_AT = 0.75
#: Minimum probability for possible danger in a first message, and the weight there of the message read alone. With
#: equal weights, 6 instead of 3 of 71 calm first messages of `tests/talks/openings` got 999 ("hes in my game").
POSSIBLE_AT_FIRST, DANGER_ALONE_AT_FIRST = 0.05, 0.3
#: Probabilities are kept at least this far from 0 and 1 before their odds are calculated.
LEAST = 1e-4
#: Minimum confidence for treating a message after the first, read alone, as danger.
SURE_ALONE_AT = 0.97
#: These two apply to a first message. The first is the weight of the single-message classifier, which was trained on
#: more examples than the classifier for conversations. The second is the minimum weighted mean for out of scope to
#: override likelier topics. With 0.2, 5 % of the development conversations that belong here are turned away, compared
#: with 8 % when the message alone decided. If out of scope also had to be the likeliest topic of an opening, 3 % would
#: be, but 8 % of the messages on other subjects would get a safety topic, instead of 2 %.
ALONE_AT_FIRST, OUTSIDE_AT_FIRST = 0.4, 0.2
#: If the intent is the fallback and even the likeliest topic is less probable than this, we ask what the person meant.
UNDERSTOOD_AT = 0.3
#: Intents that keep a conversation from beginning a subject that is less probable than `TOPIC_AT`, and the minimum
#: confidence for that, for a message read alone. "The boy is 11" does not ask how to talk to him.
BEGINS_NOTHING, BEGINS_NOTHING_AT = frozenset(("tell_asker", "tell_age", "tell_place", "out_of_scope")), 0.8
#: Minimum confidence, for a message read alone, before the conversation leaves its subject for out of scope.
OUTSIDE_AT = 0.9

#: Minimum probabilities for accepting topics that suggest that somebody may do harm.
TOPIC_MINIMUM = dict.fromkeys(("other_persons_behaviour", "young_person_harmful_behaviour"), 0.3)

OPENING, TELLS_WHO = "start_conversation", "tell_asker"
CRISIS, SMALL_TALK, OUT_OF_SCOPE = "crisis", "small_talk", "out_of_scope"
#: Intents that never change the subject: requests for a comparison, and messages in an unknown language.
KEEPS_THE_SUBJECT = frozenset(("ask_comparison", "other_language"))
#: Danger intents that are about suicide or self-harm.
_OWN_LIFE = ("disclose_suicidal", "disclose_self_harm")
#: Intents of people who worry about their own behaviour.
_OWN_BEHAVIOUR = ("worry_own_behaviour", "worry_own_behaviour_young")
_PRESENT = ("outside", "coming", "inside")
#: For each open question, the facts that a yes, a no or a number sets.
_Answers = Mapping[str, Tuple[Tuple[str, Value], ...]]
_YES_TO: _Answers = {"danger": (("danger", "now"),), "suicide": (("suicide", "said"), ("danger", "now"))}
_NO_TO: _Answers = {"danger": (("danger", "none"),), "suicide": (("suicide", "denied"),)}
_NUMBER_TO = {"age_in_image": "image_age", "own_age": "writer_age"}


def update(case: Case, reading: Reading, topic_of: TopicOf) -> Case:
    """Return the case after a message.

    Args:
        case: the case before the message.
        reading: how the message was understood.
        topic_of: returns an intent's topic.
    """
    # Opening the page sends a message, but this does not count as a turn.
    turn = case.turn + (reading.intent != OPENING)
    facts = dict(case.facts)
    for observation in _observations(case, reading):
        _record(facts, observation, turn, corrects=reading.move == "corrects")
    role = _role(case, reading, facts, turn)
    _update_danger(facts, case, reading, turn)
    known = replace(case, turn=turn, facts=facts, role=role)
    is_raised = known.has("danger", "now") and not case.has("danger", "now")
    topic, intent = _topic_and_intent(known, reading, topic_of, is_raised)
    moved = case.intent and topic != case.topic
    is_lost = reading.intent == FALLBACK and topic in IDLE
    return replace(
        known.with_entries(topics_before=(case.intent,)) if moved else known,
        topic=topic,
        intent=intent,
        misunderstood=case.misunderstood + 1 if is_lost else 0,
    )


def _observations(case: Case, reading: Reading) -> Iterator[Observation]:
    """Yield a message's observations, least certain first, so that more certain observations replace them."""
    # A short message that only says who the writer is counts as a declaration, even if its probability is low.
    tells_who = reading.intent == TELLS_WHO and reading.confidence >= DECLARED_AT and reading.is_bare
    found = (
        one._replace(probability=1.0) if tells_who and one.name == "writer" else one for one in reading.observations
    )
    yield from sorted((one for one in found if one.probability >= FACT_AT), key=lambda one: one.probability)
    is_known = "writer" in case.facts or case.role.value in ("carer", "relative", "professional")
    if reading.asker in ("young_person", "parent", "professional") and not is_known:
        # The style of a message only suggests an age band.
        yield Observation("writer", "child" if reading.asker == "young_person" else "adult", LIKELY_AT)
    yield from _ages(case, reading)
    answers: _Answers = {"affirm": _YES_TO, "deny": _NO_TO}.get(reading.intent, {})
    # In a longer message, a yes may answer something else, but a no is taken as an answer. "Is that ok" is no yes.
    is_yes = reading.pressed or (reading.is_bare and reading.move != "asks")
    if not reading.declines and (reading.intent == "deny" or is_yes):
        yield from (Observation(*answer) for answer in answers.get(str(case.open_question), ()))


def _ages(case: Case, reading: Reading) -> Iterator[Observation]:
    """Yield observations for the numbers in a message that are somebody's age, or that answer the open question."""
    asked = _NUMBER_TO.get(str(case.open_question))
    answer = _answer(asked, reading.numbers) if asked else None
    likeliest: Dict[str, Observation] = {}
    for number in reading.numbers:
        for name, probability in number.of.items():
            before = likeliest.get(name)
            if number is not answer and probability >= max(FACT_AT, before.probability if before else 0.0):
                likeliest[name] = Observation(name, number.years, probability)
    yield from likeliest.values()
    if asked and answer:
        yield Observation(asked, answer.years)


def _answer(asked: str, numbers: Sequence[Number]) -> Optional[Number]:
    """Return the number that answers a question for an age, if there is one. It must not clearly be another age."""
    likely = max(numbers, key=lambda number: number.of.get(asked, 0.0), default=None)
    others = [p for name, p in likely.of.items() if name != asked] if likely else []
    return None if max(others, default=0.0) >= ANOTHERS_AGE_AT else likely


def _record(facts: Dict[str, Fact], observation: Observation, turn: int, corrects: bool = False) -> None:
    """Store an observation. If it is inferred, it replaces a declared fact only if the message corrects something."""
    before = facts.get(observation.name)
    if before is not None and before.declared and not observation.declared and not corrects:
        return
    facts[observation.name] = Fact(observation.value, observation.declared, turn)


def _role(case: Case, reading: Reading, facts: Mapping[str, Fact], turn: int) -> Fact:
    """Return the writer's role. Declared roles give way only to certainty; own_behaviour needs the person's words."""
    before = case.role
    if before.value == "own_behaviour" and reading.roles.get("harmed", 0.0) >= OTHER_ROLE_AT:
        return Fact("harmed", False, turn)
    likely = max(reading.roles, key=lambda role: reading.roles[role], default=None)
    is_certain = likely not in (None, "asks", reading.role) and reading.roles[str(likely)] >= CERTAIN_ROLE_AT
    says_role = reading.role is not None and (reading.pressed or not is_certain)
    if says_role and _may_take_role(str(reading.role), reading, facts, case, declared=True):
        # Somebody who was harmed keeps that role when they say that they are an adult.
        is_same = reading.role == "relative" and before.value in ("harmed", "witness")
        return Fact(before.value if is_same else str(reading.role), True, turn)
    says_own = likely == "own_behaviour" or reading.intent in _OWN_BEHAVIOUR
    if says_own and _may_take_role("own_behaviour", reading, facts, case):
        return Fact("own_behaviour", reading.pressed, turn)
    if likely is None or likely in ("asks", before.value):
        return before
    needed = CERTAIN_ROLE_AT if before.declared else OTHER_ROLE_AT
    is_clear = _is_first_role(likely, reading) if before.value == "asks" else reading.roles[likely] >= needed
    if not is_clear or not _may_take_role(likely, reading, facts, case):
        return before
    return Fact(likely, False, turn)


def _is_first_role(likely: str, reading: Reading) -> bool:
    """Whether the likeliest role is clear enough to become the first role."""
    about_another = sum(reading.roles.get(role, 0.0) for role in ABOUT_ANOTHER)
    return reading.roles[likely] >= ROLE_AT or (likely in ABOUT_ANOTHER and about_another >= ABOUT_ANOTHER_AT)


def _may_take_role(role: str, reading: Reading, facts: Mapping[str, Fact], case: Case, declared: bool = False) -> bool:
    """Whether a role is allowed. own_behaviour needs the person's own words, and no sign that they were harmed."""
    if role != "own_behaviour" or (declared and reading.pressed):
        return True
    if case.role.value in ("harmed", "witness") or any(facts[name].value is True for name in HARM if name in facts):
        return False
    own_words = max(reading.roles.get(role, 0.0), sum(reading.alone.get(topic, 0.0) for topic in ACCUSING))
    return own_words >= OWN_ROLE_AT


def _update_danger(facts: Dict[str, Fact], case: Case, reading: Reading, turn: int) -> None:
    """Update the danger and suicide facts. Danger builds up over messages and stays until somebody says it is over."""
    level, is_of_own_life = danger_probability(reading), _is_of_own_life(reading)
    is_now = level >= _needed(case, reading, is_of_own_life)
    said_over = _said_this_turn(facts, "danger", "over", turn)
    if not reading.is_net and _said_this_turn(facts, "other_near", "gone", turn):
        # The other person has gone, so this is no longer danger now, but it is not safe yet either.
        facts["danger"] = Fact("over" if said_over else "possible", False, turn)
        return
    if reading.is_net or (is_now and not said_over):
        facts["danger"] = Fact("now", reading.is_net or level >= DECLARED_AT, turn)
        if is_of_own_life:
            facts["suicide"] = Fact("said", reading.is_net, turn)
        return
    before = case.facts.get("danger")
    is_held = before is not None and (before.declared or level >= HELD_AT)
    if before is not None and before.value == "now" and is_held and not said_over:
        answered_no = case.open_question == "danger" and _said_this_turn(facts, "danger", "none", turn)
        facts["danger"] = facts["danger"] if answered_no else before
        return
    if _adds_up(facts):
        facts["danger"] = Fact("now", False, turn)
    elif before is not None and before.value == "now" and not said_over:
        facts["danger"] = Fact("possible", False, turn)
    elif not said_over:
        is_possible = level >= (POSSIBLE_AT_FIRST if reading.is_first else POSSIBLE_AT)
        if is_of_own_life and _is_hint(reading, facts.get("suicide"), is_possible):
            facts["suicide"] = Fact("hinted", False, turn)
        elif is_possible and "danger" not in facts:
            facts["danger"] = Fact("possible", False, turn)


def _is_hint(reading: Reading, before: Optional[Fact], is_possible: bool) -> bool:
    """Whether a message about the writer's own life is a hint of suicide.

    After a first hint, only another message that is one when read alone counts, because the first still raises the
    probability of danger in its context.
    """
    is_one_alone = not reading.is_first and reading.topic == CRISIS and reading.confidence >= HINT_ALONE_AT
    return (is_possible or is_one_alone) if before is None else (before.value == "hinted" and is_one_alone)


def _needed(case: Case, reading: Reading, is_of_own_life: bool) -> float:
    """Return the minimum probability for danger now.

    It is higher after past danger, because the earlier messages still raise the probability.
    """
    if any(key.startswith(DANGER_KEY) for key in case.said) and not case.has("danger", "now"):
        is_small = reading.intent in _SMALL_INTENTS and reading.confidence >= LIKELY_AT
        return NEVER if is_small or reading.move in _SMALL_MOVES else AGAIN_AT
    return OWN_LIFE_NOW_AT if is_of_own_life else NOW_AT


def danger_probability(reading: Reading) -> float:
    """Return the probability that somebody is in danger now, given the message and the conversation."""
    if reading.is_net or (reading.pressed and reading.topic == CRISIS):
        return 1.0
    in_context = reading.urgencies.get("immediate_danger", 0.0)
    if reading.is_first and reading.urgencies:
        # On its own, either classifier too often mistakes a vague worry for danger. Together, they seldom do.
        both = _together(reading.alone.get(CRISIS, 0.0), in_context)
        return max(both, POSSIBLE_AT_FIRST if reading.is_in_a_sentence else 0.0)
    is_sure = reading.topic == CRISIS and reading.confidence >= SURE_ALONE_AT
    return max(in_context, reading.confidence if is_sure else 0.0)


def _together(alone: float, in_context: float) -> float:
    """Return the weighted mean of a first message's two probabilities of danger, taken over their log odds."""
    odds = [log(p / (1 - p)) for p in (min(max(p, LEAST), 1 - LEAST) for p in (alone, in_context))]
    return 1 / (1 + exp(-(DANGER_ALONE_AT_FIRST * odds[0] + (1 - DANGER_ALONE_AT_FIRST) * odds[1])))


def _adds_up(facts: Mapping[str, Fact]) -> bool:
    """Whether the facts together mean danger, because somebody who may do harm is near or on the way."""
    near = "other_near" in facts and facts["other_near"].value in _PRESENT
    other = "other" in facts and facts["other"].value in ("stranger_online", "known_adult", "ex_partner", "group")
    threatens = any(name in facts and facts[name].value is True for name in ("threat", "knows_home", "hurt"))
    return near and (other or threatens)


def _said_this_turn(facts: Mapping[str, Fact], name: str, value: str, turn: int) -> bool:
    return name in facts and facts[name].value == value and facts[name].turn == turn


def _is_of_own_life(reading: Reading) -> bool:
    """Whether the danger in the message is suicide or self-harm rather than danger from somebody else."""
    is_sure_alone = reading.topic == CRISIS and reading.confidence >= HINT_ALONE_AT
    if is_sure_alone or reading.is_net or reading.pressed:
        return reading.intent in _OWN_LIFE
    shares = dict(reading.intents)
    own = sum(shares.get(name, 0.0) for name in _OWN_LIFE)
    return own >= OWN_LIFE_AT and own > shares.get("disclose_danger", 0.0)


def _topic_and_intent(case: Case, reading: Reading, topic_of: TopicOf, is_raised: bool) -> Tuple[str, str]:
    """Return the conversation's topic and intent after a message. `is_raised` is true if the message brought danger."""
    topic = CRISIS if is_raised or reading.is_net else _topic(case, reading)
    if (
        topic == case.topic
        and case.intent
        and topic_of(case.intent) == topic
        and not _clearly_names(reading, topic, topic_of)
    ):
        return topic, case.intent
    found = _intent(topic, reading, topic_of)
    if topic == CRISIS:
        return topic, found or (_OWN_LIFE[0] if case.has("suicide", "said") else "disclose_danger")
    return topic, found or ("" if topic in IDLE else case.intent)


def _topic(case: Case, reading: Reading) -> str:
    """Return the conversation's topic after a message. The topic changes only if the message clearly calls for it."""
    has_subject = case.topic not in IDLE
    if has_subject and reading.intent in KEEPS_THE_SUBJECT and (reading.pressed or reading.confidence >= LIKELY_AT):
        return case.topic
    if reading.pressed:
        is_aside = reading.topic in (SMALL_TALK, OUT_OF_SCOPE)
        return case.topic if is_aside and has_subject else reading.topic
    topics = _at_first(reading) if reading.is_first or not reading.topics else reading.topics
    allowed = {
        topic: p for topic, p in topics.items() if _is_allowed(topic, case) and p >= TOPIC_MINIMUM.get(topic, 0.0)
    }
    likely = max(allowed, key=lambda topic: allowed[topic], default=case.topic)
    if not has_subject:
        begins_nothing = reading.intent in BEGINS_NOTHING and reading.confidence >= BEGINS_NOTHING_AT
        if begins_nothing and allowed.get(likely, 0.0) < TOPIC_AT:
            return reading.topic
        is_lost = reading.intent == FALLBACK and allowed.get(likely, 0.0) < UNDERSTOOD_AT
        return case.topic if is_lost else likely
    if likely in IDLE:
        is_outside = likely != SMALL_TALK and reading.topic == likely and reading.confidence >= OUTSIDE_AT
        return likely if is_outside else case.topic
    # Leave crisis as soon as danger is over, even for an unlikely topic.
    must_move = not _is_allowed(case.topic, case)
    needed = TOPIC_OF_FACT_AT if likely in _topics_of_new_facts(case) else TOPIC_AT
    return likely if must_move or allowed.get(likely, 0.0) >= needed else case.topic


def _topics_of_new_facts(case: Case) -> FrozenSet[str]:
    """Return the topics that the facts in the latest message belong to."""
    told = [name for name, fact in case.facts.items() if fact.turn == case.turn and fact.value is True]
    return frozenset(topic for name in told for topic in TOPICS_OF_FACT.get(name, ()))


def _at_first(reading: Reading) -> Mapping[str, float]:
    """Return a first message's topic probabilities, averaged over the message alone and the message in context."""
    if not reading.topics:
        return reading.alone
    both = {
        topic: ALONE_AT_FIRST * reading.alone.get(topic, 0.0) + (1 - ALONE_AT_FIRST) * reading.topics.get(topic, 0.0)
        for topic in {**reading.alone, **reading.topics}
    }
    if both.get(OUT_OF_SCOPE, 0.0) >= OUTSIDE_AT_FIRST:
        return {OUT_OF_SCOPE: 1.0}
    # The thresholds for single messages can raise danger even if another topic is more likely.
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
    """Whether the message, read alone, clearly has an intent of this topic."""
    return topic_of(reading.intent) == topic and reading.confidence >= LIKELY_AT


def _intent(topic: str, reading: Reading, topic_of: TopicOf) -> Optional[str]:
    """Return a topic's most likely intent, or None.

    If the message alone has this topic, its own ranking is searched first. Otherwise, the ranking in context comes
    first.
    """
    alone = ((reading.intent, reading.confidence), *reading.ranking)
    for ranked in (alone, reading.intents) if topic_of(reading.intent) == topic else (reading.intents, alone):
        found = next((name for name, _ in ranked if topic_of(name) == topic), None)
        if found is not None:
            return found
    return None
