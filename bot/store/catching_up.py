"""Finishes work left over from an earlier version, a restored backup or a power cut, before serving requests."""

import contextlib
import time

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.store import ciphers, deletion
from bot.store.dialogue import DialogueStore
from bot.store.review_log import triage_backlog


async def catch_up(store: DialogueStore) -> None:
    """Erase marked conversations, and encrypt and triage conversations stored by an earlier version.

    Conversations whose key was destroyed are erased too. After an upgrade, words that were stored unencrypted are also
    wiped from the database files.
    """
    now = int(time.time())
    with contextlib.suppress(SQLAlchemyError, OSError):
        # If this fails, the conversations still count as erased, and erasing them is retried while serving.
        await store.erase_marked()

    def seal(connection: Connection) -> bool:
        return ciphers.seal_backlog(connection, now)

    was_sealed = await store.run(ciphers.is_behind)
    while await store.run(seal):
        pass
    while await store.run(triage_backlog):
        pass
    await store.run(lambda connection: deletion.erase_unreadable(connection, now))
    if was_sealed:
        await store.compact()
