"""Adds the ids of conversations' keys, and the audit log's hashes under a key.

The program encrypts the words that are already stored when it next starts, and then fills the search index again. Its
old rows are deleted, because their hashes have no key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns, and mark the words and the search index as still to be done if there are conversations."""
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
