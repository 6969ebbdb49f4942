"""Messages that keep a conversation going, such as thanks, feelings and doubts."""

from typing import Any, Dict

import pytest
from action_driver import (
    LIBRARY,
    WORDS,
    Conversation,
    asked_whether_it_helped,
    blackmailed,
    faq_answer,
    in_danger,
    next_steps,
    question_of,
    straight_answer,
    title_of,
    what_if,
)

from bot.case.derived import age_band
from bot.referral.refer import EMERGENCY

UNCLEAR = {"disclose_stranger_contact": 0.25, "disclose_bullying": 0.2, "ask_app_safety": 0.15, "feel_bad": 0.1}


def unclear(talk: Conversation) -> Conversation:
    """Send a message that is not understood."""
    talk.says("nlu_fallback", 0.3, ranking=UNCLEAR, topics={"out_of_scope": 0.4, "stranger_contact": 0.2})
    return talk


def an_adult() -> Conversation:
    """A conversation whose writer has pressed the button "I'm an adult"."""
    talk = Conversation()
    talk.opens()
    talk.presses("I'm an adult")
    return talk


def test_the_welcome_says_what_this_is_before_it_asks() -> None:
    reply = Conversation().opens()
    assert (reply.texts, reply.prompts) == ([LIBRARY.fill(line) for line in WORDS.welcome], [WORDS.ask_asker])


@pytest.mark.parametrize(
    ("label", "asker"),
    [
        ("A child I look after", "parent"),
        ("A child I work with", "professional"),
        ("My own behaviour", "self_concern"),
        ("Somebody else", "other"),
    ],
)
def test_an_adult_says_with_a_second_button_who_it_is_about(label: str, asker: str) -> None:
    talk = an_adult()
    talk.presses(label)
    assert talk.turn("hesitate").asker == asker


def test_a_writer_who_presses_under_18_is_a_young_person() -> None:
    talk = Conversation()
    talk.opens()
    talk.presses("I'm under 18")
    assert talk.turn("hesitate").asker == "young_person"


def test_a_writer_who_presses_adult_is_not_yet_a_parent() -> None:
    talk = an_adult()
    assert (age_band(talk.case), talk.case.role.value) == ("adult", "asks")


def test_an_adult_is_asked_who_it_is_about() -> None:
    assert (an_adult().last.prompts, an_adult().last.labels) == (
        [WORDS.ask_about],
        [choice.label for choice in WORDS.about],
    )


def test_an_adult_who_asks_for_themselves_gets_the_words_for_adults() -> None:
    talk = an_adult()
    talk.presses("Me")
    assert talk.audience == "adult"


def test_an_adult_who_asks_for_themselves_chooses_from_what_may_have_happened_to_them() -> None:
    assert an_adult().presses("Me").labels == [choice.label for choice in WORDS.own_capabilities]


def test_a_writer_who_said_who_it_is_about_is_not_asked_again() -> None:
    assert WORDS.ask_about not in an_adult().presses("A child I look after").prompts


def test_a_writer_who_says_who_they_are_is_asked_what_it_is_about() -> None:
    talk = Conversation()
    talk.opens()
    reply = talk.presses("I'm under 18")
    assert (reply.texts, reply.prompts) == ([WORDS.asker_noted], [WORDS.ask_own_topic])


#: A message that has nothing to do with the story, even when read in its conversation.
OUTSIDE = {"intent": "out_of_scope", "confidence": 0.8, "topics": {"out_of_scope": 0.9}, "move": "small_talk"}


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ({"intent": "thank", "move": "thanks"}, WORDS.thank),
        ({"intent": "goodbye", "move": "small_talk"}, WORDS.goodbye),
        ({"intent": "deny", "move": "answers", "text": "no"}, WORDS.no_problem),
        ({"intent": "ask_why", "move": "asks"}, WORDS.why_asked),
        ({"intent": "other_language", "move": "small_talk"}, LIBRARY.fill(WORDS.other_language)),
        (OUTSIDE, WORDS.outside[0]),
        ({"intent": "complain", "move": "objects"}, WORDS.sorry_misread[0]),
    ],
)
def test_within_a_story_an_aside_is_answered_and_keeps_the_topic(read: Dict[str, Any], words: str) -> None:
    talk = Conversation()
    talk.says("ask_penalties")
    assert talk.says(**{"confidence": 0.95, **read}).texts[0] == words
    assert talk.case.topic == "law_question"


@pytest.mark.parametrize("read", [OUTSIDE, {"intent": "complain", "confidence": 0.95, "move": "objects"}])
def test_a_repeated_aside_is_answered_in_other_words(read: Dict[str, Any]) -> None:
    talk = blackmailed()
    said = [text for _ in range(3) for text in talk.says(**read).texts]
    assert len(set(said)) == len(said)


