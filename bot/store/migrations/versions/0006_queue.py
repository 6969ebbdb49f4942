"""Adds saved views and a setting for single-key shortcuts, and marks the search index as lacking word prefixes.

The program completes the index in the background, because this takes a long time in a large database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table and the setting (on by default), and mark the index as incomplete if there are conversations."""
    op.add_column("staff", sa.Column("uses_keys", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "name", name="saved_view_name"),
    )
    op.execute(
        "INSERT INTO console_option (name, value) SELECT 'indexed_after', '0' WHERE EXISTS (SELECT 1 FROM review)"
    )
