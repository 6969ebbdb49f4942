"""How a message changes a case. A message adds, answers, corrects or changes the subject (DESIGN part 4). Pure."""

from dataclasses import replace
from typing import Dict, Iterator, Mapping, Optional, Tuple

from bot.case.case import Case
from bot.case.derived import ACCUSING, IDLE
from bot.case.facts import HARM, YEARS, Fact, Value
from bot.case.reading import FALLBACK, TOLD_AT, Heard, Reading, TopicOf

#: Below this probability what a classifier hears is no fact.
FACT_AT = 0.4
#: From here on a message is read as what it is likeliest to be.
HEARD_AT = 0.5
#: A role that is not known yet is taken from here on; one that is known changes only for a surer one.
ROLE_AT, OTHER_ROLE_AT = 0.5, 0.8
#: Whoever worries about their own behaviour says so: vague fear ("im scared") reads as it with 0.71 at most.
OWN_ROLE_AT = 0.75
#: A topic given the conversation replaces the one before from here on; below it the conversation stays where it is.
TOPIC_AT = 0.4
#: Danger is now from here on; between the two it is possible, and one direct question asks for it. On the development
#: conversations this finds 93 % of the turns with danger, at 3.1 % of the calm ones; 0.3 finds 88 %.
NOW_AT, POSSIBLE_AT = 0.2, 0.15
#: At one's own life a hint is asked about with the helplines in sight, so it takes more to be danger now.
OWN_LIFE_NOW_AT = 0.3
#: Danger that was only inferred is held as long as a message reads this much like it.
HELD_AT = 0.1
#: Danger that ended comes back from here on.
AGAIN_AT, NEVER = 0.5, 2.0
_SMALL_MOVES, _SMALL_INTENTS = ("thanks", "small_talk"), ("thank", "goodbye", "greet")
#: How a case remembers that danger was answered as such.
DANGER_SAID = "danger/"
#: Possible danger is a hint at one's own life only where that much of both readings is about it.
OWN_LIFE_AT = 0.2
#: The same for a first message that was read by itself.
NOW_ALONE_AT = 0.5
#: A later message that is that surely about danger by itself is danger, whatever was said before.
SURE_ALONE_AT = 0.97
#: A first message is read by both: alone it was learned from more examples, as an opening from conversations. Where the
#: message alone is that clearly outside the subject it is; danger that it raises needs a share of both. So 81 of 100
#: openings and 96 of 100 single messages are read right, and 92 of 95 of those in danger (development sets).
ALONE_AT_FIRST, OUTSIDE_AT_FIRST, DANGER_AT_FIRST = 0.4, 0.25, 0.08
#: What was not understood alone is answered by its likeliest topic from here on; below it the person is asked.
UNDERSTOOD_AT = 0.3
#: Beside a subject, something outside it is believed only where the message alone is that clear.
OUTSIDE_AT = 0.9

#: Topics that say of somebody that they may do harm need this much, even where nothing else is likelier.
AT_LEAST = dict.fromkeys(("other_persons_behaviour", "young_person_harmful_behaviour"), 0.3)

OPENING, TELLS_WHO = "start_conversation", "tell_asker"
CRISIS, SMALL_TALK, OUT_OF_SCOPE = "crisis", "small_talk", "out_of_scope"
#: Intents that say nothing of the subject, whatever their own topic: a wish for an example, a language we do not know.
KEEPS_THE_SUBJECT = frozenset(("ask_comparison", "other_language"))
#: Intents of danger that are about harming oneself.
_OWN_LIFE = ("disclose_suicidal", "disclose_self_harm")
#: Intents of somebody who speaks of their own behaviour.
_OWN_BEHAVIOUR = ("worry_own_behaviour", "worry_own_behaviour_young")
_PRESENT = ("outside", "coming", "inside")
#: The fact that a yes, a no or a number answers, by the question that is open.
_Answers = Mapping[str, Tuple[Tuple[str, Value], ...]]
_YES_TO: _Answers = {"danger": (("danger", "now"),), "suicide": (("suicide", "said"), ("danger", "now"))}
_NO_TO: _Answers = {"danger": (("danger", "none"),), "suicide": (("suicide", "denied"),)}
_NUMBER_TO = {"age_in_image": "image_age", "age": "writer_age"}


