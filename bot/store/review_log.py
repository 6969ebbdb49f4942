"""The review log: turns as they were said, redacted, and under what their conversation is filed, found and counted.

Each function works within the transaction of whoever calls it: a message is kept in all of these, or in none.
"""

import json
from collections import Counter
from typing import Any, Dict, List, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import figures, filing, search_index
from bot.store.schema import complaints, conversations, corrections, flags, notes, options, reviews, shown_turns, turns

#: What the door says to begin a conversation: no word of a person.
OPENING = "start_conversation"
#: The option that stands while some may be unfiled: the id of the conversation up to which they were filed.
UNFILED = "unfiled_after"
#: Conversations that `file_unfiled` files in one transaction.
FILED_AT_ONCE = 200
_JSON = ("removed", "replies")

Row = Dict[str, Any]


def keep(connection: Connection, conversation_id: str, said: List[Row]) -> None:
    """Add turns to the log and file them; `said` are rows of the log, `removed` and `replies` as lists."""
    connection.execute(_ADD_TURNS, [_written(turn) for turn in said])
    file(connection, conversation_id, said)


def file(connection: Connection, conversation_id: str, said: List[Row]) -> None:
    """File a conversation by turns that are in the log already."""
    found: "Counter[figures.Count]" = Counter(count for turn in said for count in figures.of_turn(turn))
    spoken = [turn for turn in said if turn["intent"] != OPENING]
    if spoken:
        before = _review(connection, conversation_id)
        after = before
        for turn in spoken:
            after = filing.added(after, turn) if after else filing.opened(conversation_id, turn)
        assert after is not None
        number = _put(connection, before, after)
        search_index.add(connection, number, [turn["text"] for turn in spoken])
        found.update(figures.of_review(after))
        found.subtract(figures.of_review(before) if before else [])
    figures.add(connection, found)


def file_unfiled(connection: Connection) -> bool:
    """File some of what was kept before there were reviews; whether some may be left.

    The database itself knows how far this came: what was filed stays if the program is stopped in between, and where
    nothing is left, nothing is looked through.
    """
    place = options.c.name == UNFILED
    after = connection.execute(sa.select(options.c.value).where(place)).scalar()
    if after is None:
        return False
    filed = sa.exists().where(reviews.c.conversation_id == turns.c.conversation_id)
    unfiled = sa.select(turns.c.conversation_id).where(~filed, turns.c.intent != OPENING).distinct()
    behind = unfiled.where(turns.c.conversation_id > after).order_by(turns.c.conversation_id)
    ids = [row.conversation_id for row in connection.execute(behind.limit(FILED_AT_ONCE))]
    for conversation_id in ids:
        _hold(connection, conversation_id)
        # Looked at again: another process may have been quicker.
        if _review(connection, conversation_id) is None:
            file(connection, conversation_id, said_in(connection, conversation_id))
    if len(ids) == FILED_AT_ONCE:
        connection.execute(options.update().where(place).values(value=ids[-1]))
        return True
    connection.execute(options.delete().where(place))
    return False


def disappoint(connection: Connection, conversation_id: str) -> None:
    """Note that somebody said of a conversation that something is wrong with it."""
    before = _review(connection, conversation_id)
    if before is None:
        return
    after = filing.judged({**before, "feedback": "not_helped", "version": before["version"] + 1})
    _put(connection, before, after)
    found = Counter(figures.of_review(after))
    found.subtract(figures.of_review(before))
    figures.add(connection, found)


def rewrite(connection: Connection, conversation_id: str, turn: int, text: str, removed: List[str]) -> None:
    """Put a text that was redacted anew in the place of the one that is kept."""
    review = _review(connection, conversation_id)
    if review is not None:
        search_index.remove(connection, review["number"], _texts(connection, conversation_id))
    same = sa.and_(turns.c.conversation_id == conversation_id, turns.c.number == turn)
    connection.execute(turns.update().where(same).values(text=text, removed=json.dumps(removed)))
    if review is not None:
        search_index.add(connection, review["number"], _texts(connection, conversation_id))


def said_in(connection: Connection, conversation_id: str, after: int = 0, most: Optional[int] = None) -> List[Row]:
    """The turns of a conversation in order, `removed` and `replies` as lists; with `most`, so many behind `after`."""
    same = sa.and_(turns.c.conversation_id == conversation_id, turns.c.number > after)
    chosen = turns.select().where(same).order_by(turns.c.number)
    return [read(row) for row in connection.execute(chosen.limit(most))]


def read(row: sa.engine.Row) -> Row:
    """A row of the log with its JSON read."""
    return {**row._mapping, **{name: json.loads(row[name]) for name in _JSON}}


def uncount(connection: Connection, conversation_id: str) -> None:
    """Take a conversation and its turns off the counts."""
    review = _review(connection, conversation_id)
    found: "Counter[figures.Count]" = Counter()
    for turn in said_in(connection, conversation_id):
        found.subtract(figures.of_turn(turn))
    found.subtract(figures.of_review(review) if review else [])
    figures.add(connection, found)


def remove(connection: Connection, conversation_id: str) -> None:
    """Take every word of a conversation out, and what staff wrote of it.

    Corrections stay, without where they came from.
    """
    review = _review(connection, conversation_id)
    if review is not None:
        number = review["number"]
        search_index.remove(connection, number, _texts(connection, conversation_id))
        for table in (flags, notes):
            connection.execute(table.delete().where(table.c.number == number))
        connection.execute(corrections.update().where(corrections.c.number == number).values(number=None, turn=None))
        connection.execute(reviews.delete().where(reviews.c.number == number))
    for table in (turns, shown_turns):
        connection.execute(table.delete().where(table.c.conversation_id == conversation_id))
    connection.execute(
        complaints.update().where(complaints.c.conversation_id == conversation_id).values(conversation_id=None)
    )


def _texts(connection: Connection, conversation_id: str) -> List[str]:
    return [turn["text"] for turn in said_in(connection, conversation_id)]


def _written(turn: Row) -> Row:
    kept = {name: value for name, value in turn.items() if name in turns.c}
    return {**kept, **{name: json.dumps(turn[name]) for name in _JSON}}


def _hold(connection: Connection, conversation_id: str) -> None:
    """Let nobody else add to a conversation until the end of the transaction."""
    same = conversations.c.id == conversation_id
    connection.execute(conversations.update().where(same).values(is_closed=conversations.c.is_closed))


def _review(connection: Connection, conversation_id: str) -> Optional[Row]:
    """The review of a conversation, which nobody else changes until the end of the transaction.

    SQLite has one writer and no such lock; there, who writes a review has written something before.
    """
    row = connection.execute(_REVIEW, {"which": conversation_id}).first()
    return dict(row._mapping) if row is not None else None


def _put(connection: Connection, before: Optional[Row], after: Row) -> int:
    if before is None:
        return int(connection.execute(_ADD_REVIEW, after).inserted_primary_key[0])
    number = int(before["number"])
    connection.execute(_CHANGE_REVIEW, {**after, "which": number})
    return number


# Made once: to put a statement together takes longer than to run it, and these are for each message.
_ADD_TURNS = turns.insert()
_REVIEW = reviews.select().where(reviews.c.conversation_id == sa.bindparam("which")).with_for_update()
_ADD_REVIEW = reviews.insert()
_CHANGE_REVIEW = reviews.update().where(reviews.c.number == sa.bindparam("which"))
