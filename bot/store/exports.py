"""Transcripts for export, read in small pieces: each transaction is short and little is held in memory."""

import json
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.days import in_utc
from bot.store.review_log import OPENING
from bot.store.schema import reviews, turns

#: Review numbers that one piece covers; some of them may be deleted or not match.
WINDOW = 500

#: The columns of a line. Only the review number, which the audit log has too, identifies a conversation.
COLUMNS = (
    *("number", "at", "topic", "urgency", "asker", "state"),
    *("turn", "text", "intent", "confidence", "runner_up", "removed", "services"),
)

Line = Dict[str, Any]


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
    found = {row.conversation_id: row for row in connection.execute(chosen)}
    said = (
        turns.select()
        .join(reviews, reviews.c.conversation_id == turns.c.conversation_id)
        .where(turns.c.conversation_id.in_(list(found)), turns.c.intent != OPENING)
        .order_by(reviews.c.number, turns.c.number)
    )
    lines = [_line(found[turn.conversation_id], turn) for turn in connection.execute(said)] if found else []
    last = connection.execute(sa.select(sa.func.max(reviews.c.number))).scalar() or 0
    return Piece(lines, after + WINDOW if after + WINDOW < last else None)


def _line(review: sa.engine.Row, turn: sa.engine.Row) -> Line:
    services = [reply["id"] for reply in json.loads(turn.replies) if reply["kind"] == "service"]
    at = f"{in_utc(turn.at):%Y-%m-%dT%H:%MZ}"
    values = (
        *(review.number, at, review.topic, review.urgency, review.asker, review.state),
        *(turn.number, turn.text, turn.intent, turn.confidence, turn.runner_up),
        *(json.loads(turn.removed), services),
    )
    return dict(zip(COLUMNS, values, strict=True))
