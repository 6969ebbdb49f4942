"""Looks up conversations' ciphers, encrypts words that an earlier version stored unencrypted, and changes keys."""

from typing import Any, Dict, Iterable, List, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from bot.store import options
from bot.store.keys import keys_of
from bot.store.schema import conversations, decisions, notes, reviews
from bot.store.schema import options as stored_options
from bot.store.sealing import PLAIN, SEALED, Cipher, opened, sealed

#: An option that exists only while some conversations' words may still be unencrypted. Its value is the id of the last
#: conversation encrypted.
BACKLOG = "unsealed_after"
#: The number of conversations that `seal_backlog` encrypts per transaction.
SEALED_AT_ONCE = 200
#: The encrypted tables whose rows refer to a review rather than a conversation.
_OF_REVIEWS = (notes, decisions)
#: The maximum number of ids per statement. Databases limit the number of values in a statement.
_AT_ONCE = 500


def of_conversation(connection: Connection, conversation_id: str) -> Cipher:
    """Return a conversation's cipher, or `PLAIN` if the conversation does not exist."""
    key_id = connection.execute(_KEY_ID, {"which": conversation_id}).scalar()
    return keys_of(connection).cipher(key_id)


def of_conversations(connection: Connection, ids: Iterable[str]) -> Dict[str, Cipher]:
    """Return conversations' ciphers by conversation id, omitting conversations that do not exist."""
    wanted = sorted(set(ids))
    chosen = sa.select(conversations.c.id, conversations.c.key_id)
    found: Dict[str, str] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        some = conversations.c.id.in_(wanted[begin : begin + _AT_ONCE])
        found.update((row.id, row.key_id) for row in connection.execute(chosen.where(some)))
    held = keys_of(connection).ciphers(found.values())
    return {one: held[key_id] for one, key_id in found.items()}


def of_review(connection: Connection, number: int) -> Cipher:
    """Return the cipher of a review's conversation, or `PLAIN` if the review does not exist."""
    key_id = connection.execute(_KEY_ID_OF_REVIEW, {"which": number}).scalar()
    return keys_of(connection).cipher(key_id)


def of_row(connection: Connection, table: sa.Table, row: Mapping[str, Any]) -> Cipher:
    """Return the cipher for a row in an encrypted table."""
    if table in _OF_REVIEWS:
        return of_review(connection, row["number"])
    return of_conversation(connection, row["id"] if table is conversations else row["conversation_id"])


def change_key(connection: Connection, conversation_id: str, now: int) -> Cipher:
    """Re-encrypt a conversation's words with a new key. Return the old cipher, to destroy after the transaction.

    Words that are stored unencrypted are encrypted for the first time.
    """
    # Lock the rows that writers lock, so that nothing is stored under the old key from here on.
    same = conversations.c.id == conversation_id
    connection.execute(conversations.update().where(same).values(is_closed=conversations.c.is_closed))
    connection.execute(
        sa.select(reviews.c.number).where(reviews.c.conversation_id == conversation_id).with_for_update()
    )
    row = connection.execute(sa.select(conversations).where(same)).first()
    if row is None or row.erased_at is not None:
        return PLAIN
    file = keys_of(connection)
    before = file.cipher(row.key_id)
    if before.is_gone:
        return PLAIN
    after = file.new_cipher(now)
    for table, described in SEALED.items():
        keys = [column.name for column in table.primary_key]
        for found in connection.execute(sa.select(table).where(_is_of(table, conversation_id))).all():
            changed = sealed(after, table, opened(before, table, found._mapping))
            place = sa.and_(*(table.c[name] == found[name] for name in keys))
            connection.execute(table.update().where(place).values({name: changed[name] for name in described.columns}))
    connection.execute(conversations.update().where(same).values(key_id=after.key_id))
    return before


def is_behind(connection: Connection) -> bool:
    """Whether some conversations' words may still be unencrypted."""
    return options.get(connection, BACKLOG) is not None


def seal_backlog(connection: Connection, now: int) -> bool:
    """Encrypt some of the conversations stored by an earlier version. Return whether any may be left.

    Progress is stored in the database, so the work resumes after a restart, and nothing is scanned once it is complete.
    """
    after = options.get(connection, BACKLOG)
    if after is None:
        return False
    ids = some_ids(connection, after, SEALED_AT_ONCE, conversations.c.key_id.is_(None))
    for conversation_id in ids:
        change_key(connection, conversation_id, now)
    if len(ids) == SEALED_AT_ONCE:
        options.put(connection, BACKLOG, ids[-1])
        return True
    connection.execute(stored_options.delete().where(stored_options.c.name == BACKLOG))
    return False


def some_ids(connection: Connection, after: str, most: int, *conditions: ColumnElement) -> List[str]:
    """Return up to `most` ids of conversations that have not been erased, in order, starting after the id `after`."""
    chosen = sa.select(conversations.c.id).where(
        conversations.c.id > after, conversations.c.erased_at.is_(None), *conditions
    )
    return [row.id for row in connection.execute(chosen.order_by(conversations.c.id).limit(most))]


def unreadable(connection: Connection) -> Sequence[str]:
    """Return the ids of conversations that were not erased but whose key was destroyed.

    This happens when the database is older than the key file, for example after a restore or a power cut.
    """
    chosen = sa.select(conversations.c.id, conversations.c.key_id).where(conversations.c.key_id.is_not(None))
    found = connection.execute(chosen.where(conversations.c.erased_at.is_(None))).all()
    held = keys_of(connection).ciphers(row.key_id for row in found)
    return [row.id for row in found if held[row.key_id].is_gone]


def _is_of(table: sa.Table, conversation_id: str) -> ColumnElement:
    """Return an SQL condition that matches a conversation's rows."""
    if table is conversations:
        return table.c.id == conversation_id
    if table in _OF_REVIEWS:
        review = sa.select(reviews.c.number).where(reviews.c.conversation_id == conversation_id)
        return table.c.number == review.scalar_subquery()
    return table.c.conversation_id == conversation_id


# Built once, because these statements run for many messages and pages.
_KEY_ID = sa.select(conversations.c.key_id).where(conversations.c.id == sa.bindparam("which"))
_KEY_ID_OF_REVIEW = (
    sa.select(conversations.c.key_id)
    .join(reviews, reviews.c.conversation_id == conversations.c.id)
    .where(reviews.c.number == sa.bindparam("which"))
)
