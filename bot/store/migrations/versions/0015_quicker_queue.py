"""Puts the index of escalated conversations in queue order, and adds an index of model counts."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ESCALATED = sa.text("state = 'escalated'")
_OF_MODELS = sa.text("what = 'model'")


def upgrade() -> None:
    """Replace the first index and add the second."""
    op.drop_index("review_escalated", table_name="review")
    op.create_index(
        "review_escalated",
        "review",
        ["need", "last_at", "number"],
        sqlite_where=_ESCALATED,
        postgresql_where=_ESCALATED,
    )
    op.create_index(
        "daily_count_by_model",
        "daily_count",
        ["value", "day"],
        sqlite_where=_OF_MODELS,
        postgresql_where=_OF_MODELS,
    )