def test_a_short_question_that_reads_like_a_yes_is_answered() -> None:
    reply = blackmailed().says("affirm", 0.96, text="is that ok", move="asks", asks="pay")
    assert straight_answer("pay") in reply.texts


def test_a_message_with_a_topic_only_within_the_story_is_not_turned_away() -> None:
    reply = blackmailed().says("out_of_scope", 0.95, text="we broke up", topics={"sextortion": 0.9})
    assert not {*WORDS.outside} & {*reply.texts}


def test_a_message_that_sounds_like_what_if_but_asks_nothing_gets_no_answer_to_it() -> None:
    reply = blackmailed().says("ask_what_if", 0.9, text="he hasnt done anything yet", move="tells")
    assert what_if("disclose_sextortion") not in reply.texts


def test_a_message_that_sounds_like_a_complaint_but_continues_the_story_gets_no_apology() -> None:
    reply = blackmailed().says("complain", 0.99, text="i didnt ask", move="answers")
    assert not {*WORDS.sorry_misread} & {*reply.texts}


def test_thanks_read_as_small_talk_are_answered_as_thanks_and_keep_the_topic() -> None:
    talk = blackmailed()
    reply = talk.says("thank", 0.95, about="small_talk", move="thanks")
    assert (reply.texts, talk.case.topic) == ([WORDS.thank], "sextortion")


def test_a_writer_who_cannot_begin_is_given_time_and_topics() -> None:
    reply = Conversation().says("hesitate")
    assert (reply.texts, reply.prompts) == ([WORDS.take_your_time], [WORDS.ask_topic])


def test_in_danger_hello_is_answered_with_where_to_turn() -> None:
    talk = in_danger()
    assert talk.says("greet", 0.85, move="small_talk").texts[0] == talk.danger.again[talk.audience][0]


def test_hello_in_the_middle_of_a_story_does_not_start_again() -> None:
    assert WORDS.greet not in blackmailed().says("greet", 0.95, move="small_talk").texts


def test_a_yes_without_a_question_is_invited_to_go_on() -> None:
    assert Conversation().says("affirm").prompts == [WORDS.go_on]


def test_a_yes_to_a_question_that_it_cannot_answer_shows_the_choices_again() -> None:
    talk = Conversation()
    talk.says("disclose_image_spread")
    talk.presses("Not right now")
    assert talk.says("affirm", 0.95, move="answers", text="yes").prompts == [question_of("asker").again]


def test_why_is_answered_and_the_question_is_asked_again() -> None:
    reply = blackmailed().says("ask_why", 0.9, move="asks")
    assert (reply.texts, reply.prompts) == ([WORDS.why_asked], [question_of("danger").again])


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_a_writer_who_was_helped_is_thanked(is_typed: bool) -> None:
    talk = asked_whether_it_helped()
    reply = talk.says("affirm", 0.95, move="answers", text="yes") if is_typed else talk.presses("Yes, it helped")
    assert reply.texts == [WORDS.it_helped]


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "pressed"])
def test_a_writer_who_was_not_helped_is_led_to_people(is_typed: bool) -> None:
    talk = asked_whether_it_helped()
    reply = talk.says("deny", 0.95, move="answers") if is_typed else talk.presses("No, not really")
    assert (reply.texts[0], "samaritans" in reply.cards) == (WORDS.it_did_not_help, True)


def test_a_misread_writer_is_led_to_a_person_and_can_try_again() -> None:
    talk = Conversation()
    talk.says("greet", move="small_talk")
    reply = talk.says("complain", move="objects")
    assert ("childline" in reply.cards, reply.prompts) == (True, [WORDS.you_could_say])


def test_a_writer_misread_within_a_story_need_not_tell_it_again() -> None:
    talk = blackmailed()
    reply = talk.says("complain", move="objects")
    assert reply.texts[0] == WORDS.sorry_misread[0]
    assert (reply.labels[-1], talk.case.topic) == (WORDS.something_else.label, "sextortion")


def test_a_writer_misread_twice_is_led_to_a_person() -> None:
    talk = blackmailed()
    replies = [talk.says("complain", move="objects") for _ in range(2)]
    assert [WORDS.own_capabilities[0].label in reply.labels for reply in replies] == [False, True]


def test_a_story_resumes_after_danger_that_was_not_meant() -> None:
    talk = blackmailed()
    talk.says("disclose_danger", 0.9, urgencies={"immediate_danger": 0.9})
    talk.presses(WORDS.not_meant_choice.label)
    assert talk.case.topic == "sextortion"


def test_thanks_at_the_start_of_a_longer_message_do_not_end_the_story() -> None:
    reply = blackmailed().says("thank", 0.97, move={"thanks": 0.5, "tells": 0.3}, text="thank you. i did like him")
    assert WORDS.thank not in reply.texts


