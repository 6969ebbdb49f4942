"""Release samples: random conversations with one model, judged blind by two readers. A third settles disagreements.

Readers are not told how others judged a conversation.
"""

import secrets
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.sample import score
from bot.store.schema import conversations, release_items, release_readings, releases, reviews, staff
from bot.store.transcripts import StaleError

#: The default, minimum and maximum number of conversations in a sample.
SIZE, LEAST_SIZE, MOST_SIZE = 30, 10, 100
#: The questions that readers answer with yes or no. Yes is always the good answer.
QUESTIONS = ("right_topic", "right_person", "right_service", "harmless")

#: A reader's answers, by question.
Judgement = Mapping[str, bool]


class Item(NamedTuple):
    """A conversation in a sample: its review's number, and the questions to answer about it."""

    id: int
    number: int
    questions: Sequence[str]


class Release(NamedTuple):
    """A sample.

    Args:
        id: its id.
        at: when it was drawn, in seconds since 1970.
        name: who drew it.
        model: the model's version.
        judged: each conversation's judgements, in the order in which they were made.
    """

    id: int
    at: int
    name: str
    model: str
    judged: Sequence[Sequence[Judgement]]

    @property
    def read_twice(self) -> int:
        """The number of conversations that two readers have judged."""
        return sum(len(judged) >= 2 for judged in self.judged)

    @property
    def decided(self) -> int:
        """The number of conversations that need no further reader."""
        return sum(map(is_decided, self.judged))

    def pairs(self, question: str) -> List[Tuple[bool, bool]]:
        """Return both readers' answers to a question, for the conversations that both have judged."""
        return [(judged[0][question], judged[1][question]) for judged in self.judged if len(judged) >= 2]

    def yes(self, question: str) -> int:
        """Return the number of decided conversations for which the answer to a question is yes."""
        return sum(judged[-1][question] for judged in self.judged if is_decided(judged))


def questions_for(judged: Sequence[Judgement]) -> List[str]:
    """Return the questions for the next reader, or none if there is nothing left to judge.

    The third reader answers only the questions on which the first two disagree.
    """
    if len(judged) < 2:
        return list(QUESTIONS)
    return [name for name in QUESTIONS if len(judged) == 2 and judged[0][name] != judged[1][name]]


def is_decided(judged: Sequence[Judgement]) -> bool:
    """Whether a conversation needs no further reader."""
    return not questions_for(judged)


def draw(connection: Connection, now: int, staff_id: int, size: int) -> int:
    """Draw a sample of the current model's finished conversations, and return its size.

    The current model is the one that answered the latest conversation. If nothing can be drawn, nothing is stored.
    """
    latest = connection.execute(reviews.select().order_by(reviews.c.last_at.desc(), reviews.c.number.desc())).first()
    if latest is None:
        return 0
    last_number = connection.execute(sa.select(sa.func.max(reviews.c.number))).scalar_one()
    row = {"at": now, "staff_id": staff_id, "model": latest.model, "size": size}
    key = secrets.token_hex(32)
    added = connection.execute(releases.insert(), {**row, "key": key, "last_number": last_number})
    sample_id = int(added.inserted_primary_key[0])
    number = _fill(connection, sample_id)
    if not number:
        connection.execute(releases.delete().where(releases.c.id == sample_id))
    return number


def refill(connection: Connection) -> None:
    """Replace sampled conversations that were deleted before they were decided."""
    for row in connection.execute(sa.select(releases.c.id)).all():
        _fill(connection, row.id)


def every(connection: Connection) -> List[Release]:
    """Return every sample, latest first."""
    joined = sa.select(releases, staff.c.name).join(staff, staff.c.id == releases.c.staff_id)
    found = connection.execute(joined.order_by(releases.c.id.desc())).all()
    judged = {row.id: list(_judged(connection, release_items.c.sample_id == row.id).values()) for row in found}
    return [Release(row.id, row.at, row.name, row.model, judged[row.id]) for row in found]


