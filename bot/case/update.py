"""Pure functions that update a case after a message, which may add or correct facts or change the subject."""

from dataclasses import replace
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from bot.case.case import UNKNOWN_ROLE, Case
from bot.case.danger import UNSURE, update_danger
from bot.case.derived import (
    ABOUT_ANOTHER,
    ACCUSING,
    ADULT,
    CHILD,
    GROWN_UP,
    IDLE,
    OWN_BEHAVIOUR,
    UNKNOWN,
    may_be_own_story,
    speaks_of_self,
)
from bot.case.facts import HARM, Fact, Value, value_of_answer
from bot.case.reading import DECLARED_AT, FALLBACK, LIKELY_AT, Number, Observation, Reading, TopicOf
from bot.case.subject import topic_and_intent

#: Minimum probability for recording an observation.
FACT_AT = 0.4
#: A number answers a question about an age unless it states a different age with at least this probability.
ANOTHERS_AGE_AT = 0.8
#: Minimum probabilities for accepting a first role, and for replacing a role with another.
ROLE_AT, OTHER_ROLE_AT = 0.55, 0.8
#: Minimum probability for accepting a role that a phrase states. Below `LIKELY_AT`, it counts only as inferred. "You
#: could be my niece" does not make the writer an aunt, nor does "head of year had me in" make them a teacher. Phrases
#: state 31 roles in the development set. Of these, 3 are less probable than this and not corrections, and all 3 are
#: wrong.
PHRASED_ROLE_AT = 0.1
#: If the roles of people who write about somebody else have at least this total probability, the likeliest of them is
#: accepted as a first role. It is easier to tell that a message is about somebody else than whether an aunt or a mother
#: wrote it.
ABOUT_ANOTHER_AT = 0.7
#: Minimum probability for accepting the role own_behaviour. Vague fear ("im scared") scores at most 0.71.
OWN_ROLE_AT = 0.75
OPENING, TELLS_WHO, SAYS_AGE = "start_conversation", "tell_asker", "tell_age"
#: Maps intents to facts that they state.
STATES: Mapping[str, Tuple[str, Value]] = {"ask_report_anonymously": ("anonymous", True)}
#: For each open question, the facts that a yes, a no or a number sets.
_AnswersTo = Mapping[str, Tuple[Tuple[str, Value], ...]]
_YES_TO: _AnswersTo = {"danger": (("danger", "now"),), "suicide": (("suicide", "said"), ("danger", "now"))}
_NO_TO: _AnswersTo = {"danger": (("danger", "none"),), "suicide": (("suicide", "denied"),)}
#: If the question is about danger, "maybe" means danger, as its button says, and "not sure" means possible danger. If
#: it is about suicide, both bring up the helplines, but the chat does not tell the writer to call 999.
_PERHAPS_TO: _AnswersTo = {"danger": (("danger", "now"),), "suicide": (("suicide", "hinted"),)}
_UNSURE_OF: _AnswersTo = {"danger": (("danger", "possible"),), "suicide": (("suicide", "hinted"),)}
#: The answer that each of these intents gives.
_ANSWER_OF = {"affirm": "yes", "deny": "no"}
_ANSWERS_OF: Mapping[str, _AnswersTo] = {"yes": _YES_TO, "no": _NO_TO, "perhaps": _PERHAPS_TO, "unsure": _UNSURE_OF}
IMAGE_AGE, WRITER_AGE, ABOUT_AGE, OTHER_AGE = "image_age", "writer_age", "about_age", "other_age"
#: Facts about a third person, who is neither the writer nor the person they write about.
OTHERS_FACTS = frozenset(("other", OTHER_AGE, "contact"))
_NUMBER_TO = {"age_in_image": IMAGE_AGE, "own_age": WRITER_AGE}


