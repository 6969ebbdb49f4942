"""What follows from the facts of a case: who asks, how urgent it is, how old the people in it are. One rule for each.

Actions, referral, the console, `streetwise understand` and the evaluation all use these.
"""

from typing import Optional

from bot.case.case import Case
from bot.case.facts import HARM, URGENCIES

ADULT = 18
#: Up to this age, easier words are used.
YOUNG = 10
#: Topics that say the writer may have done harm. They need the person's own words for it.
ACCUSING = frozenset({"own_behaviour", "young_person_harmful_behaviour"})
CHILDS_BEHAVIOUR = "young_person_harmful_behaviour"
#: Topics that are no subject of a conversation.
IDLE = frozenset({"small_talk", "out_of_scope", "about_service"})
CHILD, GROWN_UP, UNKNOWN = "child", "adult", "unknown"
UNDER_18, ADULT_IMAGE = "under_18", "18_or_over"
_ADULT_ROLES = ("carer", "professional")
#: Roles of people who speak of somebody else.
_ABOUT_ANOTHER = ("carer", "relative", "professional", "witness")


def age_band(case: Case) -> str:
    """Whether the writer is a child or an adult, or "unknown": then words and services are those for a child."""
    years = case.value("writer_age")
    if isinstance(years, int):
        return CHILD if years < ADULT else GROWN_UP
    if case.role.value in _ADULT_ROLES:
        return GROWN_UP
    fact = case.facts.get("writer")
    if fact is None or (case.role.value == "own_behaviour" and not fact.told):
        # How somebody writes makes no child of one who worries about their own behaviour.
        return UNKNOWN
    return str(fact.value)


def is_young(case: Case) -> bool:
    """Whether the writer said that they are ten or younger."""
    years = case.value("writer_age")
    return isinstance(years, int) and years <= YOUNG


def asker(case: Case) -> str:
    """Who asks, as the guidance and the services know it (DESIGN part 6)."""
    band, role = age_band(case), case.role.value
    if band == CHILD:
        return "young_person"
    if role == "carer":
        return "parent"
    if role in ("professional", "relative"):
        return "professional" if role == "professional" else "other"
    if role == "own_behaviour":
        # Of a child's harmful behaviour a child speaks, unless they say that they are an adult.
        return "young_person" if case.topic == CHILDS_BEHAVIOUR and band != GROWN_UP else "self_concern"
    # An adult who was harmed asks for nobody else; their age chooses the services.
    return "other" if role == "witness" and band == GROWN_UP else "unknown"


def speaks_of_self(case: Case) -> bool:
    """Whether the writer is the person it is about."""
    if case.value("about") is not None:
        return case.has("about", "self")
    return case.role.value not in _ABOUT_ANOTHER


def may_need_help_for_doers(case: Case) -> bool:
    """Whether somebody worries about their own or another's behaviour, by their own words or a role that they chose.

    Nobody who was harmed, or of whom nothing is known, does.
    """
    return case.role.value in ("own_behaviour", "relative", "carer", "professional")


def was_harmed(case: Case) -> bool:
    """Whether the writer, or the child they care for, was harmed as far as anything shows."""
    role = case.role.value
    return role in ("harmed", "witness") or (role == "carer" and any(case.has(name) for name in HARM))


def image_age(case: Case) -> Optional[str]:
    """The age in the image as the referral rules know it, or None where nobody told it."""
    told = case.value("image_age")
    if told in (UNDER_18, ADULT_IMAGE):
        return str(told)
    years = told if told is not None else case.value("writer_age" if speaks_of_self(case) else "about_age")
    if isinstance(years, int) and not isinstance(years, bool):
        return UNDER_18 if years < ADULT else ADULT_IMAGE
    # A professional is an adult, and their own picture an adult's.
    is_adults = case.role.value == "professional" and case.has("about", "self")
    return ADULT_IMAGE if is_adults and told is None else None


def in_danger(case: Case) -> bool:
    """Whether somebody is in danger now: said or shown, and not said to be over."""
    return case.has("danger", "now")


def is_suicidal(case: Case) -> bool:
    """Whether thoughts of suicide, or harm to oneself, were said and not denied."""
    return case.has("suicide", "said")


def urgency(case: Case, reading_urgency: str = URGENCIES[0]) -> str:
    """How urgent the conversation is, of DESIGN part 6.

    Args:
        case: what is known.
        reading_urgency: as the latest message was read; danger and harm that are known count more.
    """
    if in_danger(case):
        return URGENCIES[3]
    is_doubtful = case.has("danger", "possible") or case.has("suicide", "hinted")
    known = URGENCIES[2] if is_doubtful or any(case.has(name) for name in HARM) else URGENCIES[0]
    # Danger that was read but that the case does not hold (it was denied, say) is no more than harm.
    heard = min(reading_urgency, URGENCIES[2], key=URGENCIES.index)
    return max(known, heard, key=URGENCIES.index)
