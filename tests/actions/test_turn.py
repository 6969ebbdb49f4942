"""The turn: the previous case, the reading of the message, and what is kept."""

from typing import Any, List

import pytest
from action_driver import Conversation, blackmailed, in_danger, pressed, typed

from actions.turn import CASE, RECENT, Turn
from bot.case.case import Case, dump
from bot.case.derived import in_danger as is_in_danger
from bot.case.facts import Fact


def recent_after(*texts: str) -> List[str]:
    talk = Conversation()
    for text in texts:
        talk.says("disclose_sextortion", text=text)
    return list(talk.slots[RECENT])


def test_a_new_conversation_has_an_empty_previous_case() -> None:
    assert Conversation().turn("greet").previous == Case()


def test_the_stored_case_is_the_previous_case() -> None:
    talk = blackmailed()
    assert talk.turn("thank").previous == talk.case


def test_the_new_case_holds_the_facts_of_the_message() -> None:
    assert Conversation().turn("disclose_sextortion", facts={"paid": True}).case.has("paid")


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        ("a", "a"),
        ("abcd", "abcd"),
        ("abcdefg", "aefg"),
    ],
)
def test_the_first_and_the_last_three_messages_are_kept(texts: str, kept: str) -> None:
    assert recent_after(*texts) == list(kept)


def test_a_pressed_button_is_not_kept_as_a_recent_message() -> None:
    talk = blackmailed()
    talk.presses("Not right now")
    assert talk.slots[RECENT] == ["some words of what somebody has to tell"]


def test_the_values_of_a_button_are_known_by_name() -> None:
    turn = Turn.of(Conversation().tracker(pressed("choose", {"comparison": "loan_that_turned", "choice": "the_man"})))
    assert turn.pressed == {"comparison": "loan_that_turned", "choice": "the_man"}


def test_typed_words_press_nothing() -> None:
    assert Conversation().turn("choose", entities={"comparison": "loan_that_turned"}).pressed == {}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []},
        {"text": "hm", "intent": None, "entities": None, "intent_ranking": None, "context": None},
    ],
    ids=["nothing", "no words", "no reading"],
)
def test_a_message_without_a_reading_keeps_the_topic(message: "dict[str, Any]") -> None:
    talk = blackmailed()
    assert Turn.of(talk.tracker(message)).case.topic == "sextortion"


def test_the_deployments_police_area_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREETWISE_AREA", "scotland")
    turn = Conversation().turn("disclose_sextortion")
    assert turn.situation(turn.case).area == "scotland"


def test_a_declared_place_overrides_the_deployments_area() -> None:
    turn = Conversation().turn("tell_place", entities={"place": "Belfast"})
    assert turn.situation(turn.case).area == "northern_ireland"


def test_a_place_named_by_the_host_page_counts_from_the_start() -> None:
    talk = Conversation()
    talk.opens(place="northern ireland")
    turn = talk.turn("disclose_sextortion")
    assert turn.situation(turn.case).area == "northern_ireland"


@pytest.mark.parametrize("part", ["misunderstood", "topics_before", "role", "open_question", "intent"])
def test_danger_stays_known_if_a_case_of_another_version_lacks_a_part(part: str) -> None:
    slot = dump(in_danger().case)
    del slot[part]
    assert is_in_danger(Turn.of(Conversation({CASE: slot}).tracker(typed("thank", 0.9))).case)


def test_a_role_of_another_version_counts_as_none() -> None:
    slot = {**dump(Case(turn=1, facts={"writer_age": Fact(14, True, 1)})), "role": ["bystander", True, 1]}
    assert Turn.of(Conversation({CASE: slot}).tracker(typed("thank", 0.9))).case.role.value == "asks"
