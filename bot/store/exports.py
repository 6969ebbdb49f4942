"""Transcripts as they leave the console: read in small pieces, so that nobody waits long and little is held at once."""

import json
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.days import in_utc
from bot.store.review_log import OPENING
from bot.store.schema import reviews, turns

#: Numbers of reviews that are looked at in one read. Some are gone, and some are not asked for.
WINDOW = 500

#: What a line of an export holds. Nothing in it names a conversation but the number that the audit log knows.
COLUMNS = (
    *("number", "at", "topic", "urgency", "asker", "state"),
    *("turn", "text", "intent", "confidence", "runner_up", "removed", "services"),
)

Line = Dict[str, Any]


class Wanted(NamedTuple):
    """Which conversations are exported: begun from one moment to before another, in seconds since 1970.

    `equal` holds columns of a review and the value that they must have.
    """

    begins_at: int
    ends_at: int
    equal: Mapping[str, str] = {}


class Piece(NamedTuple):
    """Lines of an export, and the number of a review after which the next piece begins; None at the end."""

    lines: List[Line]
    after: Optional[int]


def start(connection: Connection, wanted: Wanted) -> Optional[int]:
    """The number of a review after which whatever is wanted comes, to begin reading there; None if nothing is."""
    # A conversation's last word is no earlier than its first, and of last words there is an index.
    chosen = sa.select(sa.func.min(reviews.c.number)).where(reviews.c.last_at >= wanted.begins_at)
    least = connection.execute(chosen).scalar()
    return None if least is None else int(least) - 1


def read(connection: Connection, wanted: Wanted, after: int) -> Piece:
    """The next piece of what is wanted, in the order of the reviews' numbers. It may be without any line."""
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
