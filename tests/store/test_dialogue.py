"""The dialogue state between messages, its retention, and the parts that staff may read."""

import pytest
from clock import Clock
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from talking import ANOTHER_ID, ANSWER, ID, say

from bot.case.case import load
from bot.content.message_types import Receipt
from bot.settings import ROOT
from bot.store import review_log
from bot.store.deletion import GRACE_SECONDS, IDLE_SECONDS, LONGEST_SECONDS
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.retention import Retention
from bot.store.rows import Turn
from bot.store.schema import conversations
from bot.store.state import CASE, KEPT_TURNS

RECEIPT: Receipt = {"id": "a", "after": []}
#: A slot that a turn does not have to set.
RECENT = "recent"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url, clock):
    store = DialogueStore(Domain.load(ROOT / "domain.yml"), engine=open_engine(url), clock=clock)
    yield store
    store.close()


def logged(store: DialogueStore) -> "list[Turn]":
    with store._engine.connect() as connection:
        return review_log.turns_of(connection, ID)


async def test_a_dialogue_is_restored_unchanged(store) -> None:
    await store.begin(ID)
    await say(store, "one", facts={"place": "essex"})
    tracker = await store.retrieve(ID)
    assert load(tracker.get_slot(CASE)).value("place") == "essex"
    assert tracker.latest_message.text == "one"


async def test_slots_outlive_the_turns_that_set_them(store) -> None:
    await store.begin(ID)
    await say(store, "first", slots={RECENT: ["first"]})
    for number in range(KEPT_TURNS + 3):
        await say(store, f"turn {number}")
    tracker = await store.retrieve(ID)
    assert tracker.get_slot(RECENT) == ["first"]
    assert "first" not in [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_the_state_of_a_long_dialogue_does_not_grow(store) -> None:
    await store.begin(ID)
    sizes = []
    for number in range(30):
        await say(store, f"turn {number:02d}")
        with store._engine.connect() as connection:
            sizes.append(len(connection.execute(select(conversations.c.state)).scalar()))
    assert sizes[-1] <= sizes[5] * 1.1


async def test_every_turn_is_in_the_review_log_once(store) -> None:
    await store.begin(ID)
    for number in range(8):
        await say(store, f"turn {number}")
    assert [(turn["number"], turn["text"]) for turn in logged(store)] == [(n + 1, f"turn {n}") for n in range(8)]


async def test_the_review_log_names_services_and_the_rule_that_chose_them(store) -> None:
    await store.begin(ID)
    await say(store, "help", answer={"kind": "service", "id": "ceop", "rule": "contact", "phone": "1"})
    assert logged(store)[0]["replies"] == [{"kind": "service", "id": "ceop", "rule": "contact"}]


async def test_times_in_the_review_log_are_rounded_to_the_quarter_hour(store) -> None:
    await store.begin(ID)
    await say(store, "help")
    assert logged(store)[0]["at"] % (15 * 60) == 0


async def test_an_erased_conversation_leaves_no_word_behind(store, tmp_path) -> None:
    await store.begin(ID)
    await say(store, "unmistakable words")
    await store.erase(ID)
    store.close()
    assert not any(b"unmistakable" in file.read_bytes() for file in tmp_path.iterdir())


async def test_a_message_in_flight_cannot_restore_an_erased_conversation(store) -> None:
    await store.begin(ID)
    await say(store, "before")
    in_flight = await store.retrieve(ID)
    await store.erase(ID)
    in_flight.update(UserUttered("late", {"name": "greet", "confidence": 1.0}), store.domain)
    await store.save(in_flight)
    assert await store.retrieve(ID) is None
    assert logged(store) == []


async def test_an_erased_conversation_has_the_status_erased(store) -> None:
    await store.begin(ID)
    await store.erase(ID)
    status = await store.session_status(ID)
    assert status.is_erased
    assert not status.is_open


@pytest.mark.parametrize("seconds", [IDLE_SECONDS, LONGEST_SECONDS])
async def test_an_expired_conversation_is_closed(store, clock, seconds) -> None:
    await store.begin(ID)
    clock.now += seconds
    assert not (await store.session_status(ID)).is_open


async def test_an_unknown_conversation_has_no_status(store) -> None:
    assert await store.session_status(ID) is None


async def test_buttons_keep_their_meaning_in_the_store(store) -> None:
    await store.begin(ID)
    payload = {"intent": "choose", "entities": {}, "label": "Yes"}
    choices = [{"id": "abc", "label": "Yes", "payload": payload}]
    await say(store, "hm", answer={"kind": "choices", "prompt": "?", "choices": choices})
    assert (await store.session_status(ID)).choices == {"abc": payload}


async def test_a_message_with_an_id_is_found_with_its_answer(store) -> None:
    await store.begin(ID)
    await say(store, "one", receipt={"id": "a", "after": [{"kind": "text", "text": "more"}]})
    assert await store.answered(ID, "a") == ("one", [ANSWER, {"kind": "text", "text": "more"}])


async def test_the_answer_to_a_message_is_found_by_another_process(store, url) -> None:
    await store.begin(ID)
    await say(store, "one", receipt=RECEIPT)
    other = DialogueStore(store.domain, engine=open_engine(url))
    assert await other.answered(ID, "a") == ("one", [ANSWER])
    other.close()


async def test_a_message_id_is_only_valid_in_its_own_conversation(store) -> None:
    await store.begin(ID)
    await store.begin(ANOTHER_ID)
    await say(store, "one", receipt=RECEIPT)
    assert await store.answered(ANOTHER_ID, "a") is None


async def test_a_message_is_stored_once_even_if_two_processes_answer_it(store) -> None:
    await store.begin(ID)
    await say(store, "one", receipt=RECEIPT)
    with pytest.raises(IntegrityError):
        await say(store, "one", receipt=RECEIPT)
    assert len(logged(store)) == 1


async def test_the_answer_to_a_message_is_deleted_when_the_conversation_is_erased(store) -> None:
    await store.begin(ID)
    await say(store, "one", receipt=RECEIPT)
    await store.erase(ID)
    assert await store.answered(ID, "a") is None


async def test_the_answer_to_a_message_is_kept_no_longer_than_the_dialogue(store, clock) -> None:
    await store.begin(ID)
    await say(store, "one", receipt=RECEIPT)
    clock.now += IDLE_SECONDS + GRACE_SECONDS
    await Retention(store, InMemoryLockStore(), 30, clock).purge()
    assert (await store.answered(ID, "a"), len(logged(store))) == (None, 1)


async def test_the_turns_with_an_id_are_shown_in_order(store) -> None:
    await store.begin(ID)
    await say(store, "opening")
    for name in "ab":
        await say(store, name, receipt={"id": name, "after": []})
    assert await store.shown(ID) == [("a", [ANSWER]), ("b", [ANSWER])]
