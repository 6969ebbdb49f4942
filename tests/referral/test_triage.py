"""The next question is one that is needed for safety or can change the services, and is never asked twice."""

from dataclasses import replace
from datetime import datetime
from typing import Collection, List, Optional

import pytest

from bot.case.case import Case
from bot.case.derived import UNKNOWN, asker
from bot.case.facts import Fact, Value
from bot.case.questions import IS_KNOWN, Question, load_triage, next_question
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.referral.refer import Situation, changes_the_services, refer, situation_of
from bot.referral.rules import load_rules

LIBRARY, RULES, TRIAGE = load_library(), load_rules(), load_triage()
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=LONDON)
INTENTS = sorted(intent for topic in LIBRARY.topics.values() for intent in topic.intents)


def a_case(intent: str, role: str = "asks", asked: Collection[str] = (), **facts: Value) -> Case:
    """Return a case with an intent, a declared role and declared facts."""
    return Case(
        turn=1,
        topic=LIBRARY.topic_of(intent),
        intent=intent,
        role=Fact(role, True, 1),
        asked=tuple(asked),
        facts={name: Fact(value, True, 1) for name, value in facts.items()},
    )


def situation(of: Case) -> Situation:
    return situation_of(of, LIBRARY, RULES, NOON, "essex")


def asked_next(of: Case) -> Optional[Question]:
    return next_question(of, TRIAGE, LIBRARY, lambda one: changes_the_services(one, situation(of), LIBRARY, RULES))


def all_asked(of: Case) -> List[str]:
    """Return the ids of all the questions asked if none is ever answered."""
    while (question := asked_next(of)) is not None:
        of = replace(of, asked=(*of.asked, question.id))
    return list(of.asked)


def test_after_harm_danger_is_asked_about_first() -> None:
    assert all_asked(a_case("disclose_sextortion"))[0] == "danger"


def test_after_a_hint_suicide_is_asked_about_before_anything_else() -> None:
    assert all_asked(a_case("disclose_sextortion", suicide="hinted"))[0] == "suicide"


def test_without_a_hint_nobody_is_asked_about_suicide() -> None:
    assert "suicide" not in all_asked(a_case("feel_bad"))


def test_people_who_write_about_somebody_else_are_not_asked_about_their_own_thoughts_of_suicide() -> None:
    assert "suicide" not in all_asked(a_case("ask_after_arrest", "relative", suicide="hinted"))


def test_a_question_that_was_asked_is_not_asked_again() -> None:
    assert all_asked(a_case("disclose_sextortion", asked=["danger"]))[:2] == ["danger", "asker"]


def test_a_known_fact_is_not_asked_about() -> None:
    assert all_asked(a_case("disclose_sextortion", "carer", danger="none"))[0] == "age_in_image"


@pytest.mark.parametrize("danger", ["none", "over", "now"])
def test_danger_that_was_already_answered_is_not_asked_about(danger: str) -> None:
    assert "danger" not in all_asked(a_case("disclose_sextortion", danger=danger))


def test_danger_that_is_only_possible_is_asked_about() -> None:
    assert "danger" in all_asked(a_case("disclose_sextortion", danger="possible"))


def test_a_writer_who_wants_information_is_not_asked_about_danger() -> None:
    assert "danger" not in all_asked(a_case("ask_grooming"))


def test_the_age_in_the_image_is_asked_for_only_if_there_is_one() -> None:
    assert "age_in_image" not in all_asked(a_case("disclose_bullying", "carer"))


def test_the_place_is_asked_for_if_the_police_are_offered() -> None:
    assert all_asked(a_case("ask_how_to_report", "carer"))[0] == "place"


@pytest.mark.parametrize("intent", ["feel_bad", "ask_confidential", "ask_about_bot"])
def test_a_child_is_asked_nothing_if_no_reply_changes_the_services(intent: str) -> None:
    assert all_asked(a_case(intent, writer="child")) == []


def test_people_who_worry_about_their_own_behaviour_are_asked_only_whether_they_are_children() -> None:
    assert all_asked(a_case("worry_own_behaviour", "own_behaviour")) == ["own_age"]


@pytest.mark.parametrize("intent", INTENTS)
def test_a_question_not_needed_for_safety_is_asked_only_if_its_replies_lead_to_different_services(
    intent: str,
) -> None:
    of = a_case(intent, danger="none")
    question = asked_next(of)
    answers = (
        []
        if question is None
        else [
            [one.service_id for one in refer(situation(of)._replace(**{question.field: choice.value}), LIBRARY, RULES)]
            for choice in question.choices
        ]
    )
    assert question is None or any(answer != answers[0] for answer in answers)


@pytest.mark.parametrize("question", TRIAGE.questions, ids=lambda question: question.id)
def test_an_empty_case_answers_none_of_the_questions(question: Question) -> None:
    # There are two exceptions: suicide is asked about only after a hint, and only some people are asked for their age.
    assert bool(IS_KNOWN[question.field](Case())) == (question.field in ("suicide", "own_age"))


def test_the_asker_is_not_asked_about_once_their_age_is_known() -> None:
    case = a_case("disclose_sextortion", "harmed", writer="adult")
    assert (asker(case), "asker" in all_asked(case)) == (UNKNOWN, False)


def test_every_question_can_be_skipped() -> None:
    assert TRIAGE.skip.intent == "deny"
