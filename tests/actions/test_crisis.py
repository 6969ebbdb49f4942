"""Danger and hints of it."""

from typing import Callable

import pytest
from saying import (
    CRISIS,
    KEEP_SAFE,
    TRIAGE,
    WORDS,
    Said,
    Talk,
    blackmailed,
    followed,
    hinting,
    in_danger,
    name_of,
    prompt_of,
    title_of,
)

from actions.answer import ASIDES
from bot.referral.refer import EMERGENCY

#: Thresholds raise danger that was not the likeliest; the net and the conversation find danger on their own.
PHOTO = {"ask_image_removal": 0.7}


def of_a_photo_too(found: str) -> Said:
    """A message about a photo in which danger is told, and how the danger was found."""
    if found == "by thresholds":
        return Talk().says(
            "disclose_suicidal", 0.2, ranking=PHOTO, topics={CRISIS: 0.7}, urgencies={"immediate_danger": 0.7}
        )
    if found == "by its words":
        return Talk().says("disclose_suicidal", 1.0, ranking=PHOTO)
    return Talk().says(
        "ask_image_removal",
        0.7,
        ranking={"disclose_suicidal": 0.2},
        topics={CRISIS: 0.7},
        urgencies={"immediate_danger": 0.7},
    )


# Danger


def test_999_comes_before_any_other_word() -> None:
    assert in_danger().last.messages[0]["text"] == WORDS.danger_first


def test_the_helplines_come_before_the_guidance() -> None:
    assert in_danger().last.kinds[:3] == ["text", "service", "guidance"]


def test_the_first_card_is_999_and_the_next_a_helpline() -> None:
    assert in_danger().last.cards[:2] == [EMERGENCY, "childline"]


def test_nothing_is_asked_of_somebody_in_danger() -> None:
    assert in_danger().last.prompts == []


def test_what_follows_from_what_was_told_is_danger_too() -> None:
    assert followed().last.messages[0]["text"] == WORDS.danger_first


def test_a_child_hears_that_their_age_was_heard_once() -> None:
    talk = Talk()
    first = talk.says("disclose_danger", 1.0, facts={"writer_age": 13, "writer": "child"})
    again = talk.says("disclose_danger", 1.0)
    heard = WORDS.age_heard.format(age=13)
    assert (heard in first.texts, heard in again.texts) == (True, False)


def test_danger_that_is_told_again_puts_999_first_again() -> None:
    talk = in_danger()
    reply = talk.says("disclose_self_harm", 1.0)
    assert (reply.texts[0], reply.cards[0]) == (WORDS.danger_first, EMERGENCY)


@pytest.mark.parametrize("found", ["by thresholds", "by its words", "by the conversation"])
def test_the_likelier_subject_is_answered_after_the_helplines_where_danger_was_found(found: str) -> None:
    messages = list(of_a_photo_too(found).messages)
    kinds = [message["kind"] for message in messages]
    places = [place for place, one in enumerate(messages) if one.get("title") == title_of("ask_image_removal")]
    assert places
    assert kinds.index("service") < places[0]


@pytest.mark.parametrize("found", ["by thresholds", "by its words", "by the conversation"])
def test_999_comes_first_wherever_danger_was_found(found: str) -> None:
    assert of_a_photo_too(found).texts[0] == WORDS.danger_first


def test_no_service_comes_twice_in_one_reply() -> None:
    cards = of_a_photo_too("by thresholds").cards
    assert len(cards) == len(set(cards))


def test_a_helpline_that_is_a_card_in_this_reply_is_no_line_in_it() -> None:
    reply = of_a_photo_too("by thresholds")
    assert not [name for name in map(name_of, reply.cards) if name in " ".join(reply.texts[1:])]


# While it lasts


@pytest.mark.parametrize("intent", sorted(ASIDES))
@pytest.mark.parametrize("begun", [in_danger, followed], ids=["said outright", "that adds up"])
def test_in_danger_every_later_reply_names_999(begun: Callable[[], Talk], intent: str) -> None:
    talk = begun()
    assert talk.says(intent, 0.8, move="small_talk").names_999


