"""Changes all keys, or starts a new key file after the old one was lost."""

from typing import List, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.store import audit, ciphers, keys, options, review_log, search_index
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.keys import KeysError, keys_of
from bot.store.review_log import INDEX_BACKLOG, index_backlog
from bot.store.schema import conversations
from bot.store.sealing import Cipher

#: The number of conversations that get new keys per transaction, during which the chat cannot write.
CHANGED_AT_ONCE = 50


async def rotate(store: DialogueStore, now: int) -> int:
    """Give every conversation and the search index a new key, and return the number of conversations."""
    after, changed = "", 0
    while ids := await _rotate_some(store, after, now):
        after, changed = ids[-1], changed + len(ids)
    await store.run(lambda connection: _reset_index(connection, now))
    while await store.run(index_backlog):
        pass
    await store.wipe_log()
    return changed


def start_again(engine: Engine, url: str, now: int) -> int:
    """Start a new key file at `url` for a database that has lost its own. Return the number of conversations deleted.

    All conversations are deleted, because their words can no longer be read. Accounts, counts and the audit log stay.

    Args:
        engine: the database, opened without its key file. Afterwards, it uses the new one.
        url: the URL of the new key file.
        now: the time, in seconds since 1970.

    Raises:
        KeysError: there is already a key file at `url`.
    """
    if keys.exists(url) and keys.open_keys(url).id is not None:
        raise KeysError(
            f"There is a key file at {keys.shown(url)}. If it is this database's, nothing is lost and nothing needs to "
            "be done. If it is not, move it away first."
        )
    file = keys.open_keys(url)
    engine.update_execution_options(keys=file)
    sa.event.listen(engine, "engine_disposed", lambda _: file.close())

    def begin(connection: Connection) -> int:
        ids = [row.id for row in connection.execute(sa.select(conversations.c.id))]
        for conversation_id in ids:
            review_log.remove(connection, conversation_id)
        connection.execute(conversations.delete())
        search_index.start_again(connection, now)
        audit.begin_keyed(connection, now)
        audit.append(connection, now, "", "keys_lost", detail={"conversations": len(ids)})
        options.put(connection, options.KEYS, file.begin())
        return len(ids)

    database = Database(engine)
    try:
        return database.write_now(begin)
    finally:
        database.close()


async def _rotate_some(store: DialogueStore, after: str, now: int) -> List[str]:
    """Give new keys to some of the conversations after the id `after`, and return their ids."""

    def change(connection: Connection) -> Tuple[List[str], List[Cipher]]:
        ids = ciphers.some_ids(connection, after, CHANGED_AT_ONCE)
        return ids, [ciphers.change_key(connection, one, now) for one in ids]

    ids, before = await store.run(change)
    # Destroy the old keys only after the transaction, so that the words stay readable under one key or the other.
    await store.run(lambda connection: keys_of(connection).destroy(cipher.key_id for cipher in before))
    return ids


def _reset_index(connection: Connection, now: int) -> None:
    search_index.start_again(connection, now)
    options.put(connection, INDEX_BACKLOG, "0")
