"""Which question is asked: one whose reply changes the services, and none twice."""

from datetime import datetime
from typing import Collection, List, Optional

import pytest

from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.referral.refer import Situation, refer
from bot.referral.rules import load_rules
from bot.referral.triage import load_triage, next_question

LIBRARY, RULES, TRIAGE = load_library(), load_rules(), load_triage()
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=LONDON)


def situation(intent: str, asker: str, **more: object) -> Situation:
    return Situation(
        **{"topic": LIBRARY.topic_of(intent), "intent": intent, "asker": asker, "area": "essex", "moment": NOON, **more}
    )


def asked_next(of: Situation, known: Collection[str] = (), asked: Collection[str] = ()) -> Optional[str]:
    question = next_question(of, known, asked, LIBRARY, RULES, TRIAGE)
    return question.id if question else None


def all_asked(of: Situation, known: Collection[str]) -> List[str]:
    asked: List[str] = []
    while (question := asked_next(of, known, asked)) is not None:
        asked.append(question)
    return asked


def test_where_harm_is_done_danger_is_asked_for_first() -> None:
    assert asked_next(situation("disclose_sextortion", "unknown")) == "danger"


def test_a_question_that_was_asked_is_not_asked_again() -> None:
    assert asked_next(situation("disclose_sextortion", "unknown"), asked=["danger"]) == "asker"


def test_what_is_known_is_not_asked() -> None:
    assert asked_next(situation("disclose_sextortion", "unknown"), known=["danger", "asker"]) == "age_in_image"


def test_who_wants_information_is_not_asked_for_danger() -> None:
    assert "danger" not in all_asked(situation("ask_grooming", "unknown"), [])


def test_the_age_in_the_image_is_asked_only_where_there_is_one() -> None:
    assert "age_in_image" not in all_asked(situation("disclose_bullying", "parent"), ["asker"])


def test_the_place_is_asked_where_the_police_are_offered() -> None:
    assert asked_next(situation("ask_how_to_report", "parent"), known=["asker"]) == "place"


@pytest.mark.parametrize("intent", ["feel_bad", "ask_confidential", "ask_about_bot", "worry_own_behaviour"])
def test_nothing_is_asked_where_no_reply_changes_the_answer(intent: str) -> None:
    implied = LIBRARY.intent(intent)
    assert implied is not None
    assert (
        all_asked(situation(intent, "young_person" if implied.asker == "unknown" else implied.asker), ["asker"]) == []
    )


@pytest.mark.parametrize("intent", sorted(i for topic in LIBRARY.topics.values() for i in topic.intents))
def test_a_question_is_asked_only_if_its_replies_lead_to_different_services(intent: str) -> None:
    of = situation(intent, "unknown")
    question = next_question(of, (), (), LIBRARY, RULES, TRIAGE)
    answers = (
        []
        if question is None
        else [
            [one.service_id for one in refer(of._replace(**{question.field: choice.value}), LIBRARY, RULES)]
            for choice in question.choices
        ]
    )
    assert question is None or any(answer != answers[0] for answer in answers)


def test_every_question_can_be_passed_over() -> None:
    assert TRIAGE.skip.intent == "deny"