def due(connection: Connection, staff_id: int, number: Optional[int] = None) -> Optional[Item]:
    """Return a conversation for this person to judge, or None if there is none.

    Args:
        connection: a database connection.
        staff_id: the person's account.
        number: the number of the review to judge, or None for one from the latest sample with any left to judge.
    """
    theirs = sa.exists().where(
        release_readings.c.item_id == release_items.c.id, release_readings.c.staff_id == staff_id
    )
    chosen = release_items.select().where(~theirs, release_items.c.number.is_not(None))
    if number is not None:
        chosen = chosen.where(release_items.c.number == number)
    rows = connection.execute(chosen.order_by(release_items.c.sample_id.desc(), release_items.c.id)).all()
    judged = _judged(connection, release_items.c.id.in_([row.id for row in rows]))
    found = (Item(row.id, row.number, questions_for(judged[row.id])) for row in rows)
    return next((item for item in found if item.questions), None)


def judge(connection: Connection, staff_id: int, item: Item, answers: Judgement) -> None:
    """Store a reader's answers to the item's questions. A third reader's row repeats the answers the others agree on.

    Raises:
        StaleError: this person may no longer judge the item.
    """
    judged = _judged(connection, release_items.c.id == item.id).get(item.id, [])
    agreed = judged[0] if len(judged) == 2 else {}
    row = {"item_id": item.id, "place": len(judged) + 1, "staff_id": staff_id}
    if due(connection, staff_id, item.number) != item:
        raise StaleError
    connection.execute(release_readings.insert(), {**row, **agreed, **answers})


def item_of(connection: Connection, staff_id: int, item_id: int) -> Optional[Item]:
    """Return the item with this id, or None if this person may not judge it."""
    number = connection.execute(sa.select(release_items.c.number).where(release_items.c.id == item_id)).scalar()
    item = due(connection, staff_id, number) if number is not None else None
    return item if item is not None and item.id == item_id else None


def _fill(connection: Connection, sample_id: int) -> int:
    """Draw conversations until a sample is full or none are left, and return the number of conversations in it."""
    sample = connection.execute(releases.select().where(releases.c.id == sample_id)).one()
    items = release_items.c
    gone = _judged(connection, items.sample_id == sample_id, items.number.is_(None))
    lost = [item_id for item_id, judged in gone.items() if not is_decided(judged)]
    connection.execute(release_readings.delete().where(release_readings.c.item_id.in_(lost)))
    connection.execute(release_items.delete().where(items.id.in_(lost)))
    held = connection.execute(sa.select(items.number).where(items.sample_id == sample_id)).scalars().all()
    if len(held) >= sample.size:
        return len(held)
    chosen = (
        sa.select(reviews.c.number, reviews.c.conversation_id)
        .join(conversations, conversations.c.id == reviews.c.conversation_id)
        .where(reviews.c.model == sample.model, reviews.c.number <= sample.last_number, conversations.c.is_closed == 1)
    )
    key = bytes.fromhex(sample.key)
    ordered = sorted((score(key, row.conversation_id), row.number) for row in connection.execute(chosen))
    fresh = [number for _, number in ordered if number not in held][: sample.size - len(held)]
    if fresh:
        connection.execute(release_items.insert(), [{"sample_id": sample_id, "number": number} for number in fresh])
    return len(held) + len(fresh)


def _judged(connection: Connection, *conditions: sa.sql.ColumnElement) -> Dict[int, List[Judgement]]:
    """Return the judgements on items that meet the conditions, by item id, in the order in which they were made."""
    found: Dict[int, List[Judgement]] = {
        row.id: [] for row in connection.execute(sa.select(release_items.c.id).where(*conditions))
    }
    joined = sa.select(release_readings).join(release_items, release_items.c.id == release_readings.c.item_id)
    for row in connection.execute(joined.where(*conditions).order_by(release_readings.c.place)):
        found[row.item_id].append({name: bool(row[name]) for name in QUESTIONS})
    return found
