"""Adds the random sample: a reason for review of its own, and what its readers say was missed."""

from collections import Counter
from datetime import datetime, timezone

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ADD_COUNT = """
INSERT INTO daily_count (day, what, value, number) VALUES (:day, 'stands_out', :value, :number)
"""


def upgrade() -> None:
    """Add the columns, make room for the new priority above the two lowest, and count what has a reason for review."""
    op.add_column("review", sa.Column("is_sampled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("review", sa.Column("missed", sa.String(length=8), nullable=False, server_default=""))
    connection = op.get_bind()
    counts = Counter(
        (datetime.fromtimestamp(row.started_at, timezone.utc).date().isoformat(), "yes" if row.need > 1 else "no")
        for row in connection.execute(sa.text("SELECT started_at, need FROM review"))
    )
    for (day, value), number in counts.items():
        connection.execute(sa.text(_ADD_COUNT), {"day": day, "value": value, "number": number})
    connection.execute(sa.text("UPDATE review SET need = need + 1 WHERE need >= 2"))
