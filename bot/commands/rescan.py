"""Redacts stored texts again, because an improved redactor may find what an earlier one missed."""

import json
from collections import Counter
from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Tuple, Union

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.redaction.redactor import Keep, Redacted, Redactor, keep_nothing
from bot.store import ciphers, review_log
from bot.store.dialogue import DialogueStore
from bot.store.schema import corrections, decisions, notes, retellings, turns
from bot.store.sealing import SEALED, opened, sealed

#: Texts per batch. Anyone chatting in the meantime waits for at most one batch.
BATCH = 200

Key = Tuple[Union[str, int], ...]
#: A row with its words decrypted.
Row = Dict[str, Any]


class TextColumn(NamedTuple):
    """A column of stored texts, with its table's key and the function that replaces a text.

    `begin` is a key that sorts before the first row's.
    """

    table: sa.Table
    name: str
    key: Tuple[str, ...]
    begin: Key
    write: Callable[["TextColumn", Row, Redacted, Connection], None]


async def rescan(
    store: DialogueStore, redactor: Redactor, dry_run: bool = False, keep: Keep = keep_nothing
) -> "Counter[str]":
    """Redact every stored turn again, along with everything that staff wrote.

    Args:
        store: the store.
        redactor: the current redactor.
        dry_run: only count, and change nothing.
        keep: finds the spans that must not be redacted, as when the text arrived.

    Returns:
        The number of matches of each kind.
    """
    found: "Counter[str]" = Counter()
    for column in TEXT_COLUMNS:
        found += await _rescan(store, partial(redactor.redact, keep=keep), column, dry_run)
    if found and not dry_run:
        await store.wipe_log()
    return found


async def _rescan(
    store: DialogueStore, redact: Callable[[str], Redacted], column: TextColumn, dry_run: bool
) -> "Counter[str]":
    found: "Counter[str]" = Counter()
    last = column.begin
    while batch := await store.run(partial(_after, column, last)):
        for row in batch:
            redacted = redact(row[column.name])
            found.update(redacted.removed)
            if redacted.removed and not dry_run:
                await store.run(partial(column.write, column, row, redacted))
        last = tuple(batch[-1][name] for name in column.key)
    return found


def _after(column: TextColumn, last: Key, connection: Connection) -> List[Row]:
    table = column.table
    key = [table.c[name] for name in column.key]
    chosen = sa.select(table).where(sa.tuple_(*key) > last).order_by(*key).limit(BATCH)
    rows = [dict(row._mapping) for row in connection.execute(chosen)]
    return [opened(ciphers.of_row(connection, table, row), table, row) if table in SEALED else row for row in rows]


def _write_turn(column: TextColumn, row: Row, redacted: Redacted, connection: Connection) -> None:
    kinds = [*json.loads(row["removed"] or "[]"), *redacted.removed]
    review_log.rewrite(connection, row["conversation_id"], row["number"], redacted.text, kinds)


def _write(column: TextColumn, row: Row, redacted: Redacted, connection: Connection) -> None:
    table, changed = column.table, {**row, column.name: redacted.text}
    if table in SEALED:
        changed = sealed(ciphers.of_row(connection, table, row), table, changed)
    connection.execute(table.update().where(table.c.id == row["id"]).values({column.name: changed[column.name]}))


#: Messages, and the texts that staff wrote about them.
TEXT_COLUMNS = (
    TextColumn(turns, "text", ("conversation_id", "number"), ("", 0), _write_turn),
    TextColumn(notes, "text", ("id",), (0,), _write),
    TextColumn(decisions, "note", ("id",), (0,), _write),
    TextColumn(corrections, "example", ("id",), (0,), _write),
    TextColumn(retellings, "told", ("id",), (0,), _write),
)
