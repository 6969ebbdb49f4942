"""Transcripts for export, read in small pieces: each transaction is short and little is held in memory."""

from typing import List, Mapping, NamedTuple, Optional, TypedDict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import review_log
from bot.store.days import in_utc
from bot.store.review_log import OPENING
from bot.store.rows import Review, Turn, as_review
from bot.store.schema import reviews, turns

#: Review numbers that one piece covers; some of them may be deleted or not match.
WINDOW = 500


class Line(TypedDict):
    """A turn in its review. Only the review number, which the audit log has too, identifies a conversation.

    `at` is the time of the turn in UTC, such as 2026-03-31T12:15Z; `removed` are kinds, `services` ids.
    """

    number: int
    at: str
    topic: str
    urgency: str
    asker: str
    state: str
    turn: int
    text: str
    intent: str
    confidence: float
    runner_up: Optional[str]
    removed: List[str]
    services: List[str]


#: The columns of a line, in order.
COLUMNS = tuple(Line.__annotations__)


class Wanted(NamedTuple):
    """A filter for conversations that began from `begins_at` until before `ends_at`, in seconds since 1970.

    `equal` maps columns of a review to the value that they must have.
    """

    begins_at: int
    ends_at: int
    equal: Mapping[str, str] = {}


class Piece(NamedTuple):
    """Lines of an export; the next piece begins after the review number `after`, which is None at the end."""

    lines: List[Line]
    after: Optional[int]


def start(connection: Connection, wanted: Wanted) -> Optional[int]:
    """The review number to pass as the first `after` to `read`, or None if nothing can match."""
    # No conversation ends before it begins, and `last_at` has an index.
    chosen = sa.select(sa.func.min(reviews.c.number)).where(reviews.c.last_at >= wanted.begins_at)
    least = connection.execute(chosen).scalar()
    return None if least is None else int(least) - 1


def read(connection: Connection, wanted: Wanted, after: int) -> Piece:
    """The next piece, in the order of review numbers. It may have no lines."""
    chosen = reviews.select().where(
        reviews.c.number > after,
        reviews.c.number <= after + WINDOW,
        reviews.c.started_at >= wanted.begins_at,
        reviews.c.started_at < wanted.ends_at,
        *(reviews.c[name] == value for name, value in wanted.equal.items()),
    )
    found = {row.conversation_id: as_review(row) for row in connection.execute(chosen)}
    said = (
        turns.select()
        .join(reviews, reviews.c.conversation_id == turns.c.conversation_id)
        .where(turns.c.conversation_id.in_(list(found)), turns.c.intent != OPENING)
        .order_by(reviews.c.number, turns.c.number)
    )
    kept = map(review_log.read, connection.execute(said)) if found else ()
    lines = [_line(found[turn["conversation_id"]], turn) for turn in kept]
    last = connection.execute(sa.select(sa.func.max(reviews.c.number))).scalar() or 0
    return Piece(lines, after + WINDOW if after + WINDOW < last else None)


def _line(review: Review, turn: Turn) -> Line:
    return {
        "number": review["number"],
        "at": f"{in_utc(turn['at']):%Y-%m-%dT%H:%MZ}",
        "topic": review["topic"],
        "urgency": review["urgency"],
        "asker": review["asker"],
        "state": review["state"],
        "turn": turn["number"],
        "text": turn["text"],
        "intent": turn["intent"],
        "confidence": turn["confidence"],
        "runner_up": turn["runner_up"],
        "removed": turn["removed"],
        "services": [reply["id"] for reply in turn["replies"] if reply["kind"] == "service"],
    }
