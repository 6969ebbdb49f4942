"""The rule that decides which conversations may be offered as easy, with a table of cases."""

from typing import Any, Dict

import pytest
from console_client import turn

from bot.store.triage import PRIORITIES, new_review, with_turn

ASKED = turn("what is grooming")


def priority(*said: Dict[str, Any]) -> str:
    """The priority of a conversation with these turns."""
    first, *others = [{"conversation_id": "c", "number": 1, "at": 0, **one} for one in said]
    review = new_review("c", first)
    for one in others:
        review = with_turn(review, one)
    return PRIORITIES[review["need"]]


@pytest.mark.parametrize(
    "said",
    [
        [turn("what is grooming", "ask_grooming")],
        [turn("hello", "greet"), turn("is sexting illegal at 16", "ask_law_images"), turn("thank you", "thank")],
        [turn("how do i set up controls on his phone", "ask_parental_controls")],
        [turn("it\u2019s for <name>, how do i report this", "ask_how_to_report")],
        [turn("i'm a parent", "tell_asker"), turn("how do i talk to her about this", "ask_talk_to_child")],
    ],
    ids=lambda said: said[-1]["text"],
)
def test_questions_for_information_are_easy(said: "list[Dict[str, Any]]") -> None:
    assert priority(*said) == "easy"


#: Turns that keep a conversation out of the easy list, wherever they occur.
HARD = {
    "tears taken for thanks": turn("\U0001f62d", "thank"),
    "a call for help in signs": turn("\U0001f198\U0001f198", "greet"),
    "tears after a question": turn("what is grooming \U0001f62d", "ask_grooming"),
    "blackmail in Polish": turn("ktos mnie szantazuje zdjeciami", "other_language"),
    "blackmail in Romanian, taken for a question": turn("cineva ma santajeaza cu poze", "ask_grooming"),
    "blackmail in Welsh, taken for a question": turn("mae rhywun yn bygwth rhannu lluniau", "ask_app_safety"),
    "Arabic, taken for thanks": turn("\u0634\u0643\u0631\u0627", "thank"),
    "not understood": turn("asdf qwer", "nlu_fallback", replies=[]),
    "not understood, though surely so": turn("asdf qwer", "nlu_fallback", confidence=1.0),
    "not sure": turn("what is grooming", confidence=0.79),
    "a worry": turn("what is grooming", urgency="concern"),
    "a feeling": turn("i feel so ashamed", "feel_bad", urgency="none"),
    "harm": turn("he has a picture of me", "disclose_sextortion"),
    "danger": turn("i do not want to live", "disclose_suicidal"),
    "a question about blackmail": turn("what is sextortion", "ask_sextortion"),
    "a question about abuse images": turn("how do i report abuse images", "ask_report_abuse_images"),
    "after an arrest": turn("what happens after an arrest", "ask_after_arrest"),
    "a question in a story of blackmail": turn("can i report it", "ask_how_to_report", topic="sextortion"),
    "no, which may mean i am not ok": turn("im not ok", "deny"),
    "silence": turn("um", "hesitate"),
    "something else": turn("help me", "out_of_scope"),
    "not helped": turn("no use", "feedback_not_helped"),
}


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
@pytest.mark.parametrize("said", [lambda one: [one], lambda one: [one, ASKED], lambda one: [ASKED, one]])
def test_nothing_that_may_distress_is_easy(hard: "Dict[str, Any]", said: Any) -> None:
    assert priority(*said(hard)) != "easy"


def test_small_talk_alone_is_not_easy() -> None:
    assert priority(turn("hello", "greet")) == "rest"


@pytest.mark.parametrize("replies", [[], [{"kind": "service", "id": "childline", "rule": "any"}]])
def test_another_language_is_a_reason_for_review_whether_or_not_a_service_was_offered(
    replies: "list[Dict[str, str]]",
) -> None:
    assert priority(turn("pisze do mnie obcy", "other_language", replies=replies)) == "language"


def test_danger_in_another_language_has_the_priority_of_danger() -> None:
    said = turn("chce umrzec", "other_language", urgency="immediate_danger")
    assert priority(said) == "danger"


def test_a_message_not_understood_is_a_reason_for_review_even_if_a_service_was_offered() -> None:
    assert priority(ASKED, turn("asdf qwer", "nlu_fallback")) == "unsure"
