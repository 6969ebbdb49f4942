"""Redact what is kept once more: a redactor that has learnt may find what an earlier one let through."""

import json
from collections import Counter
from functools import partial
from typing import List, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.privacy.redact import Redactor
from bot.store import review_log
from bot.store.dialogue import DialogueStore
from bot.store.schema import turns

#: Turns read at once, so that people who talk meanwhile need not wait.
BATCH = 200

Key = Tuple[str, int]


async def rescan(store: DialogueStore, redactor: Redactor, dry_run: bool = False) -> "Counter[str]":
    """Redact every kept turn anew.

    Args:
        store: what is kept.
        redactor: the present one.
        dry_run: only count.

    Returns:
        How often each kind was found.
    """
    found: "Counter[str]" = Counter()
    last: Key = ("", 0)
    while batch := await store.run(partial(_after, last=last)):
        for row in batch:
            redacted = redactor.redact(row.text)
            found.update(redacted.removed)
            if redacted.removed and not dry_run:
                kinds = [*json.loads(row.removed), *redacted.removed]
                key = {"conversation_id": row.conversation_id, "turn": row.number}
                await store.run(partial(review_log.rewrite, **key, text=redacted.text, removed=kinds))
        last = (batch[-1].conversation_id, batch[-1].number)
    if found and not dry_run:
        await store.wipe_log()
    return found


def _after(connection: Connection, last: Key) -> "List[sa.engine.Row]":
    key = sa.tuple_(turns.c.conversation_id, turns.c.number)
    after = sa.select(turns).where(key > last).order_by(turns.c.conversation_id, turns.c.number).limit(BATCH)
    return list(connection.execute(after))
