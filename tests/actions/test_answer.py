"""The one action: which kind of answer a message gets, and what is in the answer to a subject."""

from typing import Any, Callable, Dict, List

import pytest
from saying import (
    EMERGENCY_WORDS,
    LIBRARY,
    TRIAGE,
    WORDS,
    Said,
    Talk,
    blackmailed,
    hinting,
    in_danger,
    pressed,
    prompt_of,
    straight_answer,
    summary_of,
    typed,
    what_if,
)

from actions import asides, comparison
from actions.answer import ASIDES, answer_subject, choose
from actions.crisis import answer_danger, answer_hint
from actions.turn import CASE
from bot.case.case import dump
from bot.content.models import QUESTION_KINDS

BLACKMAIL: Dict[str, Any] = {"role": "harmed", "facts": {"threat": True, "about": "self"}}
NOW = {"immediate_danger": 0.9}
INTENTS = [name for topic in LIBRARY.topics.values() for name in topic.intents]
OF_QUESTIONS = {question.prompt for question in TRIAGE.questions}
FOR_DOERS = {name for name, service in LIBRARY.services.items() if service.for_doers}


def same_again(times: int) -> List[Said]:
    """The replies to blackmail that is told several times after the first."""
    talk = blackmailed()
    return [talk.says("disclose_sextortion", **BLACKMAIL) for _ in range(times)]


# What kind of answer


@pytest.mark.parametrize(
    ("intent", "confidence", "read", "answer"),
    [
        pytest.param("thank", 0.95, {"urgencies": NOW}, answer_danger, id="danger before thanks"),
        pytest.param("ask_comparison", 0.95, {"urgencies": NOW}, answer_danger, id="danger before a comparison"),
        pytest.param("disclose_sextortion", 0.95, {"urgencies": NOW}, answer_danger, id="danger before the subject"),
        pytest.param(
            "disclose_suicidal", 1.0, {"facts": {"suicide": "hinted"}}, answer_danger, id="danger before a hint"
        ),
        pytest.param("hesitate", 0.95, {"facts": {"suicide": "hinted"}}, answer_hint, id="a hint before a pause"),
        pytest.param("feel_bad", 0.95, {"facts": {"suicide": "hinted"}}, answer_hint, id="a hint before the subject"),
        pytest.param("greet", 0.95, {}, asides.greet, id="hello"),
        pytest.param("disclose_sextortion", 0.95, {}, answer_subject, id="a subject"),
    ],
)
def test_the_first_message_is_answered_by_what_matters_most(
    intent: str, confidence: float, read: Dict[str, Any], answer: Callable[..., None]
) -> None:
    assert choose(Talk().turn(intent, confidence, **read)) is answer


@pytest.mark.parametrize("intent", sorted(ASIDES))
def test_something_small_that_is_said_first_is_answered_as_that(intent: str) -> None:
    assert choose(Talk().turn(intent, 0.9)) is ASIDES[intent]


@pytest.mark.parametrize(
    ("intent", "confidence", "move", "answer"),
    [
        pytest.param("thank", 0.95, "thanks", asides.thank, id="clear thanks"),
        pytest.param("deny", 0.5, "tells", answer_subject, id="a story that sounds like a no"),
        pytest.param("hesitate", 0.5, "asks", answer_subject, id="a question that sounds like a pause"),
        pytest.param("hesitate", 0.5, "stuck", asides.give_time, id="somebody who is stuck"),
        pytest.param("deny", 0.9, "tells", asides.say_no, id="a clear no"),
        pytest.param("ask_comparison", 0.9, "asks", comparison.show, id="the wish for a comparison"),
    ],
)
def test_within_a_story_something_small_is_answered_where_it_was_meant(
    intent: str, confidence: float, move: str, answer: Callable[..., None]
) -> None:
    assert choose(blackmailed().turn(intent, confidence, move=move)) is answer


def test_danger_that_was_known_is_not_answered_as_new() -> None:
    assert choose(in_danger().turn("ask_image_removal")) is answer_subject


# The answer to a subject


def test_the_answer_comes_before_the_guidance_the_services_and_the_question() -> None:
    assert Talk().says("disclose_sextortion", asks="pay", **BLACKMAIL).kinds == [
        "text",
        "guidance",
        "service",
        "choices",
    ]


@pytest.mark.parametrize(
    ("entities", "asker"),
    [
        ({"told_asker": "parent"}, "parent"),
        ({"told_asker": "young_person"}, "young_person"),
        ({"told_asker": "professional"}, "professional"),
        ({"told_asker": "other"}, "other"),
        ({}, "unknown"),
    ],
)
def test_the_straight_answer_and_the_guidance_are_in_the_words_for_who_asks(
    entities: Dict[str, str], asker: str
) -> None:
    reply = Talk().says("disclose_sextortion", asks="pay", entities=entities)
    assert (reply.texts[0], reply.summaries) == (
        straight_answer("pay", asker),
        [summary_of("disclose_sextortion", asker)],
    )


