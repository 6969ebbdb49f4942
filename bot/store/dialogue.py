"""Where dialogues live between messages: a Rasa tracker store, one row a conversation, and the review log beside it.

Both are written in one transaction, so that a message is either answered and kept, or neither. Calls to the database
run on a thread of their own: the event loop never waits for a disk.
"""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple, Type, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.domain import State as DialogueTurn
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection, Engine

from bot.settings import load_settings
from bot.store.schema import conversations, open_engine, turns
from bot.store.state import State, fold, new_turns, offered_choices, prelude, review

T = TypeVar("T")

IDLE_SECONDS = 60 * 60
LONGEST_SECONDS = 24 * 60 * 60
REVIEW_ROUNDING = 15 * 60


class Standing(NamedTuple):
    """How a conversation stands: may it go on, and what do the buttons offered in it mean."""

    is_open: bool
    is_erased: bool
    choices: Dict[str, Any]


class StoredTracker(DialogueStateTracker):
    """A tracker that knows what the store held when it was read, so that saving needs no second look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the base class; a new tracker comes from an empty state."""
        super().__init__(*args, **kwargs)
        self.stored = State({}, [], 0)
        self.prelude_length = 0
        self._states: Dict[Tuple[int, bool, bool], List[DialogueTurn]] = {}

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: Optional[Dict[str, Any]] = None,
    ) -> List[DialogueTurn]:
        """See the base class. Every policy asks for the same states, so they are worked out once for each new event."""
        key = (len(self.events), omit_unset_slots, ignore_rule_only_turns)
        if key not in self._states:
            self._states[key] = super().past_states(domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data)
        # Policies change what they are given.
        return [{name: dict(part) for name, part in state.items()} for state in self._states[key]]

    def new_events(self) -> "tuple[List[Dict[str, Any]], int]":
        """All events but the prelude, and how many of them the store has already."""
        return [event.as_dict() for event in self.events][self.prelude_length :], len(self.stored.events)


class DialogueStore(TrackerStore):
    """Rasa's tracker store, ours: short-lived, erasable, and closed to what was erased."""

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
            domain: the assistant's domain; Rasa sets it again once a model is loaded.
            host: the database's URL, as Rasa passes it from endpoints.yml; that of the settings when empty.
            event_broker: Rasa's; unused, as the review log is written here.
            engine: an open database, in place of `host`.
            clock: seconds since 1970.
            kwargs: whatever else Rasa passes.
        """
        super().__init__(domain, event_broker)
        self._engine = engine or open_engine(host or load_settings().database_url)
        self._clock = clock
        # One thread: SQLite has one writer, and a conversation is locked while it is answered.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def begin(self, conversation_id: str) -> float:
        """Make a conversation; returns when it will expire at the latest, in seconds since 1970."""
        now = int(self._clock())
        row = {
            "id": conversation_id,
            "started_at": now,
            "last_at": now,
            "state": _dump(State({}, [], 0)),
            "choices": "{}",
        }
        await self._run(lambda connection: connection.execute(conversations.insert(), row))
        return now + LONGEST_SECONDS

    async def standing(self, conversation_id: str) -> Optional[Standing]:
        """How a conversation stands, or None if there was never one or it is long gone."""
        now = int(self._clock())
        row = await self._run(lambda connection: connection.execute(_row(conversation_id)).first())
        if row is None:
            return None
        fresh = now - row.last_at < IDLE_SECONDS and now - row.started_at < LONGEST_SECONDS
        return Standing(row.erased_at is None and fresh, row.erased_at is not None, json.loads(row.choices))

    async def erase(self, conversation_id: str) -> None:
        """Empty a conversation, everywhere, for good. Call it under the conversation's lock."""
        now = int(self._clock())

        def erase(connection: Connection) -> None:
            connection.execute(turns.delete().where(turns.c.conversation_id == conversation_id))
            connection.execute(
                conversations.update()
                .where(conversations.c.id == conversation_id)
                .values(state=_dump(State({}, [], 0)), choices="{}", erased_at=now)
            )

        await self._run(erase)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a tracker and add its new turns to the review log, in one transaction.

        An erased conversation stays erased. A conversation that nobody began (`rasa shell`) is made here.
        """
        if not isinstance(tracker, StoredTracker):
            raise TypeError(f"A tracker that this store did not make ({type(tracker).__name__}) cannot be saved in it.")
        now = int(self._clock())
        before = tracker.stored
        events, known = tracker.new_events()
        added = new_turns(events, known)
        state = fold(before.slots, events, before.turns + len(added))
        records = [
            {"conversation_id": tracker.sender_id, "number": n, "at": now - now % REVIEW_ROUNDING, **_columns(turn)}
            for n, turn in enumerate(added, start=before.turns + 1)
        ]
        values = {"state": _dump(state), "last_at": now}
        if added:
            values["choices"] = json.dumps(offered_choices(added[-1]))

        def save(connection: Connection) -> None:
            kept = conversations.update().where(
                conversations.c.id == tracker.sender_id, conversations.c.erased_at.is_(None)
            )
            if connection.execute(kept.values(**values)).rowcount == 0:
                if connection.execute(_row(tracker.sender_id)).first() is not None:
                    return
                connection.execute(
                    conversations.insert(), {"id": tracker.sender_id, "started_at": now, "choices": "{}", **values}
                )
            if records:
                connection.execute(turns.insert(), records)

        await self._run(save)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker of a conversation, or None if it has no state (never begun, new, or erased)."""
        row = await self._run(lambda connection: connection.execute(_row(sender_id)).first())
        if row is None:
            return None
        state = State(**json.loads(row.state))
        if not state.events and not state.slots:
            return None
        opening = prelude(state, float(row.started_at))
        tracker = StoredTracker.from_events(
            sender_id,
            restore_events([*opening, *state.events]),
            self.domain.slots,
            domain=self.domain,
        )
        tracker.stored = state  # type: ignore[attr-defined]
        tracker.prelude_length = len(opening)  # type: ignore[attr-defined]
        return tracker

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """See the base class."""
        return StoredTracker(sender_id, self.domain.slots, max_event_history=self.max_event_history)

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""
        rows = await self._run(lambda connection: connection.execute(sa.select(conversations.c.id)).all())
        return [row.id for row in rows]

    def close(self) -> None:
        """Finish what is under way and close the database."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


def restore_events(serialised: Iterable[Dict[str, Any]]) -> List[Event]:
    """Rasa's events from their dictionaries. Rasa's own function walks through all kinds of event for each one."""
    return [_kind(event["event"])._from_parameters(event) for event in serialised]


@cache
def _kind(name: str) -> Type[Event]:
    kind: Type[Event] = Event.resolve_by_type(name)
    return kind


def _row(conversation_id: str) -> Any:
    return sa.select(conversations).where(conversations.c.id == conversation_id)


def _columns(turn: Any) -> Dict[str, Any]:
    record = review(turn)
    return {**record, "removed": json.dumps(record["removed"]), "replies": json.dumps(record["replies"])}


def _dump(state: State) -> str:
    return json.dumps(state._asdict())
