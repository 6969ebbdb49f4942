"""Values derived from a case's facts, such as the asker, the urgency and the ages.

Each value is derived in one place, for actions, referral, the console, `streetwise understand` and the evaluation.
"""

from typing import Optional

from bot.case.case import Case
from bot.case.facts import HARM, URGENCIES

ADULT = 18
#: The highest age at which easier words are the default.
YOUNG = 10
#: Topics that suggest that the writer may have done harm. They require evidence in the writer's own words.
ACCUSING = frozenset({"own_behaviour", "young_person_harmful_behaviour"})
CHILDS_BEHAVIOUR = "young_person_harmful_behaviour"
#: The intent for a child worried about their own behaviour, and that intent together with its counterpart for adults.
CHILDS_OWN = "worry_own_behaviour_young"
OWN_BEHAVIOUR = ("worry_own_behaviour", CHILDS_OWN)
#: Topics that never count as a conversation's subject.
IDLE = frozenset({"small_talk", "out_of_scope", "about_service"})
CRISIS, SMALL_TALK, OUT_OF_SCOPE = "crisis", "small_talk", "out_of_scope"
CHILD, GROWN_UP, UNKNOWN = "child", "adult", "unknown"
UNDER_18, ADULT_IMAGE = "under_18", "18_or_over"
_ADULT_ROLES = ("carer", "professional")
#: Roles of people who write about somebody else.
ABOUT_ANOTHER = ("carer", "relative", "professional", "witness")


def age_band(case: Case) -> str:
    """Return `CHILD`, `GROWN_UP` or `UNKNOWN`. Writers of unknown age get the words and services for children."""
    years = case.value("writer_age")
    if isinstance(years, int):
        return CHILD if years < ADULT else GROWN_UP
    if case.role.value in _ADULT_ROLES:
        return GROWN_UP
    fact = case.facts.get("writer")
    if fact is None or (case.role.value == "own_behaviour" and not fact.declared):
        # For people worried about their own behaviour, an age inferred from style is ignored.
        return UNKNOWN
    return str(fact.value)


def is_young(case: Case) -> bool:
    """Whether the writer said that they are `YOUNG` or younger."""
    years = case.value("writer_age")
    return isinstance(years, int) and years <= YOUNG


def asker(case: Case) -> str:
    """Return the case's asker, which determines the guidance and services. DESIGN part 6 lists the askers."""
    band, role = age_band(case), case.role.value
    if band == CHILD:
        return "young_person"
    if role == "carer":
        return "parent"
    if role in ("professional", "relative"):
        return "professional" if role == "professional" else "other"
    if role == "own_behaviour":
        # After a topic about a child's behaviour, assume that the writer is a child unless known to be an adult.
        return "young_person" if _is_of_a_child(case) and band != GROWN_UP else "self_concern"
    # An adult who was harmed is not asking about somebody else, so their age determines which services are suitable.
    return "other" if role == "witness" and band == GROWN_UP else "unknown"


def _is_of_a_child(case: Case) -> bool:
    """Whether the latest topic about the writer's own behaviour was the one about children's harmful behaviour."""
    if case.topic in ACCUSING:
        return case.topic == CHILDS_BEHAVIOUR
    told = [intent for intent in case.topics_before if intent in OWN_BEHAVIOUR]
    return told[-1:] == [CHILDS_OWN]


def speaks_of_self(case: Case) -> bool:
    """Whether the writer is the person the case is about.

    A witness who received a picture and mentions nobody else is the person it happened to.
    """
    if case.value("about") is not None:
        return case.has("about", "self")
    got_it = case.role.value == "witness" and case.has("image_received")
    return got_it or case.role.value not in ABOUT_ANOTHER


def may_be_own_story(case: Case) -> bool:
    """Whether a story told about somebody else may be the writer's own.

    A parent's or teacher's story about a child never is: from them, "its me" answers some other question.
    """
    is_of_a_child = case.role.value in _ADULT_ROLES or case.value("about") in ("child", "pupil")
    return case.topic not in IDLE and not speaks_of_self(case) and not is_of_a_child


def admitted_own_story(case: Case) -> bool:
    """Whether the writer said that a story told about somebody else is their own."""
    about = case.facts.get("about")
    return case.role.declared and about is not None and about.declared and about.value == "self"


def may_need_help_for_doers(case: Case) -> bool:
    """Whether the role allows services for people worried about their own or somebody else's behaviour.

    Roles for people who were harmed do not, nor does an unknown role.
    """
    return case.role.value in ("own_behaviour", "relative", "carer", "professional")


def was_harmed(case: Case) -> bool:
    """Whether the facts or the role show that the writer, or the child they care for, was harmed."""
    return case.role.value in ("harmed", "witness") or (case.role.value == "carer" and tells_of_harm(case))


def tells_of_harm(case: Case) -> bool:
    """Whether the facts show that somebody was harmed, or the writer's role is harmed."""
    return case.role.value == "harmed" or any(case.has(name) for name in HARM)


def image_age(case: Case) -> Optional[str]:
    """Return the age of the person in the image, `UNDER_18` or `ADULT_IMAGE`, or None if it is not known."""
    told = case.value("image_age")
    if told in (UNDER_18, ADULT_IMAGE):
        return str(told)
    if told is None and case.has("image_received") and not case.has("image_sent"):
        # The picture shows somebody else, whose age is not known.
        return None
    years = told if told is not None else case.value("writer_age" if speaks_of_self(case) else "about_age")
    if isinstance(years, int) and not isinstance(years, bool):
        return UNDER_18 if years < ADULT else ADULT_IMAGE
    # A professional is an adult, so an image of a professional shows an adult.
    is_adults = case.role.value == "professional" and case.has("about", "self")
    return ADULT_IMAGE if is_adults and told is None else None


def in_danger(case: Case) -> bool:
    """Whether somebody is in danger now."""
    return case.has("danger", "now")


def urgency(case: Case, reading_urgency: str = URGENCIES[0]) -> str:
    """Return the conversation's urgency, one of `URGENCIES`.

    Args:
        case: the case.
        reading_urgency: the latest message's urgency, which can raise the result to active harm but not to danger.
    """
    if in_danger(case):
        return URGENCIES[3]
    is_doubtful = case.has("danger", "possible") or case.has("suicide", "hinted")
    known = URGENCIES[2] if is_doubtful or any(case.has(name) for name in HARM) else URGENCIES[0]
    # If the case records no danger, perhaps because it was denied, a message that suggests danger raises this to harm
    # at most.
    from_message = min(reading_urgency, URGENCIES[2], key=URGENCIES.index)
    return max(known, from_message, key=URGENCIES.index)
