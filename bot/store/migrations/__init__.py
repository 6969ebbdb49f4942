"""Brings the tables of a database to the present version: all steps in one transaction, or none.

A change to `bot/store/schema.py` needs a step in `versions/`; a test holds one against the other. Steps name what they
change by themselves and import nothing of ours: a later schema must not change what an earlier step does.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

#: Any number: whoever brings a PostgreSQL database to the present version holds this lock.
_LOCK = 5006


class MigrationError(Exception):
    """A database that cannot be brought to the present version; it is as it was."""


def upgrade(engine: Engine) -> None:
    """Take every step that the database lacks. Several processes may do this at once.

    Raises:
        MigrationError: it was made by a later version of this program.
    """
    config = _config()
    steps = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if _standing(connection) == steps.get_current_head():
            return
    with engine.begin() as connection:
        _lock(connection)
        standing = _standing(connection)
        if standing is not None and standing not in {step.revision for step in steps.walk_revisions()}:
            raise MigrationError(
                f"The database is of a later version of this program (step {standing}, unknown here). Nothing was "
                "changed. Serve it with that version, or restore the copy made before it was brought there."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _standing(connection: Connection) -> "str | None":
    return MigrationContext.configure(connection).get_current_revision()


def _lock(connection: Connection) -> None:
    """See that no other process changes anything until this transaction ends."""
    if connection.dialect.name == "sqlite":
        # Python's driver begins none before a table is made or changed.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
