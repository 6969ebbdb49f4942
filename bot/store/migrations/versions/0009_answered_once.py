"""Adds the ids of answered messages, so that a message that is sent again is answered only once."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column and its index."""
    op.add_column("shown_turn", sa.Column("message_id", sa.String(length=64), nullable=True))
    op.create_index("shown_turn_by_message", "shown_turn", ["conversation_id", "message_id"], unique=True)
