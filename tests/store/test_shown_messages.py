"""A turn keeps the messages it showed and the facts it learned. Each message is stored once for all turns."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from clock import Clock
from rasa.shared.core.domain import Domain
from talking import ANOTHER_ID, ID, say

from bot.settings import ROOT
from bot.store import deletion, review_log
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.schema import shown_messages
from bot.store.shown_messages import stored

GUIDANCE = {"kind": "guidance", "topic": "sextortion", "title": "If you are threatened", "summary": "Stop replying.",
            "steps": ["Do not pay."], "sources": [], "checked_on": "2026-11-01", "folded": True}  # fmt: skip
CHOICES = {"kind": "choices", "prompt": "Who?", "choices": [{"id": "a1b2", "label": "Me", "payload": {"intent": "x"}}]}


@pytest.fixture
async def store(url: str) -> AsyncIterator[DialogueStore]:
    one = DialogueStore(Domain.load(ROOT / "domain.yml"), engine=open_engine(url), clock=Clock())
    for conversation_id in (ID, ANOTHER_ID):
        await one.begin(conversation_id)
    yield one
    one.close()


async def messages(store: DialogueStore) -> "list[Any]":
    return await store.run(lambda c: c.execute(shown_messages.select()).all())


async def turns(store: DialogueStore, conversation_id: str = ID) -> "list[Any]":
    return await store.run(lambda c: review_log.turns_of(c, conversation_id))


async def test_a_turn_has_the_full_messages_that_it_showed(store: DialogueStore) -> None:
    await say(store, "he threatens me", answer=GUIDANCE)
    assert [turn["shown"] for turn in await turns(store)] == [[GUIDANCE]]


async def test_a_shown_service_does_not_include_the_rule_that_chose_it(store: DialogueStore) -> None:
    await say(store, "help", answer={"kind": "service", "id": "ceop", "rule": "contact", "about": "sextortion"})
    assert [turn["shown"] for turn in await turns(store)] == [[{"kind": "service", "id": "ceop"}]]


async def test_choices_are_stored_as_their_labels(store: DialogueStore) -> None:
    await say(store, "hi", answer=CHOICES)
    (turn,) = await turns(store)
    assert turn["shown"] == [{"kind": "choices", "prompt": "Who?", "choices": [{"label": "Me"}]}]


def test_choices_with_other_ids_are_the_same_message() -> None:
    other = {**CHOICES, "choices": [{**CHOICES["choices"][0], "id": "c3d4"}]}
    assert stored(CHOICES) == stored(other)


async def test_messages_added_by_the_chat_itself_come_last(store: DialogueStore) -> None:
    notice = {"kind": "text", "text": "I left out a name."}
    await say(store, "it is <name>", answer=GUIDANCE, receipt={"id": "", "after": [notice]})
    assert [turn["shown"] for turn in await turns(store)] == [[GUIDANCE, notice]]


async def test_a_message_shown_by_many_turns_is_stored_once(store: DialogueStore) -> None:
    for conversation_id in (ID, ID, ANOTHER_ID):
        await say(store, "hello", answer=GUIDANCE, conversation_id=conversation_id)
    assert [(row.hash, row.uses) for row in await messages(store)] == [(stored(GUIDANCE).hash, 3)]


async def test_a_message_is_kept_while_another_conversation_shows_it(store: DialogueStore) -> None:
    for conversation_id in (ID, ANOTHER_ID):
        await say(store, "hello", answer=GUIDANCE, conversation_id=conversation_id)
    await store.erase(ID)
    assert [turn["shown"] for turn in await turns(store, ANOTHER_ID)] == [[GUIDANCE]]


async def test_a_shown_message_is_deleted_with_the_last_conversation_that_showed_it(store: DialogueStore) -> None:
    await say(store, "hello", answer=GUIDANCE)
    await say(store, "hello", answer=GUIDANCE)
    await store.erase(ID)
    assert await messages(store) == []


async def test_a_message_is_deleted_when_its_conversation_expires(store: DialogueStore) -> None:
    await say(store, "hello", answer=GUIDANCE)
    later = int(Clock().now) + 10 * deletion.LONGEST_SECONDS
    await store.run(lambda c: deletion.forget(c, ID, later, deletion.LONGEST_SECONDS))
    assert await messages(store) == []


async def test_a_turn_has_its_new_and_changed_facts(store: DialogueStore) -> None:
    await say(store, "i am 13", facts={"writer_age": 13, "threat": True})
    await say(store, "no, 14", facts={"writer_age": 14, "threat": True})
    assert [turn["learned"] for turn in await turns(store)] == [
        {"writer_age": [13, True], "threat": [True, True]},
        {"writer_age": [14, True]},
    ]


async def test_a_turn_names_its_withdrawn_facts(store: DialogueStore) -> None:
    await say(store, "he threatens me", facts={"threat": True})
    await say(store, "no he does not", facts={})
    assert [turn["learned"] for turn in await turns(store)][1] == {"threat": None}


async def test_a_turn_that_changes_no_slot_learns_nothing(store: DialogueStore) -> None:
    await say(store, "he threatens me", facts={"threat": True})
    await say(store, "hello", changes_case=False)
    assert [turn["learned"] for turn in await turns(store)][1] == {}
