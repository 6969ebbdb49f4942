"""A Rasa tracker store that keeps one row per conversation and adds each turn to the review log.

The row and the log are written in one transaction, so every answered message is stored in both. Database calls run on a
separate thread, so the event loop never waits for the disk.
"""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import cache
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple, Type, TypeVar, cast

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.domain import State as DialogueTurn
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.sql import Select

from bot.case.case import load
from bot.case.facts import URGENCIES
from bot.content.message_types import Message, Payload
from bot.content.sign_off import is_earned, reviewed
from bot.content.texts import Text
from bot.monitoring import DANGER, ERASURES_WAITING, waiting
from bot.settings import load_settings
from bot.store import ciphers, deletion, review_log, sign_offs
from bot.store.conversation_locks import ConversationLocks, exclusion_of
from bot.store.deletion import IDLE_SECONDS, LONGEST_SECONDS
from bot.store.engine import file_of, open_engine
from bot.store.keys import keys_of
from bot.store.schema import complaints, conversations, pauses, shown_turns
from bot.store.sealing import PLAIN, Cipher, opened, sealed
from bot.store.state import (
    CASE,
    EMPTY,
    SerialisedEvent,
    State,
    as_turn,
    case_after,
    dump,
    fold,
    new_turns,
    offered_choices,
    prelude,
    read,
    shown_turn,
)
from bot.store.tombstones import Tombstones

T = TypeVar("T")

#: The number of threads that read.
READERS = 2
#: The number of attempts to empty the write-ahead log, and the seconds between them.
WIPES, WIPE_EVERY = 10, 0.1
#: Seconds that `erase_soon` may spend on erasing, and then on marking. The writer waits at most twice this long.
AT_ONCE = 0.2


class SessionStatus(NamedTuple):
    """A conversation's status.

    Args:
        is_paused: whether the whole chat is paused.
        is_open: whether the conversation may continue.
        is_erased: whether the conversation was erased.
        choices: the payloads of the buttons offered most recently, by button id.
        was_redacted: whether anything was redacted from the conversation's messages.
    """

    is_paused: bool
    is_open: bool
    is_erased: bool
    choices: Dict[str, Payload]
    was_redacted: bool


ERASED = SessionStatus(is_paused=False, is_open=False, is_erased=True, choices={}, was_redacted=False)


class Erasing(Enum):
    """The result of an attempt to erase a conversation.

    `MARKED` means that it will be erased later, `UNKNOWN` that it does not exist, and `FAILED` that it could be neither
    erased nor marked.
    """

    DONE, MARKED, UNKNOWN, FAILED = range(4)


class StoredTracker(DialogueStateTracker):
    """A tracker that remembers the state it was loaded from and its cipher, so saving it needs no second query."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the base class. A new tracker starts with an empty state."""
        super().__init__(*args, **kwargs)
        self.stored = State({}, [], 0)
        self.prelude_length = 0
        self.cipher: Optional[Cipher] = None
        self._states: Dict[Tuple[int, bool, bool], List[DialogueTurn]] = {}

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: Optional[Dict[str, Any]] = None,
    ) -> List[DialogueTurn]:
        """See the base class. Every policy asks for the same states, so they are cached until the next event."""
        key = (len(self.events), omit_unset_slots, ignore_rule_only_turns)
        if key not in self._states:
            self._states[key] = super().past_states(domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data)
        # Return copies, because policies modify the states they are given.
        return [{name: dict(part) for name, part in state.items()} for state in self._states[key]]

    def new_events(self) -> Tuple[List[SerialisedEvent], int]:
        """Return all events after the prelude, and how many of them are already stored."""
        return [event.as_dict() for event in self.events][self.prelude_length :], len(self.stored.events)


