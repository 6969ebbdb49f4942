"""Migrates the tables of a database to the current version: all steps in one transaction, or none.

A change to `bot/store/schema.py` needs a step in `versions/`; a test compares the two. Steps import nothing of ours,
because a later schema must not change what an earlier step does.
"""

from functools import lru_cache
from pathlib import Path
from typing import List, Optional

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from bot.store.schema import AdvisoryLock


class MigrationError(Exception):
    """The database cannot be migrated; it is unchanged."""


def upgrade(engine: Engine) -> None:
    """Run the steps that the database lacks. Several processes may call this at once.

    Raises:
        MigrationError: the database was made by a later version of this program.
    """
    with engine.connect() as connection:
        if _current_step(connection) == _steps()[0]:
            return
    with engine.begin() as connection:
        _lock(connection)
        current = _current_step(connection)
        if current is not None and current not in _steps():
            raise MigrationError(
                f"The database is of a later version of this program (step {current}, unknown here). Nothing was "
                "changed. Serve it with that version, or restore the copy made before it was brought there."
            )
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@lru_cache(maxsize=1)
def _steps() -> List[str]:
    """The names of all steps, latest first; cached, because Alembic imports every step to list them."""
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _current_step(connection: Connection) -> Optional[str]:
    return MigrationContext.configure(connection).get_current_revision()


def _lock(connection: Connection) -> None:
    """Let no other process migrate until this transaction ends."""
    if connection.dialect.name == "sqlite":
        # Python's driver begins no transaction before a table is created or changed.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AdvisoryLock.MIGRATION.value})
