"""What is known of the person and their question, read from the tracker. Pure but for the clock."""

from datetime import datetime, timezone
from typing import Any, FrozenSet, Optional

from rasa_sdk import Tracker

from bot.content.library import Library
from bot.referral.refer import ADULT, Situation
from bot.referral.rules import Rules, load_rules
from bot.settings import load_settings

#: The topic of messages that keep a conversation going: they have no question of their own.
SMALL_TALK = "small_talk"
WHAT_IF = "ask_what_if"
#: Askers whose picture it is not: the age they tell of a person they ask about is the age in the picture.
ABOUT_ANOTHER = ("parent", "other", "professional")
YOUNG_PERSON, SELF_CONCERN, OTHER = "young_person", "self_concern", "other"
ADULTS = ("parent", "professional", OTHER, SELF_CONCERN)
#: From this probability on, later words make a young person of somebody who was answered as an adult.
SURE_OF_A_CHILD = 0.9
UNDER_18, ADULT_IMAGE = "under_18", "18_or_over"


def now() -> datetime:
    """The moment, in UTC; a function so that tests can travel."""
    return datetime.now(timezone.utc)


def question(tracker: Tracker, library: Library) -> str:
    """The intent to answer: the latest one, or the one before if the latest adds no subject of its own."""
    latest = str(tracker.latest_message.get("intent", {}).get("name") or "")
    before = str(tracker.get_slot("question") or latest)
    if latest == WHAT_IF and _asks_nothing(before, library):
        return subject_before(tracker, before, library) or before
    if library.topic_of(latest) == SMALL_TALK or _goes_on(tracker, latest, before, library):
        return before
    return latest


def situation(tracker: Tracker, library: Library, rules: Rules, moment: datetime) -> Situation:
    """The situation that referral judges."""
    intent = question(tracker, library)
    place = tracker.get_slot("place")
    who, topic = asker(tracker, library), library.topic_of(intent)
    return Situation(
        topic=topic,
        intent=intent,
        asker="unknown" if topic in rules.friends_of_any_age and _may_be_as_young(tracker, who) else who,
        area=rules.area_of(str(place)) if place else load_settings().area,
        moment=moment,
        age=_years(tracker.get_slot("age")),
        age_in_image=_age_in_image(tracker, who),
        age_concerned=_years(tracker.get_slot("age_concerned")),
        before=subject_before(tracker, intent, library),
        anonymous=bool(tracker.get_slot("anonymous")),
        danger=in_danger(tracker),
        reported=bool(tracker.get_slot("reported")),
    )


def in_danger(tracker: Tracker) -> bool:
    """Whether somebody was in danger in this conversation and nobody has said that it is over."""
    return tracker.get_slot("danger") is True


def known(tracker: Tracker, judged: Situation) -> FrozenSet[str]:
    """The fields of the situation that were told or heard; the others are assumed."""
    speaks_for_self = judged.asker in ("young_person", "unknown")
    told = {
        "asker": judged.asker != "unknown",
        "danger": tracker.get_slot("danger") is not None,
        "age_in_image": judged.age_in_image is not None
        or judged.asker == "young_person"
        or (speaks_for_self and judged.age is not None),
        "area": tracker.get_slot("place") is not None,
    }
    return frozenset(field for field, is_told in told.items() if is_told)


def asker(tracker: Tracker, library: Library) -> str:
    """Who asks: as told, else as their age says, else as heard in their words, else as the question implies."""
    intent = question(tracker, library)
    return decide_asker(
        told=tracker.get_slot("told_asker"),
        heard=_heard(tracker, intent, library),
        age=_years(tracker.get_slot("age")),
        implied=_implied(intent, library),
    )


def _heard(tracker: Tracker, intent: str, library: Library) -> Optional[str]:
    """Who was heard in their words, or None where this question makes it doubtful."""
    rules, topic = load_rules(), library.topic_of(intent)
    heard: Optional[str] = tracker.get_slot("asker")
    if heard == YOUNG_PERSON and _is_answered_as_an_adult(tracker):
        heard = tracker.get_slot("said_to")
    if heard == SELF_CONCERN:
        before = subject_before(tracker, intent, library)
        topics = {topic, library.topic_of(before)} if before else {topic}
        return None if topics & rules.about_harm_to_the_asker else heard
    if heard == OTHER and topic in rules.adults_write_of_themselves:
        alone = tracker.get_slot("age") is not None and tracker.get_slot("age_concerned") is None
        return None if alone else heard
    return heard


