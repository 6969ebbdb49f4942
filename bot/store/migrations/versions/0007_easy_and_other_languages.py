"""Adds the priorities "easy" and "language", and the column that "easy" depends on.

Existing conversations are not marked as plain, so they become easy only if they are triaged again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column, and renumber the priorities as in bot/store/triage.py."""
    op.add_column("review", sa.Column("is_plain", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Before: rest, unhelpful, unsure, dead_end, disclosure, danger.
    # Now: easy, rest, unhelpful, unsure, dead_end, language, disclosure, danger.
    op.execute("UPDATE review SET need = CASE WHEN need < 4 THEN need + 1 ELSE need + 2 END")
    op.execute(
        "UPDATE review SET confidence = 0 WHERE conversation_id IN "
        "(SELECT conversation_id FROM review_turn WHERE intent = 'nlu_fallback')"
    )
    op.execute("UPDATE review SET need = 3 WHERE need < 3 AND confidence < 0.5")
    op.execute("UPDATE review SET need = 5 WHERE need < 5 AND language = 'other'")
