"""The review log, which stores redacted turns and updates each conversation's review, search index and counts.

Each function runs within the caller's transaction, so a message is stored in all of these or in none.
"""

import json
from collections import Counter
from itertools import chain
from typing import Any, Dict, List, Mapping, Optional, Sequence, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.store import ciphers, complaints, metrics, quiet, search_index, shown_messages, triage
from bot.store.options import get as get_option
from bot.store.rows import NewReview, Review, Turn, as_review
from bot.store.schema import (
    conversations,
    corrections,
    decisions,
    flags,
    notes,
    openings,
    options,
    release_items,
    release_readings,
    retellings,
    reviews,
    shown_turns,
    turns,
)
from bot.store.sealing import Cipher, opened, sealed
from bot.store.shown_messages import Stored

#: The intent that opens a conversation. It is sent by the chat, not typed by the writer.
OPENING = "start_conversation"
#: An option that exists only while some conversations may still lack a review. Its value is the id of the last
#: conversation triaged.
BACKLOG = "unfiled_after"
#: The number of conversations that `triage_backlog` triages per transaction.
TRIAGED_AT_ONCE = 200
#: An option that exists only while the search index may lack some conversations' word prefixes. Its value is the number
#: of the last conversation completed.
INDEX_BACKLOG = "indexed_after"
#: The number of conversations that `index_backlog` completes per transaction, during which the chat cannot write.
INDEXED_AT_ONCE = 50
#: The columns of a review that never change. Rewriting them would make the database check every table that refers to
#: them.
_FIXED = ("number", "conversation_id", "started_at")
#: The JSON columns, with their values when empty.
_JSON: Mapping[str, Optional[Sequence[str]]] = {"removed": (), "replies": (), "learned": None}


def keep(connection: Connection, conversation_id: str, said: List[Turn], cipher: Cipher) -> None:
    """Add turns to the log, encrypted with the conversation's cipher, and triage them."""
    shown = [[shown_messages.stored(message) for message in turn["shown"] or ()] for turn in said]
    connection.execute(
        _ADD_TURNS, [sealed(cipher, turns, _serialised(*both)) for both in zip(said, shown, strict=True)]
    )
    triage_turns(connection, conversation_id, said)
    # Update these shared rows last, like the counts, because other conversations wait for them until this transaction
    # ends.
    shown_messages.add(connection, chain.from_iterable(shown))


def triage_turns(connection: Connection, conversation_id: str, said: List[Turn]) -> None:
    """Update a conversation's review, search index and counts with turns that are already in the log."""
    found: "Counter[metrics.Count]" = Counter(count for turn in said for count in metrics.of_turn(turn))
    spoken = [turn for turn in said if turn["intent"] != OPENING]
    if spoken:
        before = _review(connection, conversation_id)
        after: Optional[NewReview] = before
        for turn in spoken:
            after = triage.with_turn(after, turn) if after else triage.new_review(conversation_id, turn)
        assert after is not None
        number = _save(connection, before, after)
        if before is None:
            search_index.begin(connection, number, after["started_at"])
        search_index.add(connection, number, [turn["text"] for turn in spoken])
        found.update(metrics.of_review(after))
        found.subtract(metrics.of_review(before) if before else [])
    metrics.add(connection, found)


def triage_backlog(connection: Connection) -> bool:
    """Triage some of the conversations that were stored before reviews existed. Return whether any may be left.

    Progress is stored in the database, so the work resumes after a restart, and nothing is scanned once it is complete.
    """
    place = options.c.name == BACKLOG
    after = get_option(connection, BACKLOG)
    if after is None:
        return False
    filed = sa.exists().where(reviews.c.conversation_id == turns.c.conversation_id)
    unfiled = sa.select(turns.c.conversation_id).where(~filed, turns.c.intent != OPENING).distinct()
    behind = unfiled.where(turns.c.conversation_id > after).order_by(turns.c.conversation_id)
    ids = [row.conversation_id for row in connection.execute(behind.limit(TRIAGED_AT_ONCE))]
    for conversation_id in ids:
        _lock(connection, conversation_id)
        # Check again: another process may have triaged it.
        if _review(connection, conversation_id) is None:
            triage_turns(connection, conversation_id, turns_of(connection, conversation_id))
    if len(ids) == TRIAGED_AT_ONCE:
        connection.execute(options.update().where(place).values(value=ids[-1]))
        return True
    connection.execute(options.delete().where(place))
    return False