def update(case: Case, reading: Reading, topic_of: TopicOf) -> Case:
    """Return the case after a message.

    Args:
        case: the case before the message.
        reading: how the message was understood.
        topic_of: returns an intent's topic.
    """
    reading = reading if _has_probable_role(reading, PHRASED_ROLE_AT) else _without_role(reading)
    # Opening the page sends a message, which does not count as a turn.
    turn = case.turn + (reading.intent != OPENING)
    facts = dict(case.facts)
    for observation in _observations(case, reading):
        _record(facts, observation, turn, corrects=reading.move == "corrects")
    for observation in _answers(case, reading):
        # The answer to our own question replaces an earlier answer.
        _record(facts, observation, turn, corrects=True)
    if reading.own_story and may_be_own_story(case):
        facts, role = _as_own(facts, turn), _own_role(reading, turn)
    else:
        role = _role(case, reading, facts, turn)
    update_danger(facts, case, reading, turn)
    if facts.get("danger", Fact("none", False, turn)).value != "now":
        # A call for help counts only for the danger that it was about.
        facts.pop("helped", None)
    known = replace(case, turn=turn, facts=facts, role=role)
    is_raised = known.has("danger", "now") and not case.has("danger", "now")
    topic, intent = topic_and_intent(known, reading, topic_of, is_raised)
    moved = case.intent and topic != case.topic
    is_lost = reading.intent == FALLBACK and topic in IDLE
    return replace(
        known.with_entries(topics_before=(case.intent,)) if moved else known,
        topic=topic,
        intent=intent,
        misunderstood=case.misunderstood + 1 if is_lost else 0,
    )


def _observations(case: Case, reading: Reading) -> Iterator[Observation]:
    """Yield a message's observations, least certain first, so that more certain ones take precedence."""
    # A short message that only says who the writer is counts as a declaration, even if its probability is low.
    tells_who = reading.intent == TELLS_WHO and reading.confidence >= DECLARED_AT and reading.is_bare
    found = (
        one._replace(probability=1.0) if tells_who and one.name == "writer" else one for one in reading.observations
    )
    yield from sorted((one for one in found if one.probability >= FACT_AT), key=lambda one: one.probability)
    is_heard = any(one.name == "writer" and one.probability >= FACT_AT for one in reading.observations)
    is_known = is_heard or "writer" in case.facts or case.role.value in ("carer", "relative", "professional")
    if reading.asker in ("young_person", "parent", "professional") and not is_known:
        # The style of a message only suggests an age band.
        yield Observation("writer", "child" if reading.asker == "young_person" else "adult", LIKELY_AT)
    if reading.intent in STATES and reading.confidence >= LIKELY_AT:
        yield Observation(*STATES[reading.intent], reading.confidence)
    yield from _ages(case, reading)
    if case.value("suicide") in ("hinted", "said"):
        # Until suicidal thoughts are mentioned, these words are about something else.
        asked_another = reading.said_no and not speaks_of_self(case)
        yield from [Observation("suicide", "denied")] if asked_another else []
        yield from [Observation("suicide", "hinted")] if reading.no_plan else []


def _answers(case: Case, reading: Reading) -> List[Observation]:
    """Return the observations that follow from answering the open question with yes, no, maybe or not sure."""
    asked = str(case.open_question)
    if value_of_answer(asked, is_yes=True) is not None and not reading.pressed:
        return _story_answer(asked, reading)
    # In a longer message, an apparent yes may answer something else: "is that ok" is not a yes.
    is_answer = reading.intent == "deny" or reading.pressed or (reading.is_bare and reading.move != "asks")
    answers = _meant_by(_ANSWER_OF.get(reading.intent, ""), asked) if is_answer else ()
    if reading.answer is not None and not reading.pressed:
        answers = _meant_by(reading.answer, asked)
    said = {one.name: one.value for one in reading.observations if one.declared}
    if reading.declines or reading.missed or any(said.get(name, value) != value for name, value in answers):
        # "Yeah im safe" says more than yes, and the no in "no thats wrong" answers nothing.
        return []
    # A longer message may continue with a "but", and a maybe is easier to take back than a yes.
    is_plain = (reading.is_bare or reading.pressed) and reading.answer not in UNSURE
    return [Observation(*one, 1.0 if is_plain or one[0] == "suicide" else LIKELY_AT) for one in answers]


