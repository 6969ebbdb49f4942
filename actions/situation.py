"""What is known of the person and their question, read from the tracker. Pure but for the clock."""

from datetime import datetime, timezone
from typing import Any, Optional

from rasa_sdk import Tracker

from bot.content.library import Library
from bot.referral.refer import ADULT, Situation
from bot.referral.rules import Rules
from bot.settings import load_settings

#: Intents that say something about the person, not a question of their own.
ABOUT_THE_PERSON = ("tell_asker", "tell_place")


def now() -> datetime:
    """The moment, in UTC; a function so that tests can travel."""
    return datetime.now(timezone.utc)


def question(tracker: Tracker) -> str:
    """The intent to answer: the latest one, or the one before if the latest only tells about the person."""
    latest = str(tracker.latest_message.get("intent", {}).get("name") or "")
    if latest in ABOUT_THE_PERSON:
        return str(tracker.get_slot("question") or latest)
    return latest


def situation(tracker: Tracker, library: Library, rules: Rules, moment: datetime) -> Situation:
    """The situation that referral judges."""
    intent = question(tracker)
    place = tracker.get_slot("place")
    return Situation(
        topic=library.topic_of(intent),
        intent=intent,
        asker=asker(tracker, library),
        area=rules.area_of(str(place)) if place else load_settings().area,
        moment=moment,
        age=_age(tracker.get_slot("age")),
        age_in_image=tracker.get_slot("age_in_image"),
        anonymous=bool(tracker.get_slot("anonymous")),
    )


def asker(tracker: Tracker, library: Library) -> str:
    """Who asks: as told, else as their age says, else as heard in their words, else as the question implies."""
    return decide_asker(
        told=tracker.get_slot("told_asker"),
        heard=tracker.get_slot("asker"),
        age=_age(tracker.get_slot("age")),
        implied=_implied(question(tracker), library),
    )


def decide_asker(told: Optional[str], heard: Optional[str], age: Optional[int], implied: str) -> str:
    """One asker out of four hints, in order of trust.

    A question about one's own behaviour overrules a parent's or a stranger's hat (a parent may have such worries too),
    but never makes a self-concerned adult of a young person.
    """
    named = told or ("young_person" if age is not None and age < ADULT else heard)
    if implied in ("self_concern", "young_person") and named != "young_person":
        return implied
    return named or implied


def _implied(intent: str, library: Library) -> str:
    description = library.intent(intent)
    return description.asker if description else "unknown"


def _age(value: Any) -> Optional[int]:
    return int(value) if value is not None and str(value).isdecimal() else None