@pytest.mark.parametrize("intent", ["affirm", "ask_why", "deny", "hesitate"])
def test_in_danger_999_is_named_after_a_question_too(intent: str) -> None:
    talk = in_danger()
    assert talk.says("ask_image_removal").prompts
    assert talk.says(intent, 0.9, move="answers").names_999


def test_a_no_does_not_end_it() -> None:
    talk = in_danger()
    talk.says("deny", 0.95, move="answers")
    assert talk.says("ask_image_removal").cards[0] == EMERGENCY


def test_who_will_not_ring_is_not_left_with_that() -> None:
    assert in_danger().says("deny", 0.95).texts == [KEEP_SAFE, WORDS.no_need_to_ring]


def test_who_says_that_it_is_over_is_no_longer_sent_to_999() -> None:
    talk = in_danger()
    talk.says("thank", 0.8, entities={"danger": "over"})
    assert EMERGENCY not in talk.says("ask_image_removal").cards


def test_no_comparison_is_shown_in_danger() -> None:
    assert "comparison" not in in_danger().says("ask_talk_to_child").kinds


# The question whether there is danger


def test_yes_is_answered_with_999_first() -> None:
    talk = blackmailed()
    assert talk.presses("Yes, or I think so").texts[0] == WORDS.danger_first


def test_a_typed_yes_leads_where_the_button_does() -> None:
    typed, pressed = blackmailed(), blackmailed()
    replies = typed.says("affirm", 0.95, move="answers"), pressed.presses("Yes, or I think so")
    assert replies[0].cards == replies[1].cards
    assert replies[0].titles == replies[1].titles


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_no_is_taken_with_what_to_do_if_that_changes(is_typed: bool) -> None:
    talk = blackmailed()
    reply = talk.says("deny", 0.95, move="answers") if is_typed else talk.presses("No, not right now")
    assert (reply.texts, talk.case.value("danger")) == ([WORDS.not_in_danger], "none")


# A hint


def test_a_hint_is_asked_about_straight_with_the_word() -> None:
    assert hinting().last.prompts == [prompt_of("suicide")]
    assert "suicide" in prompt_of("suicide")


def test_the_helplines_are_in_sight_before_the_question() -> None:
    assert hinting().last.texts == [WORDS.hint_heard, KEEP_SAFE]


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_yes_to_a_hint_is_danger(is_typed: bool) -> None:
    talk = hinting()
    reply = talk.says("affirm", 0.95, move="answers") if is_typed else talk.presses("Yes")
    assert (reply.texts[:1], reply.cards[:1]) == ([WORDS.danger_first], [EMERGENCY])


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_no_to_a_hint_is_taken_with_what_to_do_if_that_changes(is_typed: bool) -> None:
    talk = hinting()
    reply = talk.says("deny", 0.95, move="answers") if is_typed else talk.presses("No")
    assert (reply.texts, talk.case.value("suicide")) == ([WORDS.not_in_danger], "denied")


@pytest.mark.parametrize("about", ["emotional_support", "small_talk"])
def test_a_typed_no_is_an_answer_whatever_topic_it_sounds_like(about: str) -> None:
    assert hinting().says("deny", 0.95, about=about, move="answers").texts == [WORDS.not_in_danger]


def test_who_is_not_sure_has_the_helplines_in_sight_and_is_not_asked_again() -> None:
    reply = hinting().presses("I'm not sure")
    assert reply.names_999
    assert prompt_of("suicide") not in reply.prompts


def test_who_is_not_sure_does_not_hear_the_same_sentence_again() -> None:
    assert WORDS.hint_heard not in hinting().presses("I'm not sure").texts


def test_who_would_rather_not_say_has_not_said_no() -> None:
    talk = hinting()
    talk.presses(TRIAGE.skip.label)
    assert talk.case.value("suicide") == "hinted"


def test_a_hint_that_was_denied_is_not_asked_about_again() -> None:
    talk = hinting()
    talk.presses("No")
    later = [talk.says("feel_bad", urgencies={"immediate_danger": 0.2, "concern": 0.5}) for _ in range(3)]
    assert prompt_of("suicide") not in [prompt for reply in later for prompt in reply.prompts]


def test_danger_after_a_hint_that_was_denied_is_still_danger() -> None:
    talk = hinting()
    talk.presses("No")
    assert talk.says("disclose_suicidal", 1.0).cards[0] == EMERGENCY