class DialogueStore(TrackerStore):
    """A tracker store for short-lived conversations, which can be permanently erased."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        host: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        engine: Optional[Engine] = None,
        clock: Callable[[], float] = time.time,
        **kwargs: Any,
    ) -> None:
        """Open the store.

        Args:
            domain: the assistant's domain, which Rasa sets again once a model is loaded.
            host: the database URL that Rasa passes from endpoints.yml. If it is empty, the URL in the settings is used.
            event_broker: Rasa's event broker, which is not used.
            engine: an open database, to use instead of `host`.
            clock: returns the time in seconds since 1970.
            kwargs: any other arguments from Rasa, which are ignored.
        """
        super().__init__(domain, event_broker)
        self._engine = engine or open_engine(host or load_settings().database_url)
        self._clock = clock
        self._tombstones = Tombstones.for_engine(self._engine)
        self.locks = ConversationLocks(exclusion=exclusion_of(self._engine.url))
        # One thread is enough, because SQLite allows one writer and a conversation is locked while a message is
        # answered.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        # Readers have their own threads, so that they do not wait for a writer that is waiting for the database. An
        # in-memory database has only one connection, which threads must not share.
        is_file = file_of(str(self._engine.url)) is not None or self._engine.dialect.name != "sqlite"
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reading") if is_file else self._thread
        # Marking has its own thread, so that it does not wait for the database.
        self._marking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marking")

    async def begin(self, conversation_id: str) -> float:
        """Create a conversation and return its latest expiry time, in seconds since 1970."""
        now = int(self._clock())
        await self.run(lambda connection: add_conversation(connection, conversation_id, now))
        return now + LONGEST_SECONDS

    async def session_status(self, conversation_id: str) -> Optional[SessionStatus]:
        """Return a conversation's status, or None if it never existed or has been deleted."""
        now = int(self._clock())
        if conversation_id in self._tombstones.marked():
            return ERASED

        def look(connection: Connection) -> Optional[SessionStatus]:
            row = connection.execute(_session_status(conversation_id)).first()
            if row is None:
                return None
            cipher = keys_of(connection).cipher(row.key_id)
            if row.erased_at is not None or cipher.is_gone:
                return ERASED._replace(is_paused=row.is_paused)
            fresh = now - row.last_at < IDLE_SECONDS and now - row.started_at < LONGEST_SECONDS
            choices = json.loads(opened(cipher, conversations, row._mapping)["choices"] or "{}")
            return SessionStatus(row.is_paused, fresh, False, choices, row.was_redacted)

        return await self.read(look)

    async def is_paused(self) -> bool:
        """Whether the chat is paused."""
        return await self.read(lambda connection: connection.execute(sa.select(pauses)).first()) is not None

    async def is_signed_off(self, texts: Iterable[Text]) -> bool:
        """Whether the current version of every text in `texts` is signed off."""
        return is_earned(reviewed(texts, await self.read(sign_offs.latest)))

    async def pause(self) -> None:
        """Pause the chat for every process that uses this store, until `resume` is called."""

        def pause(connection: Connection) -> None:
            connection.execute(pauses.delete())
            connection.execute(pauses.insert(), {"since": int(self._clock())})

        await self.run(pause)

    async def resume(self) -> None:
        """Resume the chat."""
        await self.run(lambda connection: connection.execute(pauses.delete()))

    async def answered(self, conversation_id: str, message_id: str) -> Optional[Tuple[str, List[Message]]]:
        """Return the message with this id and the replies to it, or None if it has not been answered."""
        found = await self.read(lambda connection: _shown(connection, conversation_id, message_id))
        return found[0] if found else None

    async def shown(self, conversation_id: str) -> List[Tuple[str, List[Message]]]:
        """Return the turns whose messages have an id, in order, as (message, replies) pairs."""
        return await self.read(lambda connection: _shown(connection, conversation_id))

    async def complain(self, what: str, conversation_id: Optional[str]) -> None:
        """Store a fault report. If it names a conversation, record that the conversation did not help."""
        row = {"at": deletion.rounded(int(self._clock())), "what": what, "conversation_id": conversation_id}

        def complain(connection: Connection) -> None:
            connection.execute(complaints.insert(), row)
            if conversation_id is not None:
                review_log.mark_not_helped(connection, conversation_id)

        await self.run(complain)

    async def count_opened(self, conversation_id: str, service: str) -> None:
        """Count a service as opened or called from a conversation. See `review_log.count_opened`."""
        await self.run(lambda connection: review_log.count_opened(connection, conversation_id, service))

    async def erase(self, conversation_id: str) -> None:
        """Erase a conversation, however long that takes."""
        now = int(self._clock())
        await self.run(lambda connection: deletion.erase(connection, conversation_id, now))
        await self.wipe_log()

    async def erase_soon(self, conversation_id: str, seconds: float = AT_ONCE) -> Erasing:
        """Erase a conversation, or mark it to be erased later if this fails or takes longer than `seconds`."""
        erasing = asyncio.ensure_future(self._erase_briefly([conversation_id]))
        await asyncio.wait({erasing}, timeout=seconds)
        if erasing.done() and erasing.exception() is None:
            return Erasing.DONE if erasing.result() else Erasing.UNKNOWN
        # Ignore any later result or error, because the mark is enough.
        erasing.add_done_callback(lambda late: late.cancelled() or late.exception())
        marking = asyncio.get_running_loop().run_in_executor(self._marking, self._tombstones.mark, conversation_id)
        try:
            await asyncio.wait_for(asyncio.shield(marking), seconds)
        except (OSError, asyncio.TimeoutError):
            marking.add_done_callback(lambda late: late.cancelled() or late.exception())
            return Erasing.FAILED
        return Erasing.MARKED

    async def erase_marked(self) -> int:
        """Erase the marked conversations and return how many were marked.

        Raises:
            SQLAlchemyError, OSError: the conversations cannot be erased at the moment. They stay marked.
        """
        marked = self._tombstones.marked()
        ERASURES_WAITING.set(len(marked))
        if not marked:
            return 0
        await self._erase_briefly(sorted(marked))
        await asyncio.get_running_loop().run_in_executor(self._marking, self._tombstones.clear, marked)
        return len(marked)

    async def erase_own_marks(self) -> int:
        """Call `erase_marked`, but only if this process has marks in memory that are not in the file."""
        return await self.erase_marked() if self._tombstones.unwritten else 0

    async def _erase_briefly(self, ids: List[str]) -> int:
        """Erase conversations and return how many of them existed. Wait only briefly if the database is locked."""
        erased = await asyncio.get_running_loop().run_in_executor(self._thread, self._erase_now, ids)
        if erased:
            await self.wipe_log()
        return erased

    def _erase_now(self, ids: List[str]) -> int:
        now = int(self._clock())
        with self._engine.connect() as connection, deletion.waiting_briefly(connection), connection.begin():
            found = [one for one in ids if connection.execute(_row(one)).first() is not None]
            for one in found:
                deletion.erase(connection, one, now)
        return len(found)

    async def wipe_log(self) -> None:
        """Remove deleted data from the database's write-ahead log.

        If another connection is reading, the log cannot be emptied. This method then tries a few more times, without
        holding up other work, and finally leaves the log to the next purge.
        """
        for _ in range(WIPES):
            if await asyncio.get_running_loop().run_in_executor(self._thread, self._wipe_log):
                return
            await asyncio.sleep(WIPE_EVERY)

    async def compact(self) -> None:
        """Wipe changed and deleted text from the database files. See `deletion.compact`."""

        def compact() -> None:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                deletion.compact(connection)

        await asyncio.get_running_loop().run_in_executor(self._thread, compact)
        await self.wipe_log()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store a tracker and add its new turns to the review log, in one transaction.

        An erased conversation stays erased. If a conversation has no row yet, which happens in `rasa shell`, a row is
        added.
        """
        if not isinstance(tracker, StoredTracker):
            raise TypeError(f"A tracker that this store did not make ({type(tracker).__name__}) cannot be saved in it.")
        now = int(self._clock())
        before = tracker.stored
        events, known = tracker.new_events()
        added = new_turns(events, known)
        state = fold(before.slots, events, before.turns + len(added))
        records, case = [], case_after(events[:known], load(cast(Any, before.slots.get(CASE))))
        for number, turn in enumerate(added, start=before.turns + 1):
            records.append(as_turn(tracker.sender_id, number, deletion.rounded(now), turn, case))
            case = case_after(turn, case)
        answers = [
            {"conversation_id": tracker.sender_id, "number": n, **shown}
            for n, turn in enumerate(added, start=before.turns + 1)
            if (shown := shown_turn(turn)) is not None
        ]
        values: Dict[str, object] = {"state": dump(state), "last_at": now, "is_closed": 0}
        if added:
            values["choices"] = json.dumps(offered_choices(added[-1]))
        if any(record["removed"] for record in records):
            values["was_redacted"] = True

        def save(connection: Connection) -> None:
            cipher = _update(connection, tracker, values)
            if cipher is None:
                return
            if records:
                review_log.keep(connection, tracker.sender_id, records, cipher)
            if answers:
                connection.execute(shown_turns.insert(), [sealed(cipher, shown_turns, answer) for answer in answers])

        await self.run(save)
        for record in records:
            if record["urgency"] == URGENCIES[-1]:
                DANGER.add()

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Return a conversation's tracker, or None if it has no state because it is unknown, new, closed or erased."""

        def look(connection: Connection) -> Optional[Tuple[Row, Cipher]]:
            row = connection.execute(_row(sender_id)).first()
            return (row, keys_of(connection).cipher(row.key_id)) if row is not None and row.state else None

        found = await self.read(look)
        if found is None or found[1].is_gone:
            return None
        row, cipher = found
        state = read(opened(cipher, conversations, {"id": sender_id, "state": row.state})["state"])
        if not state.events and not state.slots:
            return None
        opening = prelude(state, float(row.started_at))
        events = restore_events([*opening, *state.events])
        tracker = cast(
            StoredTracker, StoredTracker.from_events(sender_id, events, self.domain.slots, domain=self.domain)
        )
        tracker.stored, tracker.prelude_length, tracker.cipher = state, len(opening), cipher
        return tracker

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """See the base class."""
        return StoredTracker(sender_id, self.domain.slots, max_event_history=self.max_event_history)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        rows = await self.run(lambda connection: connection.execute(sa.select(conversations.c.id)).all())
        return [row.id for row in rows]

    def close(self) -> None:
        """Wait for running calls, then close the database."""
        self._thread.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._marking.shutdown(wait=True)
        self.locks.close()
        self._engine.dispose()

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its own transaction, on the store's single writer thread."""
        with waiting("write"):
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which must not write, in its own transaction, without waiting for writers."""
        with waiting("read"):
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._transaction, work)

    @property
    def engine(self) -> Engine:
        """The database, for checks that must not wait for the store's threads."""
        return self._engine

    def _wipe_log(self) -> bool:
        # SQLite cannot empty its log while a transaction is open.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return deletion.wipe_log(connection)

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


