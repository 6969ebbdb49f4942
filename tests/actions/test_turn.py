"""The turn: what was known, how the message was read, and what is kept of it."""

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


def test_a_conversation_that_begins_has_no_case_before() -> None:
    assert Conversation().turn("greet").previous == Case()


def test_the_case_that_was_kept_is_the_one_before() -> None:
    talk = blackmailed()
    assert talk.turn("thank").previous == talk.case


def test_the_case_after_holds_what_the_message_says() -> None:
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


def test_a_button_is_no_message_to_be_read_with_the_next() -> None:
    talk = blackmailed()
    talk.presses("Not right now")
    assert talk.slots[RECENT] == ["some words of what somebody has to tell"]


def test_what_a_button_says_is_known_by_name() -> None:
    turn = Turn.of(Conversation().tracker(pressed("choose", {"comparison": "loan_that_turned", "choice": "the_man"})))
    assert turn.pressed == {"comparison": "loan_that_turned", "choice": "the_man"}


def test_words_that_are_typed_press_nothing() -> None:
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
def test_a_message_of_which_nothing_was_read_leaves_the_subject(message: "dict[str, Any]") -> None:
    talk = blackmailed()
    assert Turn.of(talk.tracker(message)).case.topic == "sextortion"


def test_the_police_area_of_the_deployment_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREETWISE_AREA", "scotland")
    turn = Conversation().turn("disclose_sextortion")
    assert turn.situation(turn.case).area == "scotland"


def test_a_place_that_was_told_counts_more() -> None:
    turn = Conversation().turn("tell_place", entities={"place": "Belfast"})
    assert turn.situation(turn.case).area == "northern_ireland"


def test_the_place_that_the_host_page_names_counts_from_the_start() -> None:
    talk = Conversation()
    talk.opens(place="northern ireland")
    turn = talk.turn("disclose_sextortion")
    assert turn.situation(turn.case).area == "northern_ireland"


@pytest.mark.parametrize("part", ["misunderstood", "topics_before", "role", "open_question", "intent"])
def test_danger_stays_known_in_a_case_that_another_version_kept_without_a_part(part: str) -> None:
    slot = dump(in_danger().case)
    del slot[part]
    assert is_in_danger(Turn.of(Conversation({CASE: slot}).tracker(typed("thank", 0.9))).case)


def test_a_role_of_another_version_counts_as_none() -> None:
    slot = {**dump(Case(turn=1, facts={"writer_age": Fact(14, True, 1)})), "role": ["bystander", True, 1]}
    assert Turn.of(Conversation({CASE: slot}).tracker(typed("thank", 0.9))).case.role.value == "asks"
