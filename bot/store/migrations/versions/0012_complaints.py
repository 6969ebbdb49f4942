"""Adds indexes to fault reports, which are deleted by age and with their conversation."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_complaint_at", "complaint", ["at"])
    op.create_index("ix_complaint_conversation_id", "complaint", ["conversation_id"])