def update(case: Case, reading: Reading, topic_of: TopicOf) -> Case:
    """The case after a message.

    Args:
        case: what was known.
        reading: how the message was read.
        topic_of: the topic of an intent.
    """
    # The opening, which no person typed or pressed, is no turn of theirs.
    turn = case.turn + (reading.intent != OPENING)
    facts = dict(case.facts)
    for heard in _heard(case, reading):
        _note(facts, heard, turn, corrects=reading.move == "corrects")
    role = _role(case, reading, facts, turn)
    _note_danger(facts, case, reading, turn)
    known = replace(case, turn=turn, facts=facts, role=role)
    is_raised = known.has("danger", "now") and not case.has("danger", "now")
    topic, intent = _subject(known, reading, topic_of, is_raised)
    moved = case.intent and topic != case.topic
    is_lost = reading.intent == FALLBACK and topic in IDLE
    return replace(
        known.with_entries(topics_before=(case.intent,)) if moved else known,
        topic=topic,
        intent=intent,
        misunderstood=case.misunderstood + 1 if is_lost else 0,
    )


def _heard(case: Case, reading: Reading) -> Iterator[Heard]:
    """Facts of a message, the least sure first, so that what was said outright counts."""
    # A message that says who writes and nothing else tells it, however unsure the reading is of what was said.
    tells_who = reading.intent == TELLS_WHO and reading.confidence >= TOLD_AT and reading.is_bare
    heard = (one._replace(probability=1.0) if tells_who and one.name == "writer" else one for one in reading.heard)
    yield from sorted((h for h in heard if h.probability >= FACT_AT), key=lambda heard: heard.probability)
    is_known = "writer" in case.facts or case.role.value in ("carer", "relative", "professional")
    if reading.asker in ("young_person", "parent", "professional") and not is_known:
        # How somebody writes is a guess at their age, not a fact that they told.
        yield Heard("writer", "child" if reading.asker == "young_person" else "adult", HEARD_AT)
    yield from _ages(case, reading)
    answers: _Answers = {"affirm": _YES_TO, "deny": _NO_TO}.get(reading.intent, {})
    # A yes within more words answers something else; a no is careful enough to be taken for one.
    if not reading.declines and (reading.intent == "deny" or reading.pressed or reading.is_bare):
        yield from (Heard(*answer) for answer in answers.get(str(case.open_question), ()))


def _ages(case: Case, reading: Reading) -> Iterator[Heard]:
    """Ages of which the words do not say whose they are."""
    asked = _NUMBER_TO.get(str(case.open_question))
    # "I'm 29 and she is 15": an age that the words tell outright is nobody else's.
    told = {heard.name for heard in reading.heard if heard.probability >= 1.0}
    whose = {name: p for name, p in reading.number_of.items() if name not in told}
    likely = max(whose, key=lambda name: whose[name], default=None)
    for years in reading.numbers[-1:]:
        name = asked or likely
        if name is not None and years in YEARS:
            yield Heard(name, years, 1.0 if asked else reading.number_of[name])


def _note(facts: Dict[str, Fact], heard: Heard, turn: int, corrects: bool = False) -> None:
    """Keep a fact; what was only inferred never replaces what was told, unless the message corrects something."""
    before = facts.get(heard.name)
    if before is not None and before.told and not heard.told and not corrects:
        return
    facts[heard.name] = Fact(heard.value, heard.told, turn)


def _role(case: Case, reading: Reading, facts: Mapping[str, Fact], turn: int) -> Fact:
    """Who the writer is in the story. Told roles are kept; nobody becomes a doer without saying so."""
    before = case.role
    if before.value == "own_behaviour" and reading.roles.get("harmed", 0.0) >= OTHER_ROLE_AT:
        return Fact("harmed", False, turn)
    if reading.role is not None and _may_be(reading.role, reading, facts, case, told=True):
        # An adult who was harmed and says that they are an adult is still the one who was harmed.
        is_same = reading.role == "relative" and before.value in ("harmed", "witness")
        return Fact(before.value if is_same else reading.role, True, turn)
    likely = max(reading.roles, key=lambda role: reading.roles[role], default=None)
    says_own = likely == "own_behaviour" or reading.intent in _OWN_BEHAVIOUR
    if says_own and _may_be("own_behaviour", reading, facts, case):
        return Fact("own_behaviour", reading.pressed, turn)
    if likely is None or likely in ("asks", before.value):
        return before
    needed = ROLE_AT if before.value == "asks" else OTHER_ROLE_AT
    if before.told or reading.roles[likely] < needed or not _may_be(likely, reading, facts, case):
        return before
    return Fact(likely, False, turn)