def _story_answer(asked: str, reading: Reading) -> List[Observation]:
    """Return the observation from a typed answer to a story question, if there is one.

    "Ok" does not count, because it may only acknowledge the advice above the question. Anything else that a longer
    message says about the fact takes precedence.
    """
    is_observed = any(one.name == asked and one.probability >= FACT_AT for one in reading.observations)
    says_more = is_observed and not reading.is_bare
    if reading.answer not in ("yes", "no") or says_more or reading.declines:
        return []
    probability = 1.0 if reading.is_bare else LIKELY_AT
    return [Observation(asked, value, probability) for _, value in _meant_by(reading.answer, asked)]


def _meant_by(answer: str, asked: str) -> Sequence[Tuple[str, Value]]:
    """Return the facts that an answer to a question sets."""
    fact = value_of_answer(asked, is_yes=answer == "yes") if answer in ("yes", "no") else None
    return _ANSWERS_OF.get(answer, {}).get(asked, ()) if fact is None else ((asked, fact),)


def _ages(case: Case, reading: Reading) -> Iterator[Observation]:
    """Yield observations for the numbers in a message that are somebody's age, or that answer the open question."""
    asked = _NUMBER_TO.get(str(case.open_question))
    told = [_as_an_age(number) for number in reading.numbers] if _says_an_age(reading) else reading.numbers
    known = _with_the_past(case, reading)
    numbers = list(told) if reading.move == "corrects" else [_possible(number, known) for number in told]
    answer = _answer(asked, numbers, reading.is_bare) if asked else None
    heard = {one.name for one in reading.observations if one.probability >= FACT_AT}
    # "He's 19" is about the son until a third person is mentioned.
    is_alone = case.role.value in ABOUT_ANOTHER and OTHERS_FACTS.isdisjoint({*case.facts, *heard})
    likeliest: Dict[str, Observation] = {}
    for number in numbers:
        for name, probability in _owners(number, is_alone).items():
            before = likeliest.get(name)
            least = max(FACT_AT, 1.0 - sum(number.of.values()), before.probability if before else 0.0)
            if number is not answer and probability >= least:
                likeliest[name] = Observation(name, number.years, probability)
    yield from likeliest.values()
    if asked and answer:
        yield Observation(asked, answer.years)


def _with_the_past(case: Case, reading: Reading) -> Case:
    """Return the case with what a message says about the writer, if it happened long ago.

    "I'm an adult now. When I was 13, he took pictures" says no age of the writer. In other messages, "adult" may be
    about somebody else: "im 13 and my stepdad ...".
    """
    stated = (one for one in reading.observations if one.declared and one.name in ("writer", "long_ago"))
    said = {one.name: Fact(one.value, True, case.turn) for one in stated}
    return case.with_facts({**case.facts, **said}) if "long_ago" in said else case


def _possible(number: Number, case: Case) -> Number:
    """Rule out the people whose age a number cannot be: adults if it is under 18, children if it is 18 or more.

    The other people's probabilities are scaled up to compensate. If an adult describes something that happened long
    ago, a number under 18 ("13 year old me") is not their age now. `case` includes what the message says about this.
    """
    is_adults = number.years >= ADULT
    told, about = case.facts.get("writer"), case.value(ABOUT_AGE)
    # When people tell their own story, an age band inferred only from their style rules nothing out.
    is_known = told is not None and (told.declared or case.role.value in ABOUT_ANOTHER)
    writer = str(told.value) if told is not None and is_known else UNKNOWN
    is_of_a_child = isinstance(about, int) and about < ADULT
    years = case.value(WRITER_AGE)
    is_grown_up = writer == GROWN_UP or (isinstance(years, int) and years >= ADULT)
    is_of_the_past = not is_adults and case.has("long_ago") and is_grown_up
    is_other_band = writer == (CHILD if is_adults else GROWN_UP) and WRITER_AGE not in case.facts
    impossible = {
        WRITER_AGE: is_other_band or is_of_the_past,
        ABOUT_AGE: is_adults and is_of_a_child,
    }
    left = {name: p for name, p in number.of.items() if not impossible.get(name)}
    lost = sum(number.of.values()) - sum(left.values())
    return number._replace(of={name: p / (1 - lost) for name, p in left.items()}) if 0 < lost < 1 else number


