"""Answers to messages that are not in English."""

from typing import Any, Dict, List, Optional

import pytest
from action_driver import LIBRARY, WORDS, BotReply, Conversation, prompt_of

from bot.content.cards import DISCLOSURES, INTENTS, load_cards
from bot.referral.refer import EMERGENCY

POLISH, URDU = load_cards()["pl"], load_cards()["ur"]


def foreign(code: str, told: Optional[str] = None) -> Dict[str, Any]:
    """Return the parse data for a text in another language."""
    intent = {"name": INTENTS[told] if told else "other_language", "confidence": 1.0}
    language = {"code": code, "intent": INTENTS.get(told or ""), "told": told}
    return {"text": "…", "intent": intent, "intent_ranking": [intent], "entities": [], "language": language}


def in_language(reply: BotReply, code: str) -> List[str]:
    return [message["text"] for message in reply.of("text") if message.get("lang") == code]


@pytest.mark.parametrize("told", DISCLOSURES)
def test_a_disclosure_is_answered_first_and_in_its_language(told: str) -> None:
    assert in_language(Conversation().gets(foreign("pl", told)), "pl")[0] == LIBRARY.fill(POLISH.say(told))


def test_a_message_without_a_disclosure_is_greeted_and_told_where_to_turn() -> None:
    said = in_language(Conversation().gets(foreign("pl")), "pl")
    assert said[:2] == [LIBRARY.fill(POLISH.words.hello), LIBRARY.fill(POLISH.words.danger)]


def test_right_to_left_text_is_marked_as_such() -> None:
    reply = Conversation().gets(foreign("ur", "blackmail"))
    assert (
        {message["dir"] for message in reply.of("text") if message.get("lang") == "ur"} == {URDU.direction} == {"rtl"}
    )


@pytest.mark.parametrize("told", ["danger", "suicide"])
def test_danger_in_another_language_brings_999_and_a_helpline_as_open_cards(told: str) -> None:
    reply = Conversation().gets(foreign("pl", told))
    assert (reply.open_cards, reply.of("text")[0].get("lang")) == ([EMERGENCY, "childline"], "pl")


@pytest.mark.parametrize(("told", "topic"), [("blackmail", "sextortion"), ("child_contacted", "stranger_contact")])
def test_a_disclosure_sets_the_topic_of_the_conversation(told: str, topic: str) -> None:
    talk = Conversation()
    talk.gets(foreign("pl", told))
    assert talk.case.topic == topic


def test_the_advice_to_write_in_english_is_given_once() -> None:
    talk = Conversation()
    replies = [talk.gets(foreign("pl", "blackmail")) for _ in range(2)]
    assert [LIBRARY.fill(POLISH.words.write_english) in in_language(reply, "pl") for reply in replies] == [True, False]


def test_a_language_without_a_card_gets_plain_english_a_helpline_and_one_question() -> None:
    reply = Conversation().gets(foreign("und"))
    assert reply.texts[0] == LIBRARY.fill(WORDS.other_language)
    assert (reply.open_cards, reply.prompts) == (["childline"], [prompt_of("danger")])
