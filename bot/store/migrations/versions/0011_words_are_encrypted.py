"""Adds key ids to conversations, and MACs to the audit log.

When it next starts, the program encrypts the words that are already stored and then rebuilds the search index. The
index's old rows are deleted, because their hashes have no key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns, and mark the words and the search index as incomplete if there are conversations."""
    op.add_column("conversation", sa.Column("key_id", sa.String(length=32), nullable=True))
    redacted = sa.Column("was_redacted", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("conversation", redacted)
    op.execute(
        "UPDATE conversation SET was_redacted = true WHERE EXISTS (SELECT 1 FROM review_turn "
        "WHERE review_turn.conversation_id = conversation.id AND review_turn.removed <> '[]')"
    )
    op.add_column("audit", sa.Column("mac", sa.String(length=64), nullable=True))
    op.execute("DELETE FROM review_word")
    op.execute("DELETE FROM console_option WHERE name = 'indexed_after'")
    op.execute(
        "INSERT INTO console_option (name, value) SELECT 'indexed_after', '0' WHERE EXISTS (SELECT 1 FROM review)"
    )
    op.execute(
        "INSERT INTO console_option (name, value) SELECT 'unsealed_after', '' WHERE EXISTS (SELECT 1 FROM conversation)"
    )