def _may_be(role: str, reading: Reading, facts: Mapping[str, Fact], case: Case, told: bool = False) -> bool:
    """Whether a role may be taken: that of a doer needs their own words, and no sign that they were harmed."""
    if role != "own_behaviour" or (told and reading.pressed):
        return True
    if case.role.value in ("harmed", "witness") or any(facts[name].value is True for name in HARM if name in facts):
        return False
    own_words = max(reading.roles.get(role, 0.0), sum(reading.alone.get(topic, 0.0) for topic in ACCUSING))
    return own_words >= OWN_ROLE_AT


def _note_danger(facts: Dict[str, Fact], case: Case, reading: Reading, turn: int) -> None:
    """Danger adds up over the messages and stays until somebody says that it is over."""
    level, is_of_own_life = alarm(reading), _is_of_own_life(reading)
    is_now = level >= _needed(case, reading, is_of_own_life)
    said_over = _said_this_turn(facts, "danger", "over", turn)
    if not reading.is_net and _said_this_turn(facts, "other_near", "gone", turn):
        # Gone is not yet safe, but nothing new that is happening now.
        facts["danger"] = Fact("over" if said_over else "possible", False, turn)
        return
    if reading.is_net or (is_now and not said_over):
        facts["danger"] = Fact("now", reading.is_net or level >= TOLD_AT, turn)
        if is_of_own_life:
            facts["suicide"] = Fact("said", reading.is_net, turn)
        return
    before = case.facts.get("danger")
    is_held = before is not None and (before.told or level >= HELD_AT)
    if before is not None and before.value == "now" and is_held and not said_over:
        answered_no = case.open_question == "danger" and _said_this_turn(facts, "danger", "none", turn)
        facts["danger"] = facts["danger"] if answered_no else before
        return
    if _adds_up(facts):
        facts["danger"] = Fact("now", False, turn)
    elif before is not None and before.value == "now" and not said_over:
        facts["danger"] = Fact("possible", False, turn)
    elif level >= POSSIBLE_AT and not said_over:
        if is_of_own_life and "suicide" not in facts:
            facts["suicide"] = Fact("hinted", False, turn)
        elif "danger" not in facts:
            facts["danger"] = Fact("possible", False, turn)


def _needed(case: Case, reading: Reading, is_of_own_life: bool) -> float:
    """From where on a reading is danger now. What is over is still read for a while: it takes more to come back."""
    if any(key.startswith(DANGER_SAID) for key in case.said) and not case.has("danger", "now"):
        is_small = reading.intent in _SMALL_INTENTS and reading.confidence >= HEARD_AT
        return NEVER if is_small or reading.move in _SMALL_MOVES else AGAIN_AT
    return OWN_LIFE_NOW_AT if is_of_own_life else NOW_AT


def alarm(reading: Reading) -> float:
    """How likely a message shows, given the conversation, that somebody is in danger now."""
    if reading.is_net or (reading.pressed and reading.topic == CRISIS):
        return 1.0
    in_context = reading.urgencies.get("immediate_danger", 0.0)
    if reading.topic != CRISIS:
        return in_context
    if not reading.is_first:
        return max(in_context, reading.confidence if reading.confidence >= SURE_ALONE_AT else 0.0)
    # What the thresholds for single messages raise in a first one is possible at least: it is asked about.
    return max(in_context, reading.confidence if reading.confidence >= NOW_ALONE_AT else POSSIBLE_AT)


def _adds_up(facts: Mapping[str, Fact]) -> bool:
    """Somebody who may do harm and is there, or comes: whoever says which part."""
    near = "other_near" in facts and facts["other_near"].value in _PRESENT
    other = "other" in facts and facts["other"].value in ("stranger_online", "known_adult", "ex_partner", "group")
    threatens = any(name in facts and facts[name].value is True for name in ("threat", "knows_home", "hurt"))
    return near and (other or threatens)


def _said_this_turn(facts: Mapping[str, Fact], name: str, value: str, turn: int) -> bool:
    return name in facts and facts[name].value == value and facts[name].turn == turn


