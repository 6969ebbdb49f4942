"""Deletes dialogue state once a conversation is over, and later the whole conversation. Counts are kept.

Each function runs within a transaction and rechecks its conditions before deleting anything, so it is safe to run while
people are chatting, and to run twice.
"""

from collections import Counter
from contextlib import contextmanager
from typing import Iterator, List, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import ColumnElement, Delete, Select, Update
from sqlalchemy.sql.expression import CompoundSelect

from bot.store import ciphers, metrics, review_log, search_index
from bot.store.days import counted_day
from bot.store.engine import waiting_at_most
from bot.store.keys import SPARE_SECONDS, keys_of
from bot.store.rows import Turn
from bot.store.schema import conversations, purges, shown_turns, turns, words
from bot.store.sealing import SEALED
from bot.store.state import EMPTY

IDLE_SECONDS = 60 * 60
LONGEST_SECONDS = 24 * 60 * 60
#: Seconds between a conversation's end and its closure, because a message that arrived just before the end may still be
#: waiting for an answer.
GRACE_SECONDS = 5 * 60
#: Stored times are rounded down to a multiple of this many seconds, because a message's exact time can identify its
#: writer.
ROUNDING = 15 * 60
#: Seconds to wait for a locked database when erasing conversations or emptying the write-ahead log.
_BRIEFLY = 0.02
#: The column values that clear a conversation's dialogue state.
_EMPTIED = {"state": EMPTY, "choices": EMPTY, "opened": "[]"}


def rounded(moment: int) -> int:
    """Return `moment`, in seconds since 1970, rounded down to the quarter-hour."""
    return moment - moment % ROUNDING


def ids_to_close(connection: Connection, now: int) -> List[str]:
    """Return the ids of conversations that are over but not yet closed."""
    return _ids(connection, _is_over(now), conversations.c.is_closed == 0)


def ids_to_forget(connection: Connection, now: int, keep_seconds: int) -> List[str]:
    """Return the ids of conversations to delete.

    A conversation is deleted after its retention period, or as soon as it is over if it was erased or has no messages.
    """
    return [row.id for row in connection.execute(_due(now, keep_seconds))]


def close(connection: Connection, conversation_id: str, now: int) -> bool:
    """Clear the dialogue state of a conversation that is over, and round its times. Return False if nothing was due."""
    row = connection.execute(_one(conversation_id, _is_over(now), conversations.c.is_closed == 0)).first()
    if row is None:
        return False
    times = {"started_at": rounded(row.started_at), "last_at": rounded(row.last_at)}
    connection.execute(_update(conversation_id).values(**_EMPTIED, is_closed=1, **times))
    connection.execute(_of(shown_turns, conversation_id))
    return True


def forget(connection: Connection, conversation_id: str, now: int, keep_seconds: int) -> Optional[int]:
    """Delete a conversation that is due for deletion, but keep its counts.

    Returns:
        The number of turns deleted, or None if the conversation was not due or does not exist.
    """
    due = _due(now, keep_seconds, conversations.c.id == conversation_id)
    row = connection.execute(_one(conversation_id, conversations.c.id.in_(due))).first()
    if row is None:
        return None
    said = review_log.turns_of(connection, conversation_id)
    _count_unspoken(connection, row, said)
    review_log.remove(connection, conversation_id)
    connection.execute(conversations.delete().where(conversations.c.id == conversation_id))
    keys_of(connection).destroy([row.key_id])
    return len(said)


def erase(connection: Connection, conversation_id: str, now: int) -> None:
    """Permanently empty a conversation and subtract it from the counts.

    Its row stays, marked as erased, so that a message in flight cannot restore the conversation. The key is destroyed
    before the transaction commits, so the words are unreadable even if the commit fails.
    """
    # Update the row first. This waits for any transaction that is saving a turn, so that the turn is deleted too.
    connection.execute(_update(conversation_id).values(**_EMPTIED, is_closed=0, erased_at=now))
    review_log.uncount(connection, conversation_id)
    review_log.withdraw(connection, conversation_id)
    review_log.remove(connection, conversation_id)
    keys_of(connection).destroy([ciphers.of_conversation(connection, conversation_id).key_id])


def erase_unreadable(connection: Connection, now: int) -> int:
    """Erase the conversations whose key was destroyed, and return how many were erased."""
    found = ciphers.unreadable(connection)
    for conversation_id in found:
        erase(connection, conversation_id, now)
    return len(found)


