"""The tables, and the engine that opens them."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import QueuePool, StaticPool

metadata = sa.MetaData()

conversations = sa.Table(
    "conversation",
    metadata,
    # SHA-256 of the token: the token itself is nowhere but in the page.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Integer, nullable=False, index=True),
    # An erased conversation keeps its row, empty, until it would have expired: a message in flight finds it closed.
    sa.Column("erased_at", sa.Integer),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("choices", sa.Text, nullable=False),
)

turns = sa.Table(
    "review_turn",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # Rounded down to the quarter of an hour: when somebody wrote can identify them.
    sa.Column("at", sa.Integer, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("intent", sa.String(64), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("runner_up", sa.String(64)),
    sa.Column("runner_up_confidence", sa.Float),
    sa.Column("asker", sa.String(16)),
    sa.Column("removed", sa.Text, nullable=False),
    # What was answered: kinds, guidance titles, service ids and the rules that chose them, as JSON.
    sa.Column("replies", sa.Text, nullable=False),
)

# The exchange as the page without JavaScript shows it: each form that is sent draws it anew. Goes with the dialogue.
shown_turns = sa.Table(
    "shown_turn",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("messages", sa.Text, nullable=False),
)

# What somebody said is wrong with the chat; with their conversation only if they agreed.
complaints = sa.Table(
    "complaint",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("conversation_id", sa.String(64)),
)

# What is left of conversations whose content is gone: numbers that belong to nobody.
daily_counts = sa.Table(
    "daily_count",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("what", sa.String(24), primary_key=True),
    sa.Column("value", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)

# One row each time that something was removed for its age: the proof that it was, and when.
purges = sa.Table(
    "purge",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("keep_days", sa.Integer, nullable=False),
    sa.Column("closed", sa.Integer, nullable=False),
    sa.Column("forgotten", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
)

# At most one row: the chat is paused while it stands.
pauses = sa.Table("pause", metadata, sa.Column("since", sa.Integer, primary_key=True, autoincrement=False))


def open_engine(url: str) -> Engine:
    """Open the database at `url` and make its tables.

    SQLite waits in WAL mode, so that readers do not stop a writer, and overwrites what is deleted. Errors name no
    values: an exception of SQLAlchemy would otherwise quote what was being stored.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it cannot be opened.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            Path(parsed.database).touch(mode=0o600)
        # SQLAlchemy opens a SQLite file anew for each transaction unless told to keep it.
        pool = StaticPool if parsed.database in (None, "", ":memory:") else QueuePool
        engine = sa.create_engine(
            url, poolclass=pool, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 10}
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=4)
    metadata.create_all(engine)
    return engine


def _prepare_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
