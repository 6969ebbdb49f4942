"""The messages shown in turns. Each is stored once, under its hash, and deleted with the last turn that showed it.

Nearly all messages are texts from content/, so most turns only increment the `uses` of messages that are already
stored.
"""

import hashlib
import json
from collections import Counter
from typing import Dict, Iterable, NamedTuple, Sequence, Set

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.content.message_types import Message, choices_of
from bot.store.schema import shown_messages

#: The maximum number of messages per statement. Databases limit the number of values in a statement.
_AT_ONCE = 500


class Stored(NamedTuple):
    """A message as JSON, and its hash, a signed 64-bit integer."""

    hash: int
    message: str


def stored(message: Message) -> Stored:
    """Return a message as it is stored: without the ids of its choices, which are random and work only once."""
    labels = [{"label": choice["label"]} for choice in choices_of(message)]
    kept = {**message, "choices": labels} if labels else message
    written = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.blake2b(written.encode(), digest_size=8).digest()
    return Stored(int.from_bytes(digest, "big", signed=True), written)


def add(connection: Connection, shown: Iterable[Stored]) -> None:
    """Store messages, or increment their `uses` if they are already stored."""
    # Sorted, so that two transactions cannot deadlock.
    rows = [{**one._asdict(), "uses": uses} for one, uses in sorted(Counter(shown).items())]
    if rows:
        connection.execute(_ADD, rows)


def remove(connection: Connection, shown: Iterable[int]) -> None:
    """Decrement the `uses` of messages, given by their hashes, and delete those that no turn shows any more."""
    rows = [{"which": one, "uses": uses} for one, uses in sorted(Counter(shown).items())]
    if rows:
        connection.execute(_SUBTRACT, rows)
    for some in _parts([row["which"] for row in rows]):
        unused = shown_messages.c.hash.in_(some), shown_messages.c.uses <= 0
        connection.execute(shown_messages.delete().where(*unused))


def read(connection: Connection, hashes: Set[int]) -> Dict[int, Message]:
    """Return stored messages by hash."""
    found: Dict[int, Message] = {}
    for some in _parts(sorted(hashes)):
        rows = connection.execute(shown_messages.select().where(shown_messages.c.hash.in_(some)))
        found.update((row.hash, json.loads(row.message)) for row in rows)
    return found


def _parts(hashes: Sequence[int]) -> Iterable[Sequence[int]]:
    return (hashes[begin : begin + _AT_ONCE] for begin in range(0, len(hashes), _AT_ONCE))


# These statements are built once, because they run for many messages. The SQL works in both SQLite and PostgreSQL.
_ADD = sa.text(
    "INSERT INTO shown_message (hash, message, uses) VALUES (:hash, :message, :uses) "
    "ON CONFLICT (hash) DO UPDATE SET uses = shown_message.uses + excluded.uses"
)
_SUBTRACT = (
    shown_messages.update()
    .where(shown_messages.c.hash == sa.bindparam("which"))
    .values(uses=shown_messages.c.uses - sa.bindparam("uses"))
)
