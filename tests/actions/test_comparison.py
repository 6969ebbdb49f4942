"""Comparisons with the real world: when one is offered, which one, and what a choice leads to."""

from typing import Any, Dict

import pytest
from action_driver import (
    CALM,
    EMERGENCY_WORDS,
    LIBRARY,
    WORDS,
    BotReply,
    Conversation,
    blackmailed,
    in_danger,
    pressed,
    straight_answer,
)

from actions.turn import CASE
from bot.case.case import dump

COMPARE = WORDS.compare.label
NOT_NOW = WORDS.offer_comparison_choices[1].label
LOAN = LIBRARY.comparison("loan_that_turned")


def offered(asker: str = "parent") -> Conversation:
    """Return a conversation about grooming that offers a comparison."""
    talk = Conversation()
    talk.says("ask_grooming", entities={"told_asker": asker})
    assert COMPARE in talk.last.labels
    return talk


def shown(reply: BotReply) -> str:
    return str(reply.of("comparison")[0]["id"])


def topics_of(reply: BotReply) -> "list[str]":
    entry = LIBRARY.comparison(shown(reply))
    assert entry is not None
    return list(entry.topics)


def chosen(entities: Dict[str, str], asker: str = "parent") -> BotReply:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": asker})
    return talk.gets(pressed("choose", {"comparison": "loan_that_turned", **entities}))


def test_a_comparison_is_the_last_choice_where_it_helps() -> None:
    assert offered().last.labels[-1] == COMPARE


def test_no_comparison_is_offered_to_a_writer_who_tells_of_harm() -> None:
    talk = blackmailed()
    labels = [label for _ in range(6) for label in talk.says("disclose_sextortion", role="harmed").labels]
    assert COMPARE not in labels


def test_no_comparison_is_offered_once_all_were_seen() -> None:
    talk = offered()
    seen = tuple(f"comparison/{entry.id}" for entry in LIBRARY.comparisons_for("grooming_signs"))
    talk.slots[CASE] = dump(talk.case.with_entries(said=seen))
    assert COMPARE not in talk.says("ask_grooming").labels


def test_the_choice_shows_a_comparison_about_the_topic() -> None:
    assert "grooming_signs" in topics_of(offered().presses(COMPARE))


def test_a_comparison_keeps_the_topic() -> None:
    talk = offered()
    talk.presses(COMPARE)
    assert talk.case.topic == "grooming_signs"


def test_another_comparison_can_be_declined() -> None:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "parent"}, facts={"about_age": 12})
    talk.gets(pressed("choose", {"comparison": "loan_that_turned", "choice": "the_man"}))
    assert talk.presses(NOT_NOW).texts == [WORDS.no_problem]


def test_how_to_talk_to_a_child_is_answered_with_a_comparison_at_once() -> None:
    reply = Conversation().says("ask_talk_to_child", move="asks", entities={"told_asker": "parent"})
    assert "comparison" in reply.kinds


def test_a_parent_who_tells_what_they_noticed_gets_no_comparison() -> None:
    reply = Conversation().says("ask_talk_to_child", move="tells", entities={"told_asker": "parent"})
    assert "comparison" not in reply.kinds


def test_a_professional_gets_words_instead_of_a_comparison() -> None:
    reply = Conversation().says("ask_talk_to_child", move="asks", entities={"told_asker": "professional"})
    assert "comparison" not in reply.kinds


@pytest.mark.parametrize("subject", ["grooming_signs", "bullying", "image_shared"])
def test_how_to_talk_to_a_child_is_answered_with_a_comparison_about_the_story(subject: str) -> None:
    told = {
        "grooming_signs": "suspect_grooming",
        "bullying": "disclose_bullying",
        "image_shared": "disclose_image_sent",
    }
    talk = Conversation()
    talk.says(told[subject], entities={"told_asker": "parent"})
    assert subject in topics_of(talk.says("ask_talk_to_child", move="asks"))


@pytest.mark.parametrize(
    "told",
    [
        {"role": "carer", "facts": {"about": "child", "contact": True, "threat": True}},
        {"role": "harmed", "facts": {"about": "self", "contact": True}},
    ],
    ids=["a parent whose child is threatened", "somebody who was harmed"],
)
def test_once_harm_was_told_the_words_to_say_replace_the_comparison(told: Dict[str, Any]) -> None:
    talk = Conversation()
    talk.says("disclose_stranger_contact", **told)
    reply = talk.says("ask_talk_to_child", role=told["role"], move="asks", asks="how_to_say_it")
    assert (reply.kinds[0], "comparison" in reply.kinds) == ("text", False)


def test_a_question_on_how_to_say_it_is_answered_once_the_conversation_has_a_topic() -> None:
    talk = Conversation()
    asked = {"entities": {"told_asker": "parent"}, "asks": "how_to_say_it"}
    first, second = (talk.says("ask_talk_to_child", move="asks", **asked) for _ in range(2))
    assert ("comparison" in first.kinds, second.texts[0]) == (True, straight_answer("how_to_say_it", "parent"))