def index_backlog(connection: Connection) -> bool:
    """Add the word prefixes of some older conversations to the search index. Return whether any may be left.

    Progress is stored in the database, so the work resumes after a restart.
    """
    place = options.c.name == INDEX_BACKLOG
    after = get_option(connection, INDEX_BACKLOG)
    if after is None:
        return False
    chosen = sa.select(reviews.c.number, reviews.c.conversation_id, reviews.c.started_at)
    behind = chosen.where(reviews.c.number > int(after)).order_by(reviews.c.number)
    found = connection.execute(behind.limit(INDEXED_AT_ONCE)).all()
    for number, conversation_id, started_at in found:
        search_index.begin(connection, 0, started_at)
        _lock(connection, conversation_id)
        # Read after locking: a conversation that was erased in the meantime must leave no words behind.
        search_index.add(connection, number, _texts(connection, conversation_id))
    if len(found) == INDEXED_AT_ONCE:
        connection.execute(options.update().where(place).values(value=str(found[-1].number)))
        return True
    connection.execute(options.delete().where(place))
    return False


def mark_not_helped(connection: Connection, conversation_id: str) -> None:
    """Set a conversation's feedback to "not_helped" after the writer reported a fault."""
    before = _review(connection, conversation_id)
    if before is None:
        return
    changed: Review = {**before, "feedback": "not_helped", "version": before["version"] + 1}
    change(connection, before, triage.prioritised(changed))


def count_opened(connection: Connection, conversation_id: str, service: str) -> None:
    """Count a service as opened or called, under the conversation's topic, once per service and conversation.

    The list of opened services is deleted with the dialogue state, so the count is not subtracted if the conversation
    is erased.
    """
    _lock(connection, conversation_id)
    review, row = _review(connection, conversation_id), conversations.c.id == conversation_id
    if review is None:
        return
    before = json.loads(connection.execute(sa.select(conversations.c.opened).where(row)).scalar_one())
    if service not in before:
        connection.execute(conversations.update().where(row).values(opened=json.dumps([*before, service])))
        metrics.add(connection, Counter(metrics.of_opened(review, service, is_first=not before)))


def change(connection: Connection, before: Review, after: Review) -> None:
    """Store a changed review, and adjust the counts."""
    _save(connection, before, after)
    found = Counter(metrics.of_review(after))
    found.subtract(metrics.of_review(before))
    metrics.add(connection, found)


def locked(connection: Connection, number: int) -> Optional[Review]:
    """Return the review with this number, locked until the end of the transaction, or None if it was deleted."""
    row = connection.execute(reviews.select().where(reviews.c.number == number).with_for_update()).first()
    return as_review(row) if row is not None else None


def rewrite(connection: Connection, conversation_id: str, turn: int, text: str, removed: List[str]) -> None:
    """Replace a turn's text with a newly redacted version, and update the search index."""
    review = _review(connection, conversation_id)
    if review is not None:
        search_index.remove(connection, review["number"], _texts(connection, conversation_id))
    written = {"conversation_id": conversation_id, "number": turn, "text": text, "removed": json.dumps(removed)}
    same = sa.and_(turns.c.conversation_id == conversation_id, turns.c.number == turn)
    cipher = ciphers.of_conversation(connection, conversation_id)
    connection.execute(turns.update().where(same).values(sealed(cipher, turns, written)))
    if review is not None:
        search_index.add(connection, review["number"], _texts(connection, conversation_id))


def turns_of(connection: Connection, conversation_id: str, after: int = 0, most: Optional[int] = None) -> List[Turn]:
    """Return up to `most` turns of a conversation, in order, starting after turn number `after`."""
    same = sa.and_(turns.c.conversation_id == conversation_id, turns.c.number > after)
    cipher = ciphers.of_conversation(connection, conversation_id)
    found = connection.execute(turns.select().where(same).order_by(turns.c.number).limit(most))
    rows = [opened(cipher, turns, row._mapping) for row in found]
    shown = {row["number"]: json.loads(row["shown"]) for row in rows if row["shown"]}
    messages = shown_messages.read(connection, set(chain.from_iterable(shown.values())))
    return [
        {**_parsed(row), "shown": [messages[one] for one in shown[row["number"]]] if row["number"] in shown else None}
        for row in rows
    ]


def read(row: Row, cipher: Cipher) -> Turn:
    """Convert a row of the log to a turn, without the messages that it showed, which are in another table."""
    return _parsed(opened(cipher, turns, row._mapping))


def _parsed(row: Mapping[str, Any]) -> Turn:
    """Parse the JSON in a row. If the words' key was destroyed, lists are empty."""
    parsed = {name: json.loads(row[name]) if row[name] else default for name, default in _JSON.items()}
    return cast(Turn, {**row, **parsed, "shown": None})


def uncount(connection: Connection, conversation_id: str) -> None:
    """Subtract a conversation and its turns from the counts."""
    review = _review(connection, conversation_id)
    found: "Counter[metrics.Count]" = Counter()
    for turn in turns_of(connection, conversation_id):
        found.subtract(metrics.of_turn(turn))
    found.subtract(metrics.of_review(review) if review else [])
    metrics.add(connection, found)


