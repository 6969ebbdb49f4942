"""Assembling a reply: nothing is shown or said the same way twice."""

import re
from typing import Any, Dict, List

import pytest
from action_driver import (
    HELPLINES,
    LIBRARY,
    TRIAGE,
    WORDS,
    BotReply,
    Conversation,
    blackmailed,
    in_danger,
    name_of,
    title_of,
    transition,
)

from actions.reply import Reply
from bot.referral.refer import EMERGENCY, refer


@pytest.fixture
def reply() -> Reply:
    return Reply(Conversation().turn("disclose_sextortion"))


def lines(reply: BotReply) -> List[str]:
    """Return the names in the lines about services that were already shown."""
    patterns = [re.escape(words).replace(re.escape("{names}"), "(.+)") for words in WORDS.still_there]
    found = (re.fullmatch(pattern, text) for text in reply.texts for pattern in patterns)
    return [line[1] for line in found if line]


def told_by(asker: str) -> Conversation:
    talk = Conversation()
    talk.says("disclose_sextortion", entities={"told_asker": asker})
    return talk


# Services


def opens_a_forces_form(**told: Any) -> BotReply:
    """Return the reply to a report about an adult, which opens the assumed police force's form."""
    reply = Conversation().says("disclose_other_person", role="relative", entities={"told_asker": "other"}, **told)
    assert reply.open_cards[0] != "police_101"
    return reply


def test_the_form_of_an_assumed_police_force_comes_with_101() -> None:
    assert LIBRARY.fill(WORDS.other_force) in opens_a_forces_form().texts


def test_the_form_of_the_force_where_the_writer_is_comes_without_101() -> None:
    assert LIBRARY.fill(WORDS.other_force) not in opens_a_forces_form(facts={"place": "essex"}).texts


@pytest.mark.parametrize("entities", [{"told_asker": "young_person"}, {}], ids=["a child", "who may be one"])
def test_a_child_is_shown_a_helpline_before_a_form(entities: Dict[str, str]) -> None:
    assert Conversation().says("disclose_sextortion", role="harmed", entities=entities).open_cards == ["childline"]


@pytest.mark.parametrize("asker", ["parent", "professional", "other"])
def test_an_adult_is_shown_services_in_the_order_of_the_rules(asker: str) -> None:
    talk = told_by(asker)
    turn = talk.turn("disclose_sextortion")
    ruled = [one.service_id for one in refer(turn.situation(turn.case), turn.library, turn.rules)]
    assert talk.last.cards == ruled


def test_a_parent_is_shown_a_form_first_if_the_rules_put_it_first() -> None:
    assert told_by("parent").last.open_cards == ["ceop"]


def test_a_child_who_tells_of_a_meeting_is_shown_a_helpline_before_999() -> None:
    reply = Conversation().says("disclose_meeting", role="harmed", facts={"about": "self"})
    assert (reply.open_cards, EMERGENCY in reply.cards) == (["childline"], True)


def test_in_danger_999_comes_before_a_helpline() -> None:
    assert Conversation().says("disclose_danger", 1.0).open_cards[0] == EMERGENCY


def test_every_card_but_the_first_is_folded() -> None:
    assert [message.get("folded", False) for message in blackmailed().last.of("service")][:2] == [False, True]


def test_a_service_that_was_shown_gets_no_second_card() -> None:
    talk = blackmailed()
    shown = talk.last.cards
    assert not set(shown) & set(talk.says("disclose_sextortion").cards)


def test_the_best_service_is_a_line_with_its_number_if_it_was_shown_before() -> None:
    childline = f"{name_of('childline')} ({LIBRARY.services['childline'].phone})"
    assert lines(blackmailed().says("disclose_sextortion")) == [childline]


def test_a_service_without_a_number_is_named_alone() -> None:
    assert lines(told_by("parent").says("disclose_sextortion")) == [name_of("ceop")]


def test_there_is_no_line_if_the_best_service_is_new() -> None:
    assert lines(blackmailed().last) == []


def test_a_child_who_then_tells_of_blackmail_sees_the_helpline_above_a_new_form() -> None:
    talk = Conversation()
    talk.says("disclose_meeting", role="harmed", facts={"about": "self"})
    reply = talk.says("disclose_sextortion", facts={"threat": True})
    assert lines(reply) == [f"{name_of('childline')} ({LIBRARY.services['childline'].phone})"]


def test_a_form_below_the_line_is_brief() -> None:
    talk = Conversation()
    talk.says("disclose_meeting", role="harmed", facts={"about": "self"})
    reply = talk.says("disclose_sextortion", facts={"threat": True})
    assert [one.get("brief") for one in reply.messages if one["kind"] == "service" and not one.get("folded")] == [True]


def test_hours_do_not_say_any_time_twice() -> None:
    cards = [one for one in told_by("young_person").last.messages if one["kind"] == "service"]
    assert [one["hours"] for one in cards if one["hours"].count("any time") > 1] == []


