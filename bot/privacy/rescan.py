"""Redact what is kept once more: a redactor that has learnt may find what an earlier one let through."""

import json
from collections import Counter
from functools import partial
from typing import Any, Callable, List, NamedTuple, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.privacy.redact import Keep, Redacted, Redactor, keep_nothing
from bot.store import review_log
from bot.store.dialogue import DialogueStore
from bot.store.schema import corrections, notes, turns

#: Texts read at once, so that people who talk meanwhile need not wait.
BATCH = 200

Key = Tuple[Any, ...]


class Texts(NamedTuple):
    """Where texts are kept: in which column of which table, by which key, and what puts another in a row's place.

    `begin` is a key before the first.
    """

    table: sa.Table
    column: str
    key: Tuple[str, ...]
    begin: Key
    put: Callable[["Texts", Row, Redacted, Connection], None]


async def rescan(
    store: DialogueStore, redactor: Redactor, dry_run: bool = False, keep: Keep = keep_nothing
) -> "Counter[str]":
    """Redact every kept turn anew, and what staff wrote.

    Args:
        store: what is kept.
        redactor: the present one.
        dry_run: only count.
        keep: what the redactor leaves as it is, as when the text came in.

    Returns:
        How often each kind was found.
    """
    found: "Counter[str]" = Counter()
    for texts in KEPT:
        found += await _rescan(store, partial(redactor.redact, keep=keep), texts, dry_run)
    if found and not dry_run:
        await store.wipe_log()
    return found


async def _rescan(
    store: DialogueStore, redact: Callable[[str], Redacted], texts: Texts, dry_run: bool
) -> "Counter[str]":
    found: "Counter[str]" = Counter()
    last = texts.begin
    while batch := await store.run(partial(_after, texts, last)):
        for row in batch:
            redacted = redact(row[texts.column])
            found.update(redacted.removed)
            if redacted.removed and not dry_run:
                await store.run(partial(texts.put, texts, row, redacted))
        last = tuple(batch[-1][name] for name in texts.key)
    return found


def _after(texts: Texts, last: Key, connection: Connection) -> List[Row]:
    key = [texts.table.c[name] for name in texts.key]
    return list(connection.execute(sa.select(texts.table).where(sa.tuple_(*key) > last).order_by(*key).limit(BATCH)))


def _put_turn(texts: Texts, row: Row, redacted: Redacted, connection: Connection) -> None:
    kinds = [*json.loads(row.removed), *redacted.removed]
    review_log.rewrite(connection, row.conversation_id, row.number, redacted.text, kinds)


def _put(texts: Texts, row: Row, redacted: Redacted, connection: Connection) -> None:
    same = texts.table.c.id == row.id
    connection.execute(texts.table.update().where(same).values({texts.column: redacted.text}))


#: What people said, and what staff wrote of it.
KEPT = (
    Texts(turns, "text", ("conversation_id", "number"), ("", 0), _put_turn),
    Texts(notes, "text", ("id",), (0,), _put),
    Texts(corrections, "example", ("id",), (0,), _put),
)