def test_a_comparison_requested_in_words_is_shown() -> None:
    assert "comparison" in Conversation().says("ask_comparison", 0.95).kinds


def test_only_the_first_comparison_comes_unasked() -> None:
    talk = Conversation()
    first, second = (talk.says("ask_talk_to_child", move="asks", entities={"told_asker": "parent"}) for _ in range(2))
    assert ("comparison" in first.kinds, "comparison" in second.kinds) == (True, False)


def test_no_comparison_is_shown_twice() -> None:
    talk = Conversation()
    seen = [shown(talk.says("ask_comparison", 0.95)) for _ in range(5)]
    assert len(seen) == len(set(seen))


def test_the_reply_says_when_all_comparisons_were_seen() -> None:
    talk = Conversation()
    for _ in LIBRARY.comparisons_for("talk_to_child"):
        talk.says("ask_comparison", 0.95)
    assert WORDS.no_comparison in talk.says("ask_comparison", 0.95).texts


def test_a_request_for_a_comparison_is_declined_in_danger() -> None:
    talk = in_danger()
    reply = talk.says("ask_comparison", 0.8, topics=CALM, move="asks")
    assert (reply.texts, reply.kinds) == (
        [talk.danger.again[talk.audience][0], WORDS.not_now],
        ["text"],
    )


def test_a_young_person_is_addressed_directly() -> None:
    talk = offered("young_person")
    entry = LIBRARY.comparison(shown(talk.presses(COMPARE)))
    assert entry is not None
    assert talk.last.of("comparison")[0]["real_world"] == entry.versions.young_person.real_world


def test_a_writer_who_asks_for_themselves_is_not_asked_how_old_their_child_is() -> None:
    talk = Conversation()
    talk.says("suspect_grooming", role="harmed", facts={"about": "self"})
    reply = talk.gets(pressed("choose", {"comparison": "loan_that_turned", "choice": "the_man"}))
    assert WORDS.how_old_is_your_child not in reply.prompts


def test_a_choice_is_answered_with_what_it_means_online() -> None:
    assert LOAN is not None
    meant = next(choice.answer for choice in LOAN.versions.parent.choices if choice.id == "the_man")
    assert chosen({"choice": "the_man"}).texts == [meant]


def test_a_parent_is_asked_how_old_the_child_is() -> None:
    assert chosen({"choice": "the_man"}).prompts == [WORDS.how_old_is_your_child]


@pytest.mark.parametrize(
    ("label", "words"), [("10 or younger", "up_to_10"), ("11 to 13", "from_11_to_13"), ("14 or older", "from_14")]
)
def test_the_age_of_the_child_chooses_the_words(label: str, words: str) -> None:
    assert LOAN is not None
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "parent"})
    talk.gets(pressed("choose", {"comparison": LOAN.id, "choice": "the_man"}))
    say = getattr(LOAN.versions.parent.say, words)
    assert talk.presses(label).texts == [WORDS.say_with_child.format(say=say)]


def test_a_known_age_is_not_asked_for() -> None:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "parent"}, facts={"about_age": 12})
    talk.gets(pressed("choose", {"comparison": "loan_that_turned", "choice": "the_man"}))
    assert talk.last.prompts == [WORDS.offer_comparison]


def test_a_choice_that_is_pressed_twice_is_answered() -> None:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "parent"})
    replies = [talk.gets(pressed("choose", {"comparison": "loan_that_turned", "choice": "the_man"})) for _ in range(2)]
    assert all(reply.messages and EMERGENCY_WORDS not in reply.texts for reply in replies)


@pytest.mark.parametrize("asker", ["parent", "young_person"])
@pytest.mark.parametrize(
    "entities",
    [{"comparison": "a_comparison_that_went"}, {"choice": "a_choice_that_went"}, {"comparison": ""}],
    ids=["a comparison", "a choice", "nothing"],
)
def test_a_button_of_another_version_is_answered(entities: Dict[str, str], asker: str) -> None:
    reply = chosen(entities, asker)
    assert reply.messages
    assert EMERGENCY_WORDS not in reply.texts


def test_a_choice_of_another_version_is_answered_if_no_comparison_is_left() -> None:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "young_person"})
    seen = tuple(f"comparison/{entry.id}" for entry in LIBRARY.comparisons_for("sextortion"))
    talk.slots[CASE] = dump(talk.case.with_entries(said=seen))
    assert talk.gets(pressed("choose", {"comparison": "found_your_bag", "choice": "a_choice_that_went"})).messages


def test_a_choice_that_tells_of_danger_is_answered_with_999_first() -> None:
    talk = Conversation()
    talk.says("tell_asker", entities={"told_asker": "young_person"})
    assert talk.gets(pressed("disclose_danger", {"comparison": "five_counters", "choice": "falling_now"})).cards[0] == (
        "police_999"
    )
