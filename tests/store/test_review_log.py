"""A conversation is stored, triaged, indexed and counted together, and deleted together, on SQLite and PostgreSQL."""

import hashlib
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa
from clock import Clock
from rasa.shared.core.domain import Domain
from talking import ANOTHER_ID, ID, say

from bot.settings import ROOT
from bot.store import metrics, review_log, search_index, staff, transcripts
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.keys import SEARCH, keys_of
from bot.store.review_log import BACKLOG, INDEX_BACKLOG, TRIAGED_AT_ONCE, index_backlog, rewrite, triage_backlog
from bot.store.schema import conversations, daily_counts, options, reviews, turns, words
from bot.store.search_index import hashed, words_of
from bot.store.triage import PRIORITIES

PRESSURE = "disclose_image_pressure"


@pytest.fixture
async def store(url: str) -> AsyncIterator[DialogueStore]:
    one = DialogueStore(Domain.load(ROOT / "domain.yml"), engine=open_engine(url), clock=Clock())
    await one.begin(ID)
    yield one
    one.close()


async def rows(store: DialogueStore, table) -> list:
    return await store.run(lambda connection: connection.execute(table.select()).all())


async def found(store: DialogueStore, word: str) -> bool:
    def find(connection) -> bool:
        (posting,) = search_index.with_words(connection, [word])
        return connection.execute(posting.numbers()).first() is not None

    return await store.run(find)