def _owners(number: Number, is_alone: bool) -> Dict[str, float]:
    """Return the ages that a number may state, with probabilities: one person's age, and perhaps the age in a picture.

    Args:
        number: the number.
        is_alone: whether no third person has been mentioned.
    """
    people = {name: probability for name, probability in number.of.items() if name != IMAGE_AGE}
    if is_alone and ABOUT_AGE in people:
        people[ABOUT_AGE] = max(people.get(ABOUT_AGE, 0.0), people.pop(OTHER_AGE, 0.0))
    likeliest = sorted(people, key=lambda name: people[name])[-1:]
    pictured = {name: probability for name, probability in number.of.items() if name == IMAGE_AGE}
    return {**{name: people[name] for name in likeliest}, **pictured}


def _says_an_age(reading: Reading) -> bool:
    return reading.intent == SAYS_AGE and reading.confidence >= DECLARED_AT


def _as_an_age(number: Number) -> Number:
    """Scale a number's probabilities to add up to 1, because it is known to be somebody's age."""
    total = sum(number.of.values())
    return number._replace(of={name: p / total for name, p in number.of.items()}) if 0 < total < 1 else number


def _answer(asked: str, numbers: Sequence[Number], is_bare: bool) -> Optional[Number]:
    """Return the number that answers a question about an age, or None.

    The number must not clearly state a different age. In a longer message, such as "I've got a daughter who is 9", the
    age asked about must also be the likeliest.
    """
    likely = max(numbers, key=lambda number: number.of.get(asked, 0.0), default=None)
    if likely is None:
        return None
    another = max((p for name, p in likely.of.items() if name != asked), default=0.0)
    is_persons = asked != IMAGE_AGE and not is_bare
    return None if another >= ANOTHERS_AGE_AT or (is_persons and another > likely.of.get(asked, 0.0)) else likely


def _record(facts: Dict[str, Fact], observation: Observation, turn: int, corrects: bool = False) -> None:
    """Store an observation. An inferred one replaces a declared fact only if the message corrects something."""
    before = facts.get(observation.name)
    if before is not None and before.declared and not observation.declared and not corrects:
        return
    facts[observation.name] = Fact(observation.value, observation.declared, turn)


def _as_own(facts: Mapping[str, Fact], turn: int) -> Dict[str, Fact]:
    """Return the facts of a story that turned out to be the writer's own. The friend's age becomes the writer's."""
    own = {name: fact for name, fact in facts.items() if name != ABOUT_AGE}
    if ABOUT_AGE in facts:
        own.setdefault(WRITER_AGE, facts[ABOUT_AGE])
    return {**own, "about": Fact("self", True, turn)}


def _own_role(reading: Reading, turn: int) -> Fact:
    """Return the role of a writer whose story turned out to be their own.

    The role is harmed or own_behaviour, whichever is likelier, or unknown if own_behaviour is likelier but not clear
    enough.
    """
    harmed, own = (reading.roles.get(role, 0.0) for role in ("harmed", "own_behaviour"))
    if own >= OWN_ROLE_AT:
        return Fact("own_behaviour", True, turn)
    return Fact("harmed", True, turn) if harmed >= own else UNKNOWN_ROLE


