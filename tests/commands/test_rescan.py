"""A newer redactor finds identifiers that an older one missed in stored messages."""

import hashlib
from pathlib import Path
from typing import Any, AsyncIterator

import pytest
import sqlalchemy as sa

from bot.commands.rescan import BATCH, rescan
from bot.redaction.redactor import Redactor
from bot.store import ciphers, decisions, review_log, transcripts
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.rows import Turn
from bot.store.schema import corrections, reviews, staff, turns
from bot.store.sealing import sealed

ID = hashlib.sha256(b"token").hexdigest()


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DialogueStore]:
    one = DialogueStore(engine=open_engine(f"sqlite:///{tmp_path}/a.db"))
    await one.begin(ID)
    yield one
    one.close()


async def keep(store: DialogueStore, *texts: str, removed: str = "[]") -> None:
    rows = [
        {
            "conversation_id": ID,
            "number": number,
            "at": 0,
            "text": text,
            "intent": "greet",
            "confidence": 1.0,
            "removed": removed,
            "replies": "[]",
        }
        for number, text in enumerate(texts, start=1)
    ]

    def insert(connection: Any) -> None:
        cipher = ciphers.of_conversation(connection, ID)
        connection.execute(turns.insert(), [sealed(cipher, turns, row) for row in rows])

    await store.run(insert)


async def kept(store: DialogueStore) -> "list[Turn]":
    return await store.run(lambda connection: review_log.turns_of(connection, ID))


async def test_identifiers_are_removed_from_stored_messages(store: DialogueStore, redactor: Redactor) -> None:
    await keep(store, "write to jess@example.org")
    await rescan(store, redactor)
    assert [turn["text"] for turn in await kept(store)] == ["write to <email>"]


async def test_words_of_danger_left_unredacted_on_arrival_stay(store: DialogueStore, redactor: Redactor) -> None:
    await keep(store, "im su1cidal, write to jess@example.org")
    await rescan(store, redactor, keep=lambda text: [(3, 11)])
    assert [turn["text"] for turn in await kept(store)] == ["im su1cidal, write to <email>"]


async def test_new_kinds_are_added_to_those_already_removed(store: DialogueStore, redactor: Redactor) -> None:
    await keep(store, "<name> is jess@example.org", removed='["name"]')
    await rescan(store, redactor)
    assert [turn["removed"] for turn in await kept(store)] == [["name", "email"]]


async def test_the_result_counts_each_kind(store: DialogueStore, redactor: Redactor) -> None:
    await keep(store, "jess@example.org", "or sam@example.org", "on 07700 900123")
    assert await rescan(store, redactor) == {"email": 2, "phone": 1}


async def test_a_dry_run_changes_nothing(store: DialogueStore, redactor: Redactor) -> None:
    await keep(store, "write to jess@example.org")
    assert await rescan(store, redactor, dry_run=True) == {"email": 1}
    assert [turn["text"] for turn in await kept(store)] == ["write to jess@example.org"]


async def test_every_batch_is_read(store: DialogueStore, redactor: Redactor) -> None:
    await keep(store, *["hello"] * (2 * BATCH), "jess@example.org")
    assert await rescan(store, redactor) == {"email": 1}


async def test_no_byte_of_an_identifier_is_left_in_the_database(
    store: DialogueStore, redactor: Redactor, tmp_path: Path
) -> None:
    await keep(store, "write to jess@example.org")
    await rescan(store, redactor)
    assert not any(b"jess@example" in file.read_bytes() for file in tmp_path.iterdir())


async def write(store: DialogueStore, text: str) -> None:
    """Store `text` in a note on a conversation, a note on a decision and a correction."""

    def insert(connection: Any) -> None:
        account = {"id": 1, "name": "rae", "role": "reviewer", "password": "", "created_at": 0}
        connection.execute(staff.insert(), {**account, "totp_step": 0, "failures": 0, "locked_until": 0})
        review = dict.fromkeys(reviews.columns.keys(), 0) | {"number": 1, "conversation_id": ID, "staff_id": None}
        connection.execute(reviews.insert(), review)
        transcripts.add_note(connection, 1, text, 1, 0)
        decisions.decide(connection, 1, 1, decisions.Choice(decisions.NOT_ESCALATED, "other", text), 1, 0)
        proposal = {"read_as": "greet", "intent": "greet", "example": text, "state": "proposed"}
        connection.execute(corrections.insert(), {**proposal, "proposed_by": 1, "proposed_at": 0})

    await store.run(insert)


async def written(store: DialogueStore) -> "list[str]":

    def read(connection: Any) -> "list[str]":
        (note,), (made,) = transcripts.notes_on(connection, 1), decisions.history(connection, 1)
        return [note.text, made.note, connection.execute(sa.select(corrections.c.example)).scalar_one()]

    return await store.run(read)


async def test_identifiers_are_removed_from_the_words_of_staff_too(store: DialogueStore, redactor: Redactor) -> None:
    await write(store, "he wrote from jess@example.org")
    assert await rescan(store, redactor) == {"email": 3}
    assert await written(store) == ["he wrote from <email>"] * 3


async def test_a_dry_run_leaves_the_words_of_staff(store: DialogueStore, redactor: Redactor) -> None:
    await write(store, "he wrote from jess@example.org")
    assert await rescan(store, redactor, dry_run=True) == {"email": 3}
    assert await written(store) == ["he wrote from jess@example.org"] * 3


async def test_no_byte_of_an_identifier_in_the_words_of_staff_is_left(
    store: DialogueStore, redactor: Redactor, tmp_path: Path
) -> None:
    await write(store, "he wrote from jess@example.org")
    await rescan(store, redactor)
    assert not any(b"jess@example" in file.read_bytes() for file in tmp_path.iterdir())