async def test_a_conversation_is_triaged_by_its_topic_and_urgency(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    (review,) = await rows(store, reviews)
    assert (review.topic, review.urgency, PRIORITIES[review.need]) == ("image_pressure", "active_harm", "disclosure")


async def test_a_conversation_of_several_turns_has_one_review(store) -> None:
    for _ in range(3):
        await say(store, "a man wants pictures", PRESSURE)
    assert [review.turns for review in await rows(store, reviews)] == [3]


async def test_the_opening_alone_is_not_reviewed(store) -> None:
    await say(store, "", "start_conversation")
    assert await rows(store, reviews) == []


async def test_each_word_of_a_message_can_be_found(store) -> None:
    await say(store, "he wants PICTURES of me, café", PRESSURE)
    assert [await found(store, word) for word in ("pictures", "cafe", "school")] == [True, True, False]


async def test_an_erased_conversation_leaves_no_row_word_or_count(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    await store.erase(ID)
    assert [await rows(store, table) for table in (reviews, turns, words, daily_counts)] == [[], [], [], []]


async def test_erasing_a_conversation_leaves_others_alone(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    await store.begin(ANOTHER_ID)
    await say(store, "a question", "ask_grooming", conversation_id=ANOTHER_ID)
    await store.erase(ID)
    assert [await found(store, "question"), await found(store, "pictures")] == [True, False]


async def test_a_text_that_is_redacted_again_is_found_only_by_its_new_words(store) -> None:
    await say(store, "ask marmalade about pictures", PRESSURE)
    await store.run(lambda c: rewrite(c, ID, 1, "ask <handle> about pictures", ["handle"]))
    assert [await found(store, word) for word in ("marmalade", "pictures")] == [False, True]


async def test_counts_follow_the_latest_state_of_a_conversation(store) -> None:
    await say(store, "what is grooming", "ask_grooming")
    await say(store, "i want to die", "disclose_suicidal", facts={"danger": "now"})
    totals = await store.run(metrics.totals)
    assert (totals.get(("urgency", "none")), totals["urgency", "immediate_danger"]) == (None, 1)


async def test_a_complaint_in_the_writers_own_words_counts_as_not_helped(store) -> None:
    await say(store, "that was no use", "complain")
    assert [review.feedback for review in await rows(store, reviews)] == ["not_helped"]


async def test_a_report_of_a_wrong_answer_counts_as_not_helped(store) -> None:
    await say(store, "what is grooming", "ask_grooming")
    await store.complain("wrong", ID)
    (review,) = await rows(store, reviews)
    assert (review.feedback, PRIORITIES[review.need]) == ("not_helped", "unhelpful")


def leave_backlog(connection) -> None:
    """Mark the backlog, as the migration to the console's tables does if there are conversations."""
    connection.execute(options.insert(), {"name": BACKLOG, "value": ""})


async def test_conversations_from_before_reviews_are_triaged_once(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    for table in (reviews, words, daily_counts):
        await store.run(lambda connection, table=table: connection.execute(table.delete()))
    await store.run(leave_backlog)
    for _ in range(2):
        assert not await store.run(triage_backlog)
    assert [review.turns for review in await rows(store, reviews)] == [1]
    assert await found(store, "pictures")


async def test_conversations_from_before_reviews_are_triaged_in_batches(store) -> None:
    ids = sorted(hashlib.sha256(str(number).encode()).hexdigest() for number in range(TRIAGED_AT_ONCE + 1))
    said = {"number": 1, "at": 0, "text": "a", "intent": "greet", "confidence": 1.0, "removed": "[]", "replies": "[]"}

    def fill(connection) -> None:
        empty = {"started_at": 0, "last_at": 0, "state": "", "choices": ""}
        connection.execute(conversations.insert(), [{"id": one, **empty} for one in ids])
        connection.execute(turns.insert(), [{"conversation_id": one, **said} for one in ids])

    await store.run(fill)
    await store.run(leave_backlog)
    steps = [(await store.run(triage_backlog), len(await rows(store, reviews))) for _ in range(2)]
    assert steps == [(True, TRIAGED_AT_ONCE), (False, len(ids))]


def index_words_only(connection) -> None:
    """Index whole words only, as an earlier version did, and mark the backlog, as the migration does."""
    connection.execute(words.delete())
    key = keys_of(connection).numbered(SEARCH)[0].key
    for row in connection.execute(reviews.select()).all():
        texts = [turn["text"] for turn in review_log.turns_of(connection, row.conversation_id)]
        entered = sorted({hashed(key, word) for text in texts for word in words_of(text)})
        connection.execute(words.insert(), [{"word": word, "number": row.number} for word in entered])
    connection.execute(options.insert(), {"name": INDEX_BACKLOG, "value": "0"})


async def test_conversations_indexed_by_whole_words_are_indexed_by_prefixes_too(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    complete = sorted(await rows(store, words))
    await store.run(index_words_only)
    assert not await found(store, "pict")
    for _ in range(2):
        assert not await store.run(index_backlog)
    assert sorted(await rows(store, words)) == complete


async def test_the_index_is_completed_in_batches(store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_log, "INDEXED_AT_ONCE", 1)
    await say(store, "a man wants pictures", PRESSURE)
    await store.begin(ANOTHER_ID)
    await say(store, "blackmailing", PRESSURE, conversation_id=ANOTHER_ID)
    await store.run(index_words_only)
    steps = []
    for _ in range(3):
        goes_on = await store.run(index_backlog)
        steps.append((goes_on, await found(store, "pict"), await found(store, "blackmail")))
    assert steps == [(True, True, False), (True, True, True), (False, True, True)]


async def test_a_conversation_erased_before_its_index_is_complete_leaves_no_words(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    await store.run(index_words_only)
    await store.erase(ID)
    await store.run(index_backlog)
    assert await rows(store, words) == []


async def test_a_change_by_staff_is_stale_if_a_message_arrives_during_it(store, url) -> None:
    await say(store, "what is grooming", "ask_grooming")
    (review,) = await rows(store, reviews)
    other = Database(open_engine(url))
    account = other.write_now(lambda c: staff.add(c, 0, "rae", "reviewer", "", None))
    changing: "list[Future]" = []

    def take_up(connection) -> None:
        transcripts.set_state(connection, review.number, review.version, "in_review", account)

    with ThreadPoolExecutor(1) as thread:

        def meanwhile(connection, cursor, statement, *rest) -> None:
            if statement.startswith("UPDATE review SET") and not changing:
                changing.append(thread.submit(other.write_now, take_up))
                # The change has to wait until the turn is saved. If it did not, it would finish at once.
                wait(changing, timeout=0.5)

        sa.event.listen(store._engine, "before_cursor_execute", meanwhile)
        await say(store, "and what is sextortion", "ask_grooming")
        with pytest.raises(transcripts.StaleError):
            changing[0].result()
    other.close()
    (review,) = await rows(store, reviews)
    assert (review.turns, review.state) == (2, "new")


async def test_a_number_is_never_reused(store) -> None:
    await say(store, "a man wants pictures", PRESSURE)
    (first,) = await rows(store, reviews)
    await store.erase(ID)
    await store.begin(ANOTHER_ID)
    await say(store, "hello", "ask_grooming", conversation_id=ANOTHER_ID)
    (second,) = await rows(store, reviews)
    assert second.number > first.number
