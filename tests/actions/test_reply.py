"""The reply as it is put together: what was shown or said is not shown or said the same way again."""

from typing import Any, Dict

import pytest
from saying import KEEP_SAFE, LIBRARY, TRIAGE, WORDS, Talk, blackmailed, in_danger, name_of, title_of

from actions.reply import Reply
from bot.referral.refer import EMERGENCY


@pytest.fixture
def reply() -> Reply:
    return Reply(Talk().turn("disclose_sextortion"))


def test_a_service_that_was_shown_is_a_line_and_no_card() -> None:
    talk = blackmailed()
    shown = talk.last.cards
    again = talk.says("disclose_sextortion")
    assert not set(shown) & set(again.cards)
    assert all(name_of(service) in again.texts[-1] for service in shown)


def test_the_line_has_the_number_to_ring() -> None:
    talk = blackmailed()
    assert str(LIBRARY.services["childline"].phone) in talk.says("disclose_sextortion").texts[-1]


def test_a_service_without_a_number_is_named_alone() -> None:
    talk = blackmailed()
    assert f"{name_of('report_remove')}," in talk.says("disclose_sextortion").texts[-1]


def test_there_is_no_line_where_every_service_is_new() -> None:
    assert not [text for text in blackmailed().last.texts if text.startswith("Still there")]


def test_999_stays_a_card_in_danger() -> None:
    talk = in_danger()
    replies = [talk.says("ask_image_removal") for _ in range(3)]
    assert all(reply.cards[0] == EMERGENCY for reply in replies)


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
def test_facts_that_change_bring_new_cards(told: Dict[str, Any], service: str) -> None:
    talk = Talk()
    talk.says("disclose_sextortion", role="harmed", facts={"about": "self"})
    assert service not in talk.last.cards
    assert service in talk.says(**told).cards


def test_an_age_that_changes_nothing_brings_no_card() -> None:
    assert blackmailed().says("tell_age", facts={"writer_age": 14}).cards == []


def test_something_is_said_once(reply: Reply) -> None:
    assert (reply.once("key", "Words."), reply.once("key", "Words.")) == (True, False)
    assert [message["text"] for message in reply.messages] == ["Words."]


def test_numbers_of_services_are_filled_in(reply: Reply) -> None:
    reply.text(WORDS.keep_safe)
    assert reply.messages[0]["text"] == KEEP_SAFE
    assert "{" not in KEEP_SAFE


def test_guidance_is_given_once(reply: Reply) -> None:
    assert (reply.guidance("disclose_sextortion"), reply.guidance("disclose_sextortion")) == (True, False)
    assert [message["title"] for message in reply.messages] == [title_of("disclose_sextortion")]


def test_an_intent_without_guidance_gives_none(reply: Reply) -> None:
    assert reply.guidance("greet") is False


def test_guidance_for_a_parent_comes_with_words_for_the_child() -> None:
    said = Talk().says("disclose_sextortion", entities={"told_asker": "parent"})
    entry = LIBRARY.guidance_for("disclose_sextortion")
    assert entry is not None
    assert WORDS.say_with_child.format(say=entry.versions["parent"].say) in said.texts


def test_guidance_says_where_it_comes_from_and_when_that_was_checked() -> None:
    told = blackmailed().last.of("guidance")[0]
    assert told["sources"]
    assert told["checked_on"]


def test_a_question_that_is_asked_is_open_until_it_is_answered(reply: Reply) -> None:
    reply.ask(TRIAGE.question("danger"))
    assert (reply.case.open_question, reply.case.asked) == ("danger", ("danger",))
