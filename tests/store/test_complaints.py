"""Fault reports are deleted after their retention, or with their conversation."""

from typing import Any, List

from clock import Clock
from console_client import keep, turn
from rasa.core.lock_store import InMemoryLockStore

from bot.store import complaints, deletion
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.retention import DAY, Retention
from bot.store.schema import complaints as table
from bot.store.schema import conversations, reviews

NOW = int(Clock.now)


def report(database: Database, at: int = NOW, conversation_id: "str | None" = None) -> None:
    row = {"at": at, "what": "no_help", "conversation_id": conversation_id}
    database.write_now(lambda c: c.execute(table.insert(), row))


def times(database: Database) -> List[int]:
    return [row.at for row in database.read_now(lambda c: c.execute(table.select().order_by(table.c.id)).all())]


def conversation(database: Database) -> Any:
    number = database.write_now(lambda c: keep(c, "writer", NOW - DAY, [turn("hello")]))
    return database.read_now(lambda c: c.execute(reviews.select().where(reviews.c.number == number)).one())


def test_expired_complaints_are_purged(database: Database) -> None:
    for at in (NOW - 30 * DAY, NOW - 30 * DAY + 1, NOW):
        report(database, at)
    assert database.write_now(lambda c: complaints.purge(c, NOW, 30 * DAY)) == 1
    assert times(database) == [NOW - 30 * DAY + 1, NOW]


async def test_purging_conversations_purges_reports_too(database: Database, url: str) -> None:
    report(database, NOW - 31 * DAY)
    store = DialogueStore(engine=open_engine(url), clock=Clock())
    await Retention(store, InMemoryLockStore(), 30, Clock()).purge()
    store.close()
    assert times(database) == []


def test_erasing_a_conversation_erases_what_was_reported_with_it(database: Database) -> None:
    review = conversation(database)
    report(database, NOW, review.conversation_id)
    report(database, NOW - 1)
    database.write_now(lambda c: deletion.erase(c, review.conversation_id, NOW))
    assert times(database) == [NOW - 1]


def test_deleting_an_expired_conversation_deletes_its_reports(database: Database) -> None:
    review = conversation(database)
    report(database, NOW, review.conversation_id)
    database.write_now(lambda c: c.execute(conversations.update().values(last_at=NOW - 40 * DAY)))
    database.write_now(lambda c: deletion.forget(c, review.conversation_id, NOW, 30 * DAY))
    assert times(database) == []