def _role(case: Case, reading: Reading, facts: Mapping[str, Fact], turn: int) -> Fact:
    """Return the writer's role. Declared roles are kept, and own_behaviour needs evidence in the writer's own words."""
    before = case.role
    if before.value == "own_behaviour" and reading.roles.get("harmed", 0.0) >= OTHER_ROLE_AT:
        return Fact("harmed", False, turn)
    if reading.not_mine and before.value == "carer" and not before.declared:
        return Fact("relative", False, turn)
    likely = max(reading.roles, key=lambda role: reading.roles[role], default=None)
    is_likely = _has_probable_role(reading, LIKELY_AT)
    states_role = (
        reading.role is not None and (is_likely or not before.declared) and not _is_in_passing(before, reading)
    )
    if states_role and _may_take_role(str(reading.role), reading, facts, case, declared=True):
        # A writer who was harmed keeps that role after saying that they are an adult.
        is_same = reading.role == "relative" and before.value in ("harmed", "witness")
        return Fact(before.value if is_same else str(reading.role), is_likely, turn)
    says_own = likely == "own_behaviour" or reading.intent in OWN_BEHAVIOUR
    if says_own and _may_take_role("own_behaviour", reading, facts, case):
        return Fact("own_behaviour", reading.pressed, turn)
    if likely is None or likely in ("asks", before.value):
        return before
    is_clear = _is_first_role(likely, reading) if before.value == "asks" else reading.roles[likely] >= OTHER_ROLE_AT
    if before.declared or not is_clear or not _may_take_role(likely, reading, facts, case):
        return before
    return Fact(likely, False, turn)


def _is_in_passing(before: Fact, reading: Reading) -> bool:
    """Whether a writer known to be a relative or a professional is only mentioning a child of their own.

    A grandmother may say "my daughter" about the child's mother, and a teacher may have children.
    """
    is_known = before.declared and before.value in ("relative", "professional")
    return is_known and reading.role == "carer" and not reading.pressed and reading.move != "corrects"


def _has_probable_role(reading: Reading, least: float) -> bool:
    """Whether the role that a message states, if any, has at least this probability.

    Buttons and corrections always count.
    """
    if reading.role is None or reading.pressed or not reading.roles or reading.move == "corrects":
        return True
    return reading.roles.get(reading.role, 0.0) >= least


def _without_role(reading: Reading) -> Reading:
    """Return a reading without the role that a phrase states or anything that follows from it."""
    kept = tuple(one for one in reading.observations if one != Observation("writer", "adult"))
    return reading._replace(role=None, asker=None, observations=kept)


def _is_first_role(likely: str, reading: Reading) -> bool:
    """Whether the likeliest role is clear enough to become the first role.

    A writer who mentions an arrest is either the person arrested or a relative, and both need the same services.
    """
    roles, about_another = reading.roles, sum(reading.roles.get(role, 0.0) for role in ABOUT_ANOTHER)
    tells_of_arrest = any(one.name == "arrest" and one.value is True and one.declared for one in reading.observations)
    near_arrest = roles.get("relative", 0.0) + roles.get("own_behaviour", 0.0) if tells_of_arrest else 0.0
    is_near = likely == "relative" and near_arrest >= ABOUT_ANOTHER_AT
    return roles[likely] >= ROLE_AT or is_near or (likely in ABOUT_ANOTHER and about_another >= ABOUT_ANOTHER_AT)


def _may_take_role(role: str, reading: Reading, facts: Mapping[str, Fact], case: Case, declared: bool = False) -> bool:
    """Whether a role is allowed. own_behaviour needs the writer's own words, and no sign that they were harmed."""
    if role != "own_behaviour" or (declared and reading.pressed):
        return True
    # "I sent on a nude of a girl": harm done to somebody else does not rule this role out.
    is_own = "about" not in facts or facts["about"].value == "self"
    is_harmed = is_own and any(facts[name].value is True for name in HARM if name in facts)
    if case.role.value in ("harmed", "witness") or is_harmed:
        return False
    own_words = max(reading.roles.get(role, 0.0), sum(reading.alone.get(topic, 0.0) for topic in ACCUSING))
    return own_words >= OWN_ROLE_AT
