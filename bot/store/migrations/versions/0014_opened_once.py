"""Stores the services opened from a conversation, so that each is counted only once, even after a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column."""
    op.add_column("conversation", sa.Column("opened", sa.Text(), nullable=False, server_default="[]"))
