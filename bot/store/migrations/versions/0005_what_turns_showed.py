"""Adds the messages that each turn showed, and the facts that it changed, to the review log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the message table, and add the columns to the turns."""
    op.create_table(
        "shown_message",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    for name in ("shown", "learned"):
        op.add_column("review_turn", sa.Column(name, sa.Text(), nullable=True))
