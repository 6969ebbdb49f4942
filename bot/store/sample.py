"""The random sample of conversations in which nothing stands out, and readers' answers about missed harm or danger.

Staff read the conversations that the queue singles out. This sample shows how much danger there is in the others. The
draw depends only on conversation ids and this database's secret key, so nobody can choose the conversations.
"""

import hashlib
import hmac
import secrets
from datetime import date, timedelta
from typing import Dict, List, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import metrics, options, review_log, triage
from bot.store.days import counted_day, counted_day_begins_at
from bot.store.deletion import GRACE_SECONDS, LONGEST_SECONDS
from bot.store.rows import Review
from bot.store.schema import conversations, reviews
from bot.store.transcripts import StaleError

#: The fraction of conversations to draw, and the minimum number per week (or all of them if a week has fewer).
SHARE, LEAST = 0.05, 20
#: A reader's possible answers about what was missed.
ANSWERS = ("no", "harm", "danger")

_WEEK = timedelta(days=7)
_KEY = "sample_key"
_UNREMARKABLE = tuple(triage.PRIORITIES.index(name) for name in triage.UNREMARKABLE)


def score(key: bytes, conversation_id: str) -> float:
    """Return a conversation's score in the draw: a uniformly distributed number from 0 to 1, determined by the key."""
    digest = hmac.new(key, conversation_id.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def choose(scores: Mapping[int, float], drawn: int, is_week_over: bool) -> List[int]:
    """Return the numbers of the conversations to draw, lowest score first.

    Args:
        scores: the scores of a week's finished conversations that have not been drawn, by review number.
        drawn: the number of the week's conversations drawn so far.
        is_week_over: whether all of the week's conversations are over. If too few have been drawn by then, the ones
            with the lowest scores make up the shortfall.
    """
    ordered = sorted(scores, key=lambda number: scores[number])
    below = sum(score < SHARE for score in scores.values())
    return ordered[: max(below, LEAST - drawn if is_week_over else 0)]


def draw(connection: Connection, now: int) -> int:
    """Draw from this week's and last week's finished conversations. Return the number drawn.

    Weeks begin on Monday, in UTC like the counts. Drawing again without new conversations draws nothing.
    """
    key = _key(connection)
    today = counted_day(now)
    monday = today - timedelta(days=today.weekday())
    return sum(_draw_week(connection, key, begins_on, now) for begins_on in (monday - _WEEK, monday))


def answer(connection: Connection, number: int, seen: str, missed: str) -> None:
    """Store a reader's answer about what was missed in a sampled conversation: one of `ANSWERS`.

    Args:
        connection: a connection in a write transaction.
        number: the review's number.
        seen: the answer that the reader saw, or an empty string if there was none.
        missed: the reader's answer.

    Raises:
        StaleError: the answer has changed since, or the review was deleted or is not in the sample.
    """
    before = review_log.locked(connection, number)
    if before is None or not before["is_sampled"] or before["missed"] != seen:
        raise StaleError
    after: Review = {**before, "missed": missed, "version": before["version"] + 1}
    review_log.change(connection, before, after)


def _draw_week(connection: Connection, key: bytes, begins_on: date, now: int) -> int:
    begins, ends = counted_day_begins_at(begins_on), counted_day_begins_at(begins_on + _WEEK)
    drawn = metrics.number_of(connection, begins_on, begins_on + _WEEK - timedelta(days=1), "sampled", "yes")
    scores = _scores(connection, key, begins, ends)
    numbers = choose(scores, drawn, now >= ends + LONGEST_SECONDS + GRACE_SECONDS)
    return sum(_mark(connection, number) for number in numbers)


def _scores(connection: Connection, key: bytes, begins: int, ends: int) -> Dict[int, float]:
    """Return the scores of finished conversations that began in a period and have no other reason for review."""
    chosen = (
        sa.select(reviews.c.number, reviews.c.conversation_id)
        .join(conversations, conversations.c.id == reviews.c.conversation_id)
        # The queue's index needs these three conditions.
        .where(reviews.c.is_open.in_((0, 1)), reviews.c.need.in_(_UNREMARKABLE), reviews.c.last_at >= begins)
        .where(reviews.c.started_at >= begins, reviews.c.started_at < ends, conversations.c.is_closed == 1)
    )
    return {row.number: score(key, row.conversation_id) for row in connection.execute(chosen)}


def _mark(connection: Connection, number: int) -> bool:
    """Mark a conversation as drawn, unless it was deleted or another process has just given it a reason for review."""
    before = review_log.locked(connection, number)
    if before is None or before["need"] not in _UNREMARKABLE:
        return False
    review_log.change(connection, before, triage.sampled(before))
    return True


def _key(connection: Connection) -> bytes:
    """Return this database's key, creating it first if there is none.

    This is also the transaction's first write, so SQLite blocks other writers until the draw is complete.
    """
    return bytes.fromhex(options.put_once(connection, _KEY, secrets.token_hex(32)))
