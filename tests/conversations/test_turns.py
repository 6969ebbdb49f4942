"""Turns whose meaning depends on earlier turns, over HTTP."""

from typing import Any, Dict, List

import pytest
from chat_client import Person, services

from bot.case.replies import load_replies
from bot.content.library import load_library

WORDS = load_library().words
REPLIES = load_replies()
#: The possible first words of a reply while danger lasts.
AGAIN = {
    text
    for kind in REPLIES.danger
    for text in (*kind.words.values(), *(again for wordings in kind.again.values() for again in wordings))
}
BLACKMAIL = "he says hell send my nudes to everyone unless i pay"
LONG_WITH_DANGER = (
    "My daughter's ex has put a topless photo of her in the sixth form chat. The school is talking to his parents "
    "tomorrow morning. She told me last night that she wants to kill herself. What I need to know is how we get the "
    "photo taken down from Snapchat and who does that for us."
)


def prompts(messages: List[Dict[str, Any]]) -> List[str]:
    return [message["prompt"] for message in messages if message["kind"] == "choices"]


def said(messages: List[Dict[str, Any]]) -> List[str]:
    return [message["text"] for message in messages if message["kind"] == "text"]


def guidance(messages: List[Dict[str, Any]]) -> List[str]:
    return [message["summary"] for message in messages if message["kind"] == "guidance"]


def button(messages: List[Dict[str, Any]], label: str) -> str:
    return next(c["id"] for message in messages for c in message.get("choices", []) if c["label"] == label)


def test_yes_to_the_question_about_danger_is_answered_with_999_first(person: Person) -> None:
    person.says(BLACKMAIL)
    assert services(person.says("yes"))[0] == "police_999"


def test_no_to_the_question_about_danger_is_answered_with_what_to_do_if_that_changes(person: Person) -> None:
    person.says(BLACKMAIL)
    assert said(person.says("no")) == [WORDS.not_in_danger]


def test_a_question_is_not_asked_twice(person: Person) -> None:
    first = prompts(person.says(BLACKMAIL))
    assert not set(first) & set(prompts(person.says(BLACKMAIL)))


def test_a_question_can_be_skipped_with_a_button(person: Person) -> None:
    asked = person.says(BLACKMAIL)
    assert said(person.presses(button(asked, "I'd rather not say")))


def test_after_danger_999_still_comes_first_when_the_topic_changes(person: Person) -> None:
    person.says("hes outside my house right now")
    assert "999" in said(person.says("how do i get a nude of me taken down"))[0]


def test_a_writer_who_says_that_they_are_safe_is_no_longer_sent_to_999(person: Person) -> None:
    person.says("hes outside my house right now")
    person.says("ok im safe now")
    assert "police_999" not in services(person.says("how do i get a nude of me taken down"))


def test_no_comparison_is_shown_to_somebody_in_danger(person: Person) -> None:
    person.says("hes outside my house right now")
    assert "comparison" not in [message["kind"] for message in person.says("show me a comparison")]


def test_a_corrected_age_changes_the_services(person: Person) -> None:
    assert "report_remove" in services(person.says("my sons nudes have been put on instagram"))
    corrected = services(person.says("no he's 19"))
    assert ("stopncii" in corrected, "report_remove" in corrected) == (True, False)


def test_an_age_after_the_question_about_the_picture_answers_it(person: Person) -> None:
    spread = "my nieces nudes have been put on instagram"
    person.says(spread)  # asks about danger first
    assert "How old was the person" in prompts(person.says(spread))[0]
    assert "stopncii" in services(person.says("24"))


def test_and_what_if_is_answered_for_the_topic(person: Person) -> None:
    person.says(BLACKMAIL)
    answer = said(person.says("and what if he does it anyway"))
    assert answer[0] in load_library().what_if["sextortion"].values()


def test_and_what_if_without_a_topic_prompts_for_one(person: Person) -> None:
    assert WORDS.go_on in prompts(person.says("and what if that doesnt work"))


def test_the_chat_says_why_it_asks(person: Person) -> None:
    person.says(BLACKMAIL)
    assert said(person.says("why do you need to know that"))[0] == WORDS.why_asked


def test_a_question_repeated_many_times_is_answered_with_services_once(person: Person) -> None:
    replies = [person.says("what is grooming") for _ in range(15)]
    assert [bool(services(reply)) for reply in replies if said(reply)[:1] == [WORDS.said_before]] == [True]


def test_more_on_the_same_topic_still_gets_services_but_not_the_same_guidance(person: Person) -> None:
    person.says(BLACKMAIL)
    more = person.says("i already sent him 50 quid")
    assert (guidance(more), bool(services(more))) == ([], True)


def test_a_writer_who_keeps_describing_harm_is_told_where_to_turn(person: Person) -> None:
    for _ in range(6):
        person.says(BLACKMAIL)
    assert WORDS.in_danger in said(person.says(BLACKMAIL))


def test_an_age_after_the_answer_does_not_repeat_the_guidance(person: Person) -> None:
    person.says("im a boy and someone made fake nudes of me with ai")
    assert guidance(person.says("im 14")) == []


def test_a_writer_who_turns_out_to_be_a_parent_is_answered_as_one(person: Person) -> None:
    first = guidance(person.says("what is sextortion"))
    assert guidance(person.says("im a mum")) not in ([], first)


def test_a_request_for_a_picture_during_blackmail_is_still_blackmail(person: Person) -> None:
    told = person.says(BLACKMAIL)
    assert "ceop" in services(told) + services(person.says("he keeps asking me for another nude"))


def test_after_an_arrest_what_happens_now_is_not_about_a_report(person: Person) -> None:
    person.says("the police arrested my husband this morning and took his computers")
    assert "victim_support" not in services(person.says("what happens after this"))


