"""Lets each account switch single keys off."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Add the setting, switched on."""
    op.add_column("staff", sa.Column("uses_keys", sa.Boolean(), nullable=False, server_default=sa.true()))