def restore_events(serialised: Iterable[SerialisedEvent]) -> List[Event]:
    """Rebuild Rasa's events from dictionaries. Unlike Rasa's own function, this looks up each event class only once."""
    return [_kind(event["event"])._from_parameters(event) for event in serialised]


@cache
def _kind(name: str) -> Type[Event]:
    kind: Type[Event] = Event.resolve_by_type(name)
    return kind


def add_conversation(connection: Connection, conversation_id: str, now: int) -> Cipher:
    """Add a conversation's row, with a new key."""
    cipher = keys_of(connection).new_cipher(now)
    times = {"started_at": now, "last_at": now}
    row = {"id": conversation_id, "state": EMPTY, "choices": EMPTY, "key_id": cipher.key_id, **times}
    connection.execute(conversations.insert(), row)
    return cipher


def _update(connection: Connection, tracker: StoredTracker, values: Dict[str, object]) -> Optional[Cipher]:
    """Encrypt `values`, update a conversation's row, and return its cipher, or None if it was erased.

    A row is added if there is none, which happens in `rasa shell`.
    """
    sender_id, cipher = tracker.sender_id, tracker.cipher
    while True:
        if cipher is not None:
            changed = sealed(cipher, conversations, {"id": sender_id, **values})
            del changed["id"]
            if connection.execute(_UPDATE, {**changed, "which": sender_id, "held": cipher.key_id}).rowcount:
                return cipher
        row = connection.execute(_row(sender_id)).first()
        if row is None:
            cipher = add_conversation(connection, sender_id, int(str(values["last_at"])))
        elif row.erased_at is not None:
            return None
        else:
            cipher = keys_of(connection).cipher(row.key_id)
            if cipher.is_gone:
                return None