def counted_going_on(connection: Connection, now: int) -> "Counter[metrics.Count]":
    """Return the counts contributed by conversations in progress at `now`, which nobody may see."""
    ids = [row.id for row in connection.execute(quiet.ids_going_on(now))]
    said = chain.from_iterable(turns_of(connection, one) for one in ids)
    found: "Counter[metrics.Count]" = Counter(count for turn in said for count in metrics.of_turn(turn))
    for row in connection.execute(reviews.select().where(reviews.c.conversation_id.in_(ids))):
        found.update(metrics.of_review(as_review(row)))
    return found


def withdraw(connection: Connection, conversation_id: str) -> None:
    """Delete a conversation and its judgements from release samples, so that another can be drawn in its place."""
    drawn = sa.select(release_items.c.id).join(reviews, reviews.c.number == release_items.c.number)
    ids = [row.id for row in connection.execute(drawn.where(reviews.c.conversation_id == conversation_id))]
    connection.execute(release_readings.delete().where(release_readings.c.item_id.in_(ids)))
    connection.execute(release_items.delete().where(release_items.c.id.in_(ids)))


def remove(connection: Connection, conversation_id: str) -> None:
    """Delete a conversation's turns and review, along with everything that staff added to it and its fault reports.

    Corrections, retellings and release judgements stay, but no longer refer to the conversation.
    """
    review = _review(connection, conversation_id)
    if review is not None:
        number = review["number"]
        search_index.remove(connection, number, _texts(connection, conversation_id))
        for table in (flags, notes, openings, decisions):
            connection.execute(table.delete().where(table.c.number == number))
        for table in (corrections, retellings):
            connection.execute(table.update().where(table.c.number == number).values(number=None, turn=None))
        connection.execute(release_items.update().where(release_items.c.number == number).values(number=None))
        connection.execute(reviews.delete().where(reviews.c.number == number))
    shown = [one for row in _opened(connection, conversation_id, "shown") for one in json.loads(row["shown"] or "[]")]
    for table in (turns, shown_turns):
        connection.execute(table.delete().where(table.c.conversation_id == conversation_id))
    complaints.erase(connection, conversation_id)
    shown_messages.remove(connection, shown)


def _texts(connection: Connection, conversation_id: str) -> List[str]:
    return [row["text"] for row in _opened(connection, conversation_id, "text")]


def _opened(connection: Connection, conversation_id: str, name: str) -> List[Dict[str, Any]]:
    """Return a conversation's turns with a single encrypted column, decrypted."""
    chosen = sa.select(turns.c.conversation_id, turns.c.number, turns.c[name])
    cipher = ciphers.of_conversation(connection, conversation_id)
    rows = connection.execute(chosen.where(turns.c.conversation_id == conversation_id))
    return [opened(cipher, turns, row._mapping) for row in rows]


def _serialised(turn: Turn, shown: Sequence[Stored]) -> Dict[str, object]:
    kept = {name: value for name, value in turn.items() if name in turns.c}
    return {
        **kept,
        "removed": json.dumps(turn["removed"]),
        "replies": json.dumps(turn["replies"]),
        "shown": None if turn["shown"] is None else json.dumps([one.hash for one in shown]),
        "learned": None if turn["learned"] is None else json.dumps(turn["learned"]),
    }


def _lock(connection: Connection, conversation_id: str) -> None:
    """Lock a conversation's row until the end of the transaction."""
    same = conversations.c.id == conversation_id
    connection.execute(conversations.update().where(same).values(is_closed=conversations.c.is_closed))


def _review(connection: Connection, conversation_id: str) -> Optional[Review]:
    """Return a conversation's review, locked until the end of the transaction.

    SQLite ignores the lock, but it allows only one writer, and callers have already written something.
    """
    row = connection.execute(_REVIEW, {"which": conversation_id}).first()
    return as_review(row) if row is not None else None


def _save(connection: Connection, before: Optional[Review], after: NewReview) -> int:
    if before is None:
        return int(connection.execute(_ADD_REVIEW, after).inserted_primary_key[0])
    changed = {name: value for name, value in after.items() if name not in _FIXED}
    connection.execute(_CHANGE_REVIEW, {**changed, "which": before["number"]})
    return before["number"]


# These statements are built once, because they run for every message and take longer to build than to run.
_ADD_TURNS = turns.insert()
_REVIEW = reviews.select().where(reviews.c.conversation_id == sa.bindparam("which")).with_for_update()
_ADD_REVIEW = reviews.insert()
_CHANGE_REVIEW = reviews.update().where(reviews.c.number == sa.bindparam("which"))