def _may_be_as_young(tracker: Tracker, who: str) -> bool:
    """Whether all that tells of whoever writes is that they write of a friend: services are then for either age."""
    told = tracker.get_slot("told_asker") or tracker.get_slot("age")
    return who == OTHER and bool(tracker.get_slot("friend")) and told is None


def _is_answered_as_an_adult(tracker: Tracker) -> bool:
    """Whether the last answer was for an adult, and the words of this message are no sure sign of a child."""
    guesses = [one for one in tracker.latest_message.get("entities", []) if one["entity"] == "asker"]
    surest = max((float(one.get("confidence_entity") or 0.0) for one in guesses), default=0.0)
    return tracker.get_slot("said_to") in ADULTS and surest < SURE_OF_A_CHILD


def subject_before(tracker: Tracker, intent: str, library: Library) -> Optional[str]:
    """The subject that was answered before this question, of another topic."""
    rules, here = load_rules(), library.topic_of(intent)
    earlier = [str(tracker.get_slot(slot)) for slot in ("question", "before")]
    topics = {one: library.topic_of(one) for one in earlier}
    subjects = [one for one in earlier if rules.is_subject(one, topics[one]) and topics[one] != here]
    # What was done to somebody stays the subject where an arrest is asked about after it.
    return next((one for one in subjects if topics[one] in rules.subjects), subjects[0] if subjects else None)


def decide_asker(told: Optional[str], heard: Optional[str], age: Optional[int], implied: str) -> str:
    """One asker out of four hints, in order of trust.

    An age is believed before everything. A question about one's own behaviour overrules a parent's or a stranger's hat
    (a parent may have such worries too), but never makes an adult of a young person, nor the other way round.
    """
    if age is not None and age < ADULT:
        return YOUNG_PERSON
    if age is not None:
        told, heard = (None if one == YOUNG_PERSON else one for one in (told, heard))
        implied = SELF_CONCERN if implied == YOUNG_PERSON else implied
    named = told or heard
    if implied in (SELF_CONCERN, YOUNG_PERSON) and named != YOUNG_PERSON:
        return implied
    return named or implied


def band(years: int) -> str:
    """The age in an image as the referral rules know it."""
    return UNDER_18 if years < ADULT else ADULT_IMAGE


def _goes_on(tracker: Tracker, latest: str, before: str, library: Library) -> bool:
    """Whether what was typed goes on with the question before; what is pressed means itself."""
    said, description = tracker.latest_message, library.intent(latest)
    if description is None or str(said.get("text") or "").startswith("/"):
        return False
    names_a_picture = any(entity["entity"] == "picture" for entity in said.get("entities", []))
    return before in description.part_of or (before in description.stays_with and not names_a_picture)


def _asks_nothing(intent: str, library: Library) -> bool:
    description = library.intent(intent)
    return description is not None and description.asks_nothing


def _implied(intent: str, library: Library) -> str:
    description = library.intent(intent)
    return description.asker if description else "unknown"


def _age_in_image(tracker: Tracker, who: str) -> Optional[str]:
    """As pressed, else from the years told of the picture, else from those of the person it is about."""
    told = tracker.get_slot("age_in_image")
    if told in (UNDER_18, ADULT_IMAGE):
        return str(told)
    years = _years(told)
    if years is None and who in ABOUT_ANOTHER:
        years = _years(tracker.get_slot("age_concerned"))
    if years is None and who in ("other", "professional") and tracker.get_slot("relation") is None:
        # Who names nobody else speaks of a picture of their own.
        years = _years(tracker.get_slot("age"))
    return band(years) if years is not None else None


def _years(value: Any) -> Optional[int]:
    return int(value) if value is not None and str(value).isdecimal() else None