def test_a_question_within_a_story_is_answered_for_that_story() -> None:
    reply = blackmailed().says("ask_trouble", 0.6, about="sextortion", asks="trouble_me", move="asks")
    assert reply.texts[0] == straight_answer("trouble_me_images")


def test_the_same_question_is_not_answered_in_the_same_words() -> None:
    talk = Talk()
    talk.says("disclose_sextortion", asks="pay", **BLACKMAIL)
    assert straight_answer("pay") not in talk.says("disclose_sextortion", asks="pay", **BLACKMAIL).texts


def test_a_new_question_about_the_same_is_answered_without_the_guidance_again() -> None:
    reply = blackmailed().says("disclose_sextortion", asks="will_they_share", **BLACKMAIL)
    assert (reply.texts[0], reply.titles) == (straight_answer("will_they_share"), [])


def test_guidance_is_given_once_for_those_who_read_the_same_words() -> None:
    assert blackmailed().says("tell_age", ages=(14,), number_of={"writer_age": 0.9}).titles == []


def test_who_turns_out_to_be_a_parent_reads_the_words_for_parents() -> None:
    reply = blackmailed().says("tell_asker", entities={"told_asker": "parent"})
    assert reply.summaries == [summary_of("disclose_sextortion", "parent")]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param(1, what_if("disclose_sextortion"), id="what helps when it goes on"),
        pytest.param(2, WORDS.same_again, id="that it still fits"),
        pytest.param(4, WORDS.said_before, id="a person"),
        pytest.param(5, WORDS.said_before, id="a person from then on"),
    ],
)
def test_a_subject_that_goes_on_is_answered_with(told: int, words: str) -> None:
    assert same_again(told)[-1].texts[0] == words


def test_another_subject_is_not_answered_as_one_that_was_told_too_often() -> None:
    talk = blackmailed()
    for _ in range(4):
        talk.says("disclose_sextortion", **BLACKMAIL)
    talk.says("disclose_bullying")
    talk.says("disclose_bullying")
    assert talk.says("disclose_bullying").texts[0] == WORDS.same_again


def test_a_subject_to_which_somebody_comes_back_is_not_explained_again() -> None:
    talk = blackmailed()
    talk.says("disclose_bullying")
    assert talk.says("disclose_sextortion", **BLACKMAIL).titles == []


def test_nothing_is_said_twice_in_one_reply() -> None:
    repeated = [
        (intent, asks)
        for intent in INTENTS
        for asks in QUESTION_KINDS[:3]
        for texts in [Talk().says(intent, asks=asks).texts]
        if len(texts) != len(set(texts))
    ]
    assert repeated == []


# One question


def test_the_question_comes_last() -> None:
    talk = Talk()
    replies = [talk.says("disclose_sextortion", **BLACKMAIL) for _ in range(6)]
    assert all(reply.kinds.index("choices") == len(reply.kinds) - 1 for reply in replies if "choices" in reply.kinds)


def test_at_most_one_question_is_asked_in_a_reply() -> None:
    talk = Talk()
    assert all(len(talk.says(intent).prompts) <= 1 for intent in INTENTS)


def test_no_question_is_asked_twice() -> None:
    talk = Talk()
    prompts = [prompt for _ in range(8) for prompt in talk.says("disclose_image_spread").prompts]
    assert len(prompts) == len(set(prompts))


def test_safety_is_asked_about_first() -> None:
    assert Talk().says("disclose_image_spread").prompts == [prompt_of("danger")]


def test_then_who_asks_and_then_how_old_the_person_in_the_picture_is() -> None:
    talk = Talk()
    talk.says("disclose_image_spread")
    after = talk.presses("No, not right now"), talk.says("disclose_image_spread"), talk.says("disclose_image_spread")
    assert [prompt for reply in after for prompt in reply.prompts] == [prompt_of("asker"), prompt_of("age_in_image")]


def test_what_is_known_is_not_asked() -> None:
    talk = Talk()
    talk.says("tell_asker", entities={"told_asker": "parent"})
    prompts = [prompt for _ in range(6) for prompt in talk.says("disclose_image_spread").prompts]
    assert prompt_of("asker") not in prompts


def test_every_question_has_a_way_past_it() -> None:
    assert Talk().says("disclose_image_spread").labels[-1] == TRIAGE.skip.label


def test_danger_that_is_only_possible_is_asked_about_whatever_the_subject() -> None:
    reply = Talk().says("suspect_grooming", urgencies={"immediate_danger": 0.17, "concern": 0.5})
    assert reply.prompts == [prompt_of("danger")]


def test_who_would_rather_not_say_whether_there_is_danger_has_not_said_that_there_is_none() -> None:
    talk = blackmailed()
    talk.presses(TRIAGE.skip.label)
    assert talk.case.value("danger") != "none"