def _is_of_own_life(reading: Reading) -> bool:
    """Whether the danger that was read is suicide or self-harm rather than danger from somebody."""
    if reading.topic == CRISIS:
        return reading.intent in _OWN_LIFE
    ranked = (*reading.intents, *reading.ranking)
    own = sum(probability for name, probability in ranked if name in _OWN_LIFE)
    return own >= OWN_LIFE_AT and own > sum(p for name, p in ranked if name == "disclose_danger")


def _subject(case: Case, reading: Reading, topic_of: TopicOf, is_raised: bool) -> Tuple[str, str]:
    """Topic and intent of the conversation after a message, which may have raised danger."""
    topic = CRISIS if is_raised or reading.is_net else _topic(case, reading)
    if topic == case.topic and case.intent and topic_of(case.intent) == topic and not _names(reading, topic, topic_of):
        return topic, case.intent
    found = _intent(topic, reading, topic_of)
    if topic == CRISIS:
        return topic, found or (_OWN_LIFE[0] if case.has("suicide", "said") else "disclose_danger")
    return topic, found or ("" if topic in IDLE else case.intent)


def _topic(case: Case, reading: Reading) -> str:
    """The topic that a message leaves the conversation at: it changes only where the message says so."""
    has_subject = case.topic not in IDLE
    if has_subject and reading.intent in KEEPS_THE_SUBJECT and (reading.pressed or reading.confidence >= HEARD_AT):
        return case.topic
    if reading.pressed:
        is_aside = reading.topic in (SMALL_TALK, OUT_OF_SCOPE)
        return case.topic if is_aside and has_subject else reading.topic
    topics = _at_first(reading) if reading.is_first or not reading.topics else reading.topics
    allowed = {topic: p for topic, p in topics.items() if _is_allowed(topic, case) and p >= AT_LEAST.get(topic, 0.0)}
    likely = max(allowed, key=lambda topic: allowed[topic], default=case.topic)
    if not has_subject:
        is_lost = reading.intent == FALLBACK and allowed.get(likely, 0.0) < UNDERSTOOD_AT
        return case.topic if is_lost else likely
    if likely in IDLE:
        is_outside = likely != SMALL_TALK and reading.topic == likely and reading.confidence >= OUTSIDE_AT
        return likely if is_outside else case.topic
    # Once danger is over the conversation moves on from it, however faintly it says to what.
    must_move = not _is_allowed(case.topic, case)
    return likely if must_move or allowed.get(likely, 0.0) >= TOPIC_AT else case.topic


def _at_first(reading: Reading) -> Mapping[str, float]:
    """Topics of a first message: alone and as an opening, each with its share."""
    if reading.alone.get(OUT_OF_SCOPE, 0.0) >= OUTSIDE_AT_FIRST:
        return {OUT_OF_SCOPE: 1.0}
    if not reading.topics:
        return reading.alone
    both = {
        topic: ALONE_AT_FIRST * reading.alone.get(topic, 0.0) + (1 - ALONE_AT_FIRST) * reading.topics.get(topic, 0.0)
        for topic in {**reading.alone, **reading.topics}
    }
    # Thresholds raise danger in a single message though something else is likelier.
    is_danger = reading.topic == CRISIS and both.get(CRISIS, 0.0) >= DANGER_AT_FIRST
    return {**both, CRISIS: 1.0} if is_danger else both


def _is_allowed(topic: str, case: Case) -> bool:
    """Whether a topic may be held: one that accuses the writer needs the role for it, crisis needs danger."""
    if topic == CRISIS:
        return case.value("danger") in ("now", "possible") or case.value("suicide") in ("said", "hinted")
    if topic == "own_behaviour":
        return case.role.value == "own_behaviour"
    return topic not in ACCUSING or case.role.value not in ("harmed", "witness")


def _names(reading: Reading, topic: str, topic_of: TopicOf) -> bool:
    """Whether the message alone clearly names something of this topic."""
    return topic_of(reading.intent) == topic and reading.confidence >= HEARD_AT


def _intent(topic: str, reading: Reading, topic_of: TopicOf) -> Optional[str]:
    """The likeliest intent of a topic, as the message was read within the conversation, else alone."""
    alone = ((reading.intent, reading.confidence), *reading.ranking)
    for ranked in (alone, reading.intents) if topic_of(reading.intent) == topic else (reading.intents, alone):
        found = next((name for name, _ in ranked if topic_of(name) == topic), None)
        if found is not None:
            return found
    return None
