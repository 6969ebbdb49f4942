"""Creates the sign-off table, whose rows cannot be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REFUSE_SQLITE = """
CREATE TRIGGER sign_off_no_{verb} BEFORE {verb} ON sign_off
BEGIN SELECT RAISE(ABORT, 'a sign-off cannot be changed'); END
"""
_REFUSE_POSTGRESQL = """
CREATE FUNCTION sign_off_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a sign-off cannot be changed'; END $$
"""
_TRIGGER_POSTGRESQL = """
CREATE TRIGGER sign_off_no_{verb} BEFORE {verb} ON sign_off FOR EACH STATEMENT EXECUTE FUNCTION sign_off_refuse()
"""


def upgrade() -> None:
    """Create the table, and triggers that prevent rows from being changed or deleted."""
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=160), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("confirmed_on", sa.String(length=10), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_REFUSE_SQLITE.format(verb=verb))
        return
    op.execute(_REFUSE_POSTGRESQL)
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(_TRIGGER_POSTGRESQL.format(verb=verb))
