"""Adds counts that compare versions of the assistant, and a separate count of conversations that asked for nothing.

Both cover the conversations that still exist, so that erasing one subtracts exactly what was added.
"""

from collections import Counter
from datetime import datetime, timezone
from typing import Iterator, Tuple

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection, Row

revision = "0013"
down_revision = "0012"

_Count = Tuple[str, str, str]

_ADD_COUNT = sa.text(
    "INSERT INTO daily_count (day, what, value, number) VALUES (:day, :what, :value, :number) "
    "ON CONFLICT (day, what, value) DO UPDATE SET number = daily_count.number + excluded.number"
)
_REVIEWS = "SELECT started_at, model, language, was_asked, was_offered, feedback, missed FROM review"
_TURNS = (
    "SELECT review_turn.at, review_turn.model, review_turn.intent FROM review_turn "
    "JOIN review ON review.conversation_id = review_turn.conversation_id "
    "WHERE review_turn.text != '' AND review_turn.model != ''"
)


def upgrade() -> None:
    """Correct `was_asked`, and add the counts."""
    connection = op.get_bind()
    counts = Counter(_turn_counts(connection))
    for row in connection.execute(sa.text(_REVIEWS)):
        counts.update(_new_counts(row))
        counts.subtract([(_day(row.started_at), "dead_end", _old_dead_end(row))])
    rows = [
        {"day": day, "what": what, "value": value, "number": number}
        for (day, what, value), number in counts.items()
        if number
    ]
    if rows:
        connection.execute(_ADD_COUNT, rows)
    connection.execute(sa.text("DELETE FROM daily_count WHERE number <= 0"))
    connection.execute(sa.text("UPDATE review SET was_asked = true WHERE was_offered OR language = 'other'"))


def _turn_counts(connection: Connection) -> Iterator[_Count]:
    for row in connection.execute(sa.text(_TURNS)):
        understood = "fallback" if row.intent == "nlu_fallback" else "understood"
        yield _day(row.at), "version", f"{row.model}/{understood}"


def _old_dead_end(row: Row) -> str:
    return "yes" if row.was_asked and not row.was_offered else "no"


def _new_counts(row: Row) -> Iterator[_Count]:
    was_asked = row.was_asked or row.was_offered or row.language == "other"
    dead_end = ("no" if row.was_offered else "yes") if was_asked else "unasked"
    day = _day(row.started_at)
    yield day, "dead_end", dead_end
    served = {"yes": "unserved", "no": "served"}.get(dead_end)
    missed = {"": None, "no": "nothing_missed"}.get(row.missed, "missed")
    feedback = row.feedback if row.feedback != "none" else None
    for name in (served, missed, feedback):
        if name and row.model:
            yield day, "version", f"{row.model}/{name}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, timezone.utc).date().isoformat()
