"""The page as rendered by the server."""

import asyncio
from typing import Any, Dict, List, Optional, cast

import pytest
from rasa.core.agent import Agent

from bot.chat.page import Page
from bot.chat.session import Answer, SessionService, Started
from bot.content.message_types import Message
from bot.content.page import load_page_words
from bot.settings import load_settings

ARABIC = {"lang": "ar", "dir": "rtl"}
CARDS: Dict[str, Message] = {
    "text": {"kind": "text", "text": "ع"},
    "guidance": {
        "kind": "guidance",
        "topic": "bullying",
        "title": "ع",
        "summary": "ع",
        "steps": [],
        "sources": [],
        "checked_on": "2026-11-01",
    },
    "choices": {"kind": "choices", "prompt": "ع", "choices": []},
}


class Answering:
    """A session service that gives every message the same answer."""

    def __init__(self, messages: List[Message]) -> None:
        self._answer = Answer("hello", messages)

    async def start(self, *_: Any) -> Started:
        return Started("token", 0.0, [])

    async def say(self, agent: Agent, token: Optional[str], text: str, message_id: str) -> Answer:
        return self._answer

    async def saved_turns(self, *_: Any) -> List[Answer]:
        return [self._answer]


def drawn(*messages: Message) -> str:
    """Return the page after one message, answered with these messages."""
    page, sessions, agent = Page(load_page_words(), load_settings()), Answering(list(messages)), cast(Agent, None)
    form = {"text": "hello", "once": "1"}
    response = asyncio.run(page.render_reply("/chat", form, cast(SessionService, sessions), agent, ""))
    return (response.body or b"").decode()


@pytest.mark.parametrize("kind", CARDS)
def test_a_message_in_another_language_is_marked_with_it(kind: str) -> None:
    assert f'<div class="message {kind}" lang="ar" dir="rtl">' in drawn({**CARDS[kind], **ARABIC})


def test_a_folded_message_in_another_language_is_marked_with_it() -> None:
    assert '<section class="guidance" lang="ar" dir="rtl">' in drawn({**CARDS["guidance"], **ARABIC, "folded": True})


def test_a_message_in_the_language_of_the_page_is_not_marked() -> None:
    assert '<div class="message text">' in drawn(CARDS["text"])


FORM: "dict[str, Any]" = {
    "kind": "service",
    "id": "form",
    "name": "A form",
    "does": "Takes reports.",
    "phone": None,
    "text": None,
    "url": "https://example.org",
    "hours": "b",
    "open_now": True,
    "anonymous": "c",
    "note": None,
    "checked_on": "2026-11-01",
}


@pytest.mark.parametrize(("brief", "is_in_sight"), [({}, True), ({"brief": True}, False)], ids=["full", "brief"])
def test_the_description_of_a_form_is_visible_unless_its_card_is_brief(
    brief: "dict[str, bool]", is_in_sight: bool
) -> None:
    above, _, details = drawn({**FORM, **brief}).partition("<details>")
    assert ("Takes reports." in above, "Takes reports." in details) == (is_in_sight, not is_in_sight)


def test_a_service_that_takes_texts_can_be_texted() -> None:
    page = drawn(
        {
            "kind": "service",
            "id": "shout",
            "name": "Shout",
            "does": "a",
            "phone": None,
            "text": "SHOUT to 85258",
            "url": None,
            "hours": "b",
            "open_now": True,
            "anonymous": "c",
            "note": None,
            "checked_on": "2026-11-01",
        }
    )
    assert 'href="sms:85258">Text SHOUT to 85258</a>' in page