@pytest.mark.parametrize(
    "read",
    [
        pytest.param({"intent": "complain", "move": "objects"}, id="after a complaint"),
        pytest.param({"intent": "out_of_scope", "move": "small_talk"}, id="after something else"),
        pytest.param({"intent": "greet", "move": "small_talk"}, id="after hello"),
    ],
)
def test_a_no_does_not_answer_a_question_that_another_one_followed(read: Dict[str, Any]) -> None:
    talk = hinting()
    assert talk.says(**read).prompts
    talk.says("deny", 0.95, move="answers")
    assert talk.case.value("suicide") == "hinted"


def test_whether_it_helped_is_asked_once_for_a_subject() -> None:
    talk = Talk()
    talk.says("ask_penalties", entities={"told_asker": "parent"})
    prompts = [*talk.last.prompts, *(p for _ in range(3) for p in talk.says("ask_penalties").prompts)]
    assert prompts.count(WORDS.did_it_help) == 1


# Who it is about


@pytest.mark.parametrize(
    ("intent", "read"),
    [
        ("ask_who_to_talk_to", {}),
        ("feel_bad", {"asks": "my_fault"}),
        ("ask_trouble", {"asks": "trouble_me"}),
        ("ask_penalties", {}),
        ("ask_after_arrest", {}),
        ("ask_confidential", {"asks": "who_is_told"}),
        ("worry_own_behaviour", {"role": "harmed"}),
        ("complain", {"move": "objects"}),
    ],
)
@pytest.mark.parametrize("age", [None, 35], ids=["of no known age", "an adult"])
def test_somebody_who_was_harmed_is_never_sent_to_help_for_offenders(
    intent: str, read: Dict[str, Any], age: "int | None"
) -> None:
    talk = Talk()
    told = {**BLACKMAIL["facts"], **({"writer_age": age} if age else {})}
    talk.says("disclose_sextortion", role="harmed", facts=told)
    assert not FOR_DOERS & set(talk.says(intent, 0.9, **{"role": "harmed", **read}).cards)


def test_who_worries_about_themselves_is_sent_to_help_for_that() -> None:
    assert "stop_it_now" in Talk().says("worry_own_behaviour", role="own_behaviour").cards


def test_a_button_pressed_at_the_start_does_not_make_a_victim_somebody_who_may_harm() -> None:
    talk = Talk()
    talk.opens()
    talk.presses("I'm worried about my own behaviour")
    talk.says("disclose_sextortion", **BLACKMAIL)
    talk.slots[CASE] = {**talk.slots[CASE], "shown": []}
    assert not FOR_DOERS & set(talk.says("ask_who_to_talk_to", role="harmed").cards)


def test_an_adult_who_was_harmed_and_says_that_they_are_an_adult_is_sent_to_help_for_adults() -> None:
    talk = blackmailed()
    talk.presses("No, not right now")
    assert talk.says("disclose_sextortion", **BLACKMAIL).prompts == [prompt_of("asker")]
    assert "revenge_porn_helpline" in talk.presses("I'm an adult, asking for me or somebody else").cards


def test_a_victim_is_not_asked_whether_they_meant_their_own_behaviour() -> None:
    ranking = {"worry_own_behaviour": 0.3, "disclose_sextortion": 0.25, "feel_bad": 0.2}
    reply = blackmailed().says("nlu_fallback", 0.3, ranking=ranking, move="stuck", role="harmed")
    label = LIBRARY.topics["own_behaviour"].intents["worry_own_behaviour"].label
    assert label not in reply.labels


# Whatever comes


def test_every_intent_is_answered_with_something() -> None:
    silent = [intent for intent in INTENTS if not Talk().says(intent).messages]
    assert silent == []


def test_no_intent_makes_the_action_fail() -> None:
    failing = [
        intent
        for intent in INTENTS
        for talk in (Talk(), blackmailed(), in_danger(), hinting())
        if EMERGENCY_WORDS in talk.says(intent).texts or EMERGENCY_WORDS in talk.gets(pressed(intent, {})).texts
    ]
    assert failing == []


def test_a_message_of_which_nothing_was_read_is_answered() -> None:
    assert Talk().gets({}).prompts == [WORDS.ask_topic]


def test_the_first_message_says_what_the_conversation_is_about() -> None:
    assert [message.get("about") for message in blackmailed().last.messages][:2] == ["sextortion", None]


def test_a_case_that_another_version_kept_is_answered() -> None:
    slot = dump(blackmailed().case)
    del slot["misunderstood"]
    assert EMERGENCY_WORDS not in Talk({CASE: slot}).gets(typed("thank", 0.9)).texts


def test_where_the_action_fails_the_person_hears_whom_to_turn_to() -> None:
    assert Talk({CASE: "no case"}).gets(typed("disclose_sextortion", 0.9)).texts == [EMERGENCY_WORDS]
