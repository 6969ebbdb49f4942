"""Reads transcripts for export in small pieces, to keep transactions short and memory use low."""

from typing import List, Mapping, NamedTuple, Optional, TypedDict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import ciphers, quiet, review_log
from bot.store.days import in_utc
from bot.store.review_log import OPENING
from bot.store.rows import Review, Turn, as_review
from bot.store.schema import reviews, turns

#: The number of consecutive review numbers that a piece covers. Some of these reviews may be deleted or may not match.
WINDOW = 500


class Line(TypedDict):
    """An exported turn, with values from its conversation's review.

    Only the review number, which also appears in the audit log, identifies the conversation. `at` is the turn's time in
    UTC, for example 2026-03-31T12:15Z. `removed` lists the kinds of redacted text, and `services` lists service ids.
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
    """Selects conversations that began at or after `begins_at` and before `ends_at`, both in seconds since 1970.

    `equal` maps review columns to the values they must have.
    """

    begins_at: int
    ends_at: int
    equal: Mapping[str, str] = {}


class Piece(NamedTuple):
    """A piece of an export. Pass `after` to `read` to get the next piece. In the last piece, `after` is None."""

    lines: List[Line]
    after: Optional[int]


def start(connection: Connection, wanted: Wanted) -> Optional[int]:
    """Return the `after` value to pass to `read` for the first piece, or None if nothing can match."""
    # `last_at` is never earlier than `started_at` and, unlike it, is indexed.
    chosen = sa.select(sa.func.min(reviews.c.number)).where(reviews.c.last_at >= wanted.begins_at)
    least = connection.execute(chosen).scalar()
    return None if least is None else int(least) - 1


def read(connection: Connection, wanted: Wanted, now: int, after: int) -> Piece:
    """Return the piece that starts after review number `after`. It is sorted by review number and may have no lines.

    Conversations still in progress at `now` are omitted.
    """
    chosen = reviews.select().where(
        reviews.c.number > after,
        reviews.c.number <= after + WINDOW,
        reviews.c.started_at >= wanted.begins_at,
        reviews.c.started_at < wanted.ends_at,
        reviews.c.number.not_in(quiet.going_on(now)),
        *(reviews.c[name] == value for name, value in wanted.equal.items()),
    )
    found = {row.conversation_id: as_review(row) for row in connection.execute(chosen)}
    said = (
        turns.select()
        .join(reviews, reviews.c.conversation_id == turns.c.conversation_id)
        .where(turns.c.conversation_id.in_(list(found)), turns.c.intent != OPENING)
        .order_by(reviews.c.number, turns.c.number)
    )
    rows = connection.execute(said).all() if found else []
    held = ciphers.of_conversations(connection, found)
    kept = (review_log.read(row, held[row.conversation_id]) for row in rows)
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
