"""Creates the tables for conversations, the review log, complaints and counts.

A database that predates the first migration already has some or all of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the missing tables."""
    existing = set(sa.inspect(op.get_bind()).get_table_names())
    if "complaint" not in existing:
        op.create_table(
            "complaint",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("at", sa.Integer(), nullable=False),
            sa.Column("what", sa.String(length=32), nullable=False),
            sa.Column("conversation_id", sa.String(length=64), nullable=True),
            sa.PrimaryKeyConstraint("id"),
        )
    if "conversation" not in existing:
        op.create_table(
            "conversation",
            sa.Column("id", sa.String(length=64), nullable=False),
            sa.Column("started_at", sa.Integer(), nullable=False),
            sa.Column("last_at", sa.Integer(), nullable=False),
            sa.Column("erased_at", sa.Integer(), nullable=True),
            sa.Column("state", sa.Text(), nullable=False),
            sa.Column("choices", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id"),
        )
        op.create_index("ix_conversation_last_at", "conversation", ["last_at"], unique=False)
    if "daily_count" not in existing:
        op.create_table(
            "daily_count",
            sa.Column("day", sa.String(length=10), nullable=False),
            sa.Column("what", sa.String(length=24), nullable=False),
            sa.Column("value", sa.String(length=64), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("day", "what", "value"),
        )
    if "pause" not in existing:
        op.create_table(
            "pause",
            sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
            sa.PrimaryKeyConstraint("since"),
        )
    if "purge" not in existing:
        op.create_table(
            "purge",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("at", sa.Integer(), nullable=False),
            sa.Column("keep_days", sa.Integer(), nullable=False),
            sa.Column("closed", sa.Integer(), nullable=False),
            sa.Column("forgotten", sa.Integer(), nullable=False),
            sa.Column("turns", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id"),
        )
    if "review_turn" not in existing:
        op.create_table(
            "review_turn",
            sa.Column("conversation_id", sa.String(length=64), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("at", sa.Integer(), nullable=False),
            sa.Column("text", sa.Text(), nullable=False),
            sa.Column("intent", sa.String(length=64), nullable=False),
            sa.Column("confidence", sa.Float(), nullable=False),
            sa.Column("runner_up", sa.String(length=64), nullable=True),
            sa.Column("runner_up_confidence", sa.Float(), nullable=True),
            sa.Column("asker", sa.String(length=16), nullable=True),
            sa.Column("removed", sa.Text(), nullable=False),
            sa.Column("replies", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                ["conversation_id"],
                ["conversation.id"],
            ),
            sa.PrimaryKeyConstraint("conversation_id", "number"),
        )
        op.create_index("ix_review_turn_at", "review_turn", ["at"], unique=False)
    if "shown_turn" not in existing:
        op.create_table(
            "shown_turn",
            sa.Column("conversation_id", sa.String(length=64), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("said", sa.Text(), nullable=False),
            sa.Column("messages", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                ["conversation_id"],
                ["conversation.id"],
            ),
            sa.PrimaryKeyConstraint("conversation_id", "number"),
        )