def drop_keys(connection: Connection, now: int, keep_seconds: int) -> None:
    """Destroy keys that are no longer needed.

    A conversation's key is destroyed with the conversation. This function destroys keys that are too old to belong to
    one: spare keys that were never used, and keys of conversations that are missing from a restored backup.
    """
    keys_of(connection).expire(now - keep_seconds - LONGEST_SECONDS - GRACE_SECONDS - SPARE_SECONDS)
    search_index.drop_keys(connection)


def count_turns(connection: Connection, now: int, keep_seconds: int) -> int:
    """Return the number of turns in the conversations that `ids_to_forget` returns."""
    due = turns.c.conversation_id.in_(_due(now, keep_seconds))
    counted = sa.select(sa.func.count()).select_from(turns).where(due)
    return int(connection.execute(counted).scalar_one())


def count_overdue(connection: Connection, now: int, keep_seconds: int) -> int:
    """Return the number of conversations past their retention, except erased ones."""
    overdue = sa.and_(conversations.c.last_at <= now - keep_seconds, conversations.c.erased_at.is_(None))
    return int(connection.execute(sa.select(sa.func.count()).select_from(conversations).where(overdue)).scalar_one())


def record(connection: Connection, now: int, keep_days: int, closed: int, forgotten: int, said: int) -> None:
    """Record what a purge deleted."""
    row = {"at": now, "keep_days": keep_days, "closed": closed, "forgotten": forgotten, "turns": said}
    connection.execute(purges.insert(), row)


def wipe_log(connection: Connection) -> bool:
    """Empty SQLite's write-ahead log, which still contains deleted data. Other databases recycle their own logs.

    Return False if another connection is still reading. The wait for readers is short, because it blocks writers.
    """
    if connection.dialect.name != "sqlite":
        return True
    with waiting_briefly(connection):
        return not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]


def compact(connection: Connection) -> None:
    """Rewrite the tables that hold words, so that no changed or deleted text is left in the database files.

    The connection must be in autocommit mode. PostgreSQL locks each table while rewriting it; its write-ahead log and
    backups are not touched.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("VACUUM")
        return
    for table in (*SEALED, words):
        connection.exec_driver_sql(f"VACUUM FULL {table.name}")


@contextmanager
def waiting_briefly(connection: Connection) -> Iterator[None]:
    """Shorten the timeout for SQLite's locks inside a `with` block."""
    with waiting_at_most(connection, _BRIEFLY):
        yield


def _count_unspoken(connection: Connection, row: Row, said: List[Turn]) -> None:
    """Count a conversation if it has no messages. All others were counted when their turns were stored."""
    value = "erased" if row.erased_at is not None else "silent"
    if not any(turn["intent"] != review_log.OPENING for turn in said):
        metrics.add(connection, Counter([(counted_day(row.started_at).isoformat(), "conversation", value)]))


def _of(table: sa.Table, conversation_id: str) -> Delete:
    return table.delete().where(table.c.conversation_id == conversation_id)


def _is_over(now: int) -> ColumnElement:
    idle = conversations.c.last_at <= now - IDLE_SECONDS - GRACE_SECONDS
    return sa.or_(idle, conversations.c.started_at <= now - LONGEST_SECONDS - GRACE_SECONDS)


def _due(now: int, keep_seconds: int, *conditions: ColumnElement) -> CompoundSelect:
    """Return a query for the ids of conversations to delete, as a union of two queries that each use an index."""
    spoken = sa.exists().where(turns.c.conversation_id == conversations.c.id, turns.c.intent != review_log.OPENING)
    ids = sa.select(conversations.c.id).where(*conditions)
    old = ids.where(conversations.c.last_at <= now - keep_seconds)
    # Erased conversations and those without messages contain nothing to review.
    is_empty = sa.or_(conversations.c.erased_at.is_not(None), ~spoken)
    return sa.union(old, ids.where(conversations.c.is_closed == 0, _is_over(now), is_empty))


def _ids(connection: Connection, *conditions: ColumnElement) -> List[str]:
    rows = connection.execute(sa.select(conversations.c.id).where(*conditions)).all()
    return [row.id for row in rows]


def _one(conversation_id: str, *conditions: ColumnElement) -> Select:
    return sa.select(conversations).where(conversations.c.id == conversation_id, *conditions)


def _update(conversation_id: str) -> Update:
    return conversations.update().where(conversations.c.id == conversation_id)
