"""Adds the random sample as a reason for review, its readers' answers about what was missed, and release samples."""

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
    """Add the columns, make room for the new priority above the two lowest, and count conversations that stand out."""
    op.add_column("review", sa.Column("is_sampled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("review", sa.Column("missed", sa.String(length=8), nullable=False, server_default=""))
    _create_release_tables()
    connection = op.get_bind()
    counts = Counter(
        (datetime.fromtimestamp(row.started_at, timezone.utc).date().isoformat(), "yes" if row.need > 1 else "no")
        for row in connection.execute(sa.text("SELECT started_at, need FROM review"))
    )
    for (day, value), number in counts.items():
        connection.execute(sa.text(_ADD_COUNT), {"day": day, "value": value, "number": number})
    connection.execute(sa.text("UPDATE review SET need = need + 1 WHERE need >= 2"))


def _create_release_tables() -> None:
    op.create_table(
        "release_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "release_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["sample_id"], ["release_sample.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_release_item_number", "release_item", ["number"])
    op.create_index("ix_release_item_sample_id", "release_item", ["sample_id"])
    op.create_table(
        "release_reading",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("right_topic", sa.Boolean(), nullable=False),
        sa.Column("right_person", sa.Boolean(), nullable=False),
        sa.Column("right_service", sa.Boolean(), nullable=False),
        sa.Column("harmless", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["release_item.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("item_id", "place"),
        sa.UniqueConstraint("item_id", "staff_id"),
    )
