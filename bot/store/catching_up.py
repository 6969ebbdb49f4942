"""What is done before anybody is served: what an earlier version, a restored backup or a power cut left to do."""

import time

from sqlalchemy.engine import Connection

from bot.store import ciphers, deletion
from bot.store.dialogue import DialogueStore
from bot.store.review_log import triage_backlog


async def catch_up(store: DialogueStore) -> None:
    """Encrypt and triage conversations that an earlier version stored, and erase those whose key was thrown away.

    After an upgrade, what was stored in the clear is also removed from the database's files.
    """
    now = int(time.time())

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