def _shown(
    connection: Connection, conversation_id: str, message_id: Optional[str] = None
) -> List[Tuple[str, List[Message]]]:
    """Return the turns whose messages have an id, in order, or only the turn with `message_id` if it is given."""
    same = [shown_turns.c.conversation_id == conversation_id]
    if message_id is not None:
        same.append(shown_turns.c.message_id == message_id)
    found = connection.execute(sa.select(shown_turns).where(*same).order_by(shown_turns.c.number)).all()
    cipher = ciphers.of_conversation(connection, conversation_id) if found else PLAIN
    rows = [opened(cipher, shown_turns, row._mapping) for row in found]
    return [(row["said"], json.loads(row["messages"] or "[]")) for row in rows]


def _row(conversation_id: str) -> Select:
    return sa.select(conversations).where(conversations.c.id == conversation_id)


def _session_status(conversation_id: str) -> Select:
    paused = sa.exists(sa.select(pauses)).label("is_paused")
    # Leave out the state, which is large and encrypted.
    columns = [column for column in conversations.columns if column.name != "state"]
    return sa.select(*columns, paused).where(conversations.c.id == conversation_id)


# Built once, because it runs for every message and takes longer to build than to run. It matches no row if the key was
# changed after the words were encrypted.
_UPDATE = conversations.update().where(
    conversations.c.id == sa.bindparam("which"),
    conversations.c.erased_at.is_(None),
    conversations.c.key_id.is_not_distinct_from(sa.bindparam("held")),
)