def test_a_question_after_an_arrest_is_answered_for_an_arrest(person: Person) -> None:
    person.says("the police arrested my husband this morning and took his computers")
    straight = load_library().direct_answer("what_next", "after_report")
    assert straight is not None
    answers = {*load_library().what_if_after("ask_after_arrest").values(), *straight.versions.values()}
    assert {load_library().fill(text) for text in answers} & set(said(person.says("what happens now")))


def test_feelings_after_an_arrest_keep_the_service_for_families(person: Person) -> None:
    told = person.says("the police arrested my husband this morning and took his computers")
    assert "stop_it_now" in services(told) + services(person.says("i feel so ashamed and i cant stop crying"))


def test_a_strangers_place_does_not_choose_the_police(person: Person) -> None:
    person.says("my daughter is being blackmailed over pictures, we live in Belfast")
    assert "police_scotland" not in services(person.says("the man from Scotland wants more money from her"))


@pytest.mark.parametrize("later", ["thanks", "bye"])
def test_in_danger_every_reply_begins_with_where_to_turn(person: Person, later: str) -> None:
    person.says("i want to kill myself")
    assert said(person.says(later))[0] in AGAIN


def test_in_danger_a_refusal_to_ring_is_answered_with_reassurance(person: Person) -> None:
    person.says("i want to kill myself")
    assert said(person.says("no"))[1:] == [WORDS.no_need_to_ring]


@pytest.mark.parametrize("later", ["ok", "thanks", "bye", "whats the weather tomorrow", "what can you do"])
def test_in_danger_every_short_reply_says_where_to_turn(person: Person, later: str) -> None:
    person.says("i want to kill myself")
    assert AGAIN & set(said(person.says(later)))


def test_danger_in_one_sentence_of_a_long_message_is_not_forgotten(person: Person) -> None:
    person.says(LONG_WITH_DANGER)
    assert AGAIN & set(said(person.says("thanks")))


def test_a_writer_with_a_friend_in_danger_gets_words_about_somebody_else(person: Person) -> None:
    entry = load_library().guidance_for("disclose_self_harm")
    assert entry is not None
    read = guidance(person.says("my friend is cutting herself and made me promise not to tell"))
    assert read == [load_library().fill(entry.version_for("other").summary)]


def test_a_writer_with_a_friend_in_danger_is_sent_to_helplines_for_both_ages(person: Person) -> None:
    offered = services(person.says("my friend is cutting herself and made me promise not to tell"))
    assert {"childline", "samaritans"} <= set(offered)


def test_an_adult_with_a_friend_in_danger_is_not_sent_to_childline(person: Person) -> None:
    assert "childline" not in services(
        person.says("im 34 and my friend is cutting herself, i dont know what to say to her")
    )


def test_what_to_do_after_a_feeling_is_answered_for_the_story(person: Person) -> None:
    person.says(BLACKMAIL)
    person.says("i feel so stupid")
    straight = load_library().direct_answer("what_next", "sextortion")
    assert straight is not None
    assert load_library().fill(straight.versions["unknown"]) in said(person.says("what do i do"))


def test_without_danger_a_goodbye_is_only_a_goodbye(person: Person) -> None:
    person.says("what is grooming")
    assert len(person.says("bye")) == 1


@pytest.mark.parametrize("opening", ["um i dont know if this is bad", "idk where to start"])
def test_a_writer_who_cannot_begin_is_given_time_and_no_apology(person: Person, opening: str) -> None:
    assert said(person.says(opening))[0].startswith("Take your time.")


def test_taking_down_a_fake_account_is_not_taking_down_a_nude(person: Person) -> None:
    person.says("someones made a fake insta of me saying horrible stuff")
    assert not {"report_remove", "take_it_down"} & set(services(person.says("how do i get it taken down")))


def test_taking_down_nudes_is_answered_as_such_after_a_fake_account(person: Person) -> None:
    person.says("someones made a fake insta of me saying horrible stuff")
    assert "report_remove" in services(person.says("how do i get my nudes taken down"))


def test_what_if_after_owning_up_to_unkindness_is_not_answered_as_if_harmed(person: Person) -> None:
    person.says("i was horrible to a girl in our group chat and now i feel bad about it")
    answer = said(person.says("and what if she wont talk to me"))
    assert answer[0] in load_library().what_if_after("disclose_own_bullying").values()


def test_swearing_is_answered_with_services(person: Person) -> None:
    answer = person.says("fuck off you useless bot")
    assert services(answer)


@pytest.mark.parametrize(
    ("label", "reply"),
    [("Yes, it helped", WORDS.it_helped), ("No, not really", WORDS.it_did_not_help)],
    ids=["helped", "not helped"],
)
def test_did_this_help_is_answered_with_one_press(person: Person, label: str, reply: str) -> None:
    person.says("what is the age of consent")
    asked = person.says("what is the age of consent")
    assert said(person.presses(button(asked, label)))[0] == reply


def test_a_writer_who_was_not_helped_is_offered_people(person: Person) -> None:
    person.says("im 14. what is the age of consent")
    asked = person.says("what is the age of consent")
    assert services(person.presses(button(asked, "No, not really")))


def test_a_parent_gets_words_for_the_age_of_their_child(person: Person) -> None:
    shown = person.says("how do i talk to my son about strangers online")
    scene = next(message for message in shown if message["kind"] == "comparison")
    asked = person.presses(scene["choices"][0]["id"])
    answer = said(person.presses(button(asked, "10 or younger")))
    comparison = load_library().comparison(scene["id"])
    assert comparison is not None
    assert comparison.versions.parent.say is not None
    assert comparison.versions.parent.say.up_to_10 in answer[0]