def test_a_form_without_the_line_says_what_it_does() -> None:
    form = next(one for one in told_by("parent").last.messages if one["kind"] == "service")
    assert (form["phone"], form.get("brief")) == (None, None)


def test_the_line_names_a_helpline_rather_than_999() -> None:
    talk = Conversation()
    talk.says("disclose_meeting", role="harmed", facts={"about": "self"})
    talk.says("disclose_bullying")
    assert [name for name in lines(talk.says("disclose_meeting")) if name.startswith(name_of(EMERGENCY))] == []


def test_the_line_is_said_once_per_topic() -> None:
    talk = blackmailed()
    talk.says("disclose_sextortion")
    assert [lines(talk.says("disclose_sextortion")) for _ in range(3)] == [[], [], []]


def test_the_line_is_said_in_other_words_for_another_topic() -> None:
    talk = blackmailed()
    told = [
        next(text for text in talk.says(intent).texts if name_of("childline") in text)
        for intent in ("disclose_sextortion", "disclose_bullying")
    ]
    assert len(set(told)) == 2


def test_999_is_a_card_again_whenever_danger_is_told_again() -> None:
    talk = in_danger()
    assert [talk.says("disclose_suicidal", 1.0).cards[0] for _ in range(3)] == [EMERGENCY] * 3


def test_there_is_no_line_in_danger() -> None:
    talk = in_danger()
    assert [line for _ in range(4) for line in lines(talk.says("ask_image_removal"))] == []


@pytest.mark.parametrize(
    ("told", "service"),
    [
        ({"intent": "tell_place", "entities": {"place": "Scotland"}}, "police_scotland"),
        ({"intent": "tell_asker", "entities": {"told_asker": "professional"}}, "professionals_online_safety"),
        ({"intent": "tell_age", "facts": {"writer_age": 30}}, "revenge_porn_helpline"),
        ({"intent": "disclose_bullying"}, "report_harmful_content"),
    ],
    ids=["a place", "who asks", "an adult's age", "another subject"],
)
def test_new_facts_bring_new_cards(told: Dict[str, Any], service: str) -> None:
    talk = Conversation()
    talk.says("disclose_sextortion", role="harmed", facts={"about": "self"})
    assert service not in talk.last.cards
    assert service in talk.says(**told).cards


def test_an_age_that_changes_nothing_brings_no_card() -> None:
    assert blackmailed().says("tell_age", facts={"writer_age": 14}).cards == []


# Words


def test_the_first_unused_wording_is_said(reply: Reply) -> None:
    for _ in range(2):
        reply.say_unused(transition("adds_nothing"), "key")
    assert [message["text"] for message in reply.messages] == transition("adds_nothing")[:2]


def test_nothing_is_said_once_every_wording_was_used(reply: Reply) -> None:
    assert [reply.say_unused(["A.", "B."], "key") for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(("said", "lines"), [("Wait.", 1), ("Call 999.", 0)])
def test_once_every_helpline_line_was_used_999_is_named_once(reply: Reply, said: str, lines: int) -> None:
    for _ in reply.turn.library.words.helplines:
        reply.say_helplines()
    reply.messages = []
    reply.say(said)
    reply.say_helplines()
    assert len(reply.messages) == 1 + lines


def test_words_with_a_key_are_said_once(reply: Reply) -> None:
    assert (reply.say_once("key", "Words."), reply.say_once("key", "Words.")) == (True, False)
    assert [message["text"] for message in reply.messages] == ["Words."]


def test_numbers_of_services_are_filled_in(reply: Reply) -> None:
    reply.say(WORDS.helplines[0])
    assert (reply.messages[0]["text"], "{" in HELPLINES) == (HELPLINES, False)


def test_guidance_is_shown_once(reply: Reply) -> None:
    assert (reply.show_guidance("disclose_sextortion"), reply.show_guidance("disclose_sextortion")) == (True, False)
    assert [message["title"] for message in reply.messages] == [title_of("disclose_sextortion")]


def test_an_intent_without_guidance_shows_none(reply: Reply) -> None:
    assert reply.show_guidance("greet") is False


def test_words_for_the_child_are_the_last_step_of_guidance_for_a_parent() -> None:
    entry = LIBRARY.guidance_for("disclose_sextortion")
    assert entry is not None
    (told,) = told_by("parent").last.of("guidance")
    assert told["steps"][-1] == WORDS.say_with_child.format(say=entry.versions["parent"].say)


def test_guidance_names_its_sources_and_when_they_were_checked() -> None:
    told = blackmailed().last.of("guidance")[0]
    assert told["sources"]
    assert told["checked_on"]


def test_a_question_is_open_once_it_is_asked(reply: Reply) -> None:
    reply.ask(TRIAGE.question("danger"))
    assert (reply.case.open_question, reply.case.asked) == ("danger", ("danger",))