def test_a_curse_as_a_first_message_gets_no_apology() -> None:
    assert Conversation().says("complain", move="objects", text="fuck").texts == [WORDS.take_your_time]


def test_a_curse_as_a_first_message_gets_a_helpline() -> None:
    assert "childline" in Conversation().says("complain", move="objects", text="fuck").cards


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"intent": "tell_age", "facts": {"writer_age": 14}}, WORDS.age_noted),
        ({"intent": "tell_place", "entities": {"place": "Leeds"}}, WORDS.place_noted),
        ({"intent": "tell_asker", "entities": {"told_asker": "parent"}}, WORDS.asker_noted),
    ],
    ids=["an age", "a place", "who they are"],
)
def test_a_detail_told_before_any_story_is_noted(told: Dict[str, Any], words: str) -> None:
    assert Conversation().says(**told).texts == [words]


@pytest.mark.parametrize("intent", ["tell_age", "tell_place"])
def test_a_message_that_only_sounds_like_a_detail_is_not_noted_as_one(intent: str) -> None:
    assert Conversation().says(intent, text="this was 1994, so its too late").texts == [WORDS.take_your_time]


def test_a_detail_told_within_a_story_brings_the_next_step() -> None:
    assert blackmailed().was_asked_everything().says("tell_asker").texts[0] == next_steps("sextortion")[0]


def test_a_writer_who_turns_out_to_be_a_parent_is_still_asked_a_question() -> None:
    assert blackmailed().says("tell_asker", entities={"told_asker": "parent"}).prompts != []


def test_what_if_is_answered_for_the_topic_rather_than_as_a_frequently_asked_question() -> None:
    reply = blackmailed().says("ask_what_if", 0.9, faq="trace_account", move="asks")
    assert (faq_answer("trace_account") in reply.texts, what_if("disclose_sextortion") in reply.texts) == (False, True)


def test_what_if_is_answered_once_per_topic() -> None:
    talk = blackmailed()
    replies = [talk.says("ask_what_if", 0.9, move="asks") for _ in range(2)]
    assert [what_if("disclose_sextortion") in reply.texts for reply in replies] == [True, False]


def test_what_if_without_a_topic_asks_for_one() -> None:
    assert Conversation().says("ask_what_if", 0.9).prompts == [WORDS.go_on]


# The safe word


@pytest.mark.parametrize("text", ["help", "HELP", "Help!!", "heeelp", "pls help", "SOS", "🆘"])
def test_the_safe_word_is_recognised_however_it_is_written(text: str) -> None:
    assert WORDS.command(text) == "help"


@pytest.mark.parametrize("text", ["", "can you help my brother", "helpful", "no help"])
def test_other_words_are_not_the_safe_word(text: str) -> None:
    assert WORDS.command(text) is None


@pytest.mark.parametrize(
    "begun", [Conversation, blackmailed, in_danger], ids=["at first", "within a story", "in danger"]
)
def test_the_safe_word_brings_999_and_a_helpline_as_open_cards(begun: Any) -> None:
    assert begun().says("nlu_fallback", 0.3, text="help").open_cards[:2] == [EMERGENCY, "childline"]


def test_the_safe_word_brings_an_adult_a_helpline_for_adults() -> None:
    talk = blackmailed({"writer_age": 30})
    assert talk.says("nlu_fallback", 0.3, text="help").open_cards[:2] == [EMERGENCY, "samaritans"]


def test_the_safe_word_keeps_the_topic() -> None:
    talk = blackmailed()
    talk.says("nlu_fallback", 0.3, text="help")
    assert talk.case.topic == "sextortion"


# Messages that are not understood


def test_an_unclear_message_is_asked_about_with_the_likeliest_readings() -> None:
    reply = unclear(Conversation()).last
    labels = ["A stranger is in contact with a young person", "Someone is being bullied", "Is an app or game safe?"]
    assert (reply.prompts, reply.labels) == ([WORDS.did_you_mean], [*labels, WORDS.something_else.label])


def test_the_chosen_reading_is_answered() -> None:
    assert unclear(Conversation()).presses("Someone is being bullied").titles == [title_of("disclose_bullying")]


def test_after_two_unclear_messages_in_a_row_people_are_offered() -> None:
    reply = unclear(unclear(Conversation())).last
    assert (reply.texts[:1], "childline" in reply.cards) == ([WORDS.not_understood_again], True)


def test_something_else_leads_to_what_the_chat_can_help_with() -> None:
    talk = Conversation()
    talk.says("nlu_fallback", 0.3, ranking=UNCLEAR, move="stuck")
    assert talk.presses(WORDS.something_else.label).titles == [title_of("ask_capabilities")]
