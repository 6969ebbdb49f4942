"""Creates the opening and decision tables, and turns the flags "urgent" and "safeguarding" into decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_FLAGS = "flag IN ('urgent', 'safeguarding')"
# Nobody recorded who these conversations were escalated to, so the code is empty. Version 0 cannot be undone.
_KEEP_THE_RECORD = f"""
INSERT INTO review_decision
  (number, staff_id, at, kind, code, note, version, state_before, holder_before, is_undone)
SELECT flagged.number, flagged.staff_id, flagged.at, 'escalated', '', '', 0, review.state, review.staff_id, {{false}}
FROM review_flag AS flagged JOIN review ON review.number = flagged.number WHERE flagged.{_FLAGS}
ORDER BY flagged.at, flagged.number
"""
_ESCALATE = f"""
UPDATE review SET state = 'escalated', version = version + 1
WHERE is_open = 1 AND number IN (SELECT number FROM review_flag WHERE {_FLAGS})
"""


def upgrade() -> None:
    """Create the tables and the index, and replace the flags."""
    op.create_table(
        "review_opening",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["review.number"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("number", "staff_id"),
    )
    op.create_table(
        "review_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state_before", sa.String(length=12), nullable=False),
        sa.Column("holder_before", sa.Integer(), nullable=True),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["review.number"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["holder_before"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("number", "staff_id"):
        op.create_index(f"ix_review_decision_{column}", "review_decision", [column], unique=False)
    is_escalated = sa.text("state = 'escalated'")
    op.create_index("review_escalated", "review", ["number"], sqlite_where=is_escalated, postgresql_where=is_escalated)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_KEEP_THE_RECORD.format(false="0" if is_sqlite else "false"))
    op.execute(_ESCALATE)
    op.execute(f"DELETE FROM review_flag WHERE {_FLAGS}")
