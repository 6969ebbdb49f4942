"""Migrates a database's tables to the current version, with all steps in a single transaction.

A change to `bot/store/schema.py` needs a step in `versions/`, and a test compares the two. Steps do not import this
project's code, because a later schema must not change what an earlier step does.
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
    """The database cannot be migrated and has not been changed."""


def upgrade(engine: Engine) -> None:
    """Run the steps that have not been run on the database yet. Several processes may call this at the same time.

    Raises:
        MigrationError: the database was created by a later version of this program.
    """
    with engine.connect() as connection:
        if current_step(connection) == latest_step():
            return
    with engine.begin() as connection:
        _lock(connection)
        current = current_step(connection)
        if current is not None and not knows(current):
            raise MigrationError(
                f"The database is of a later version of this program (step {current}, unknown here). Nothing was "
                "changed. Serve it with that version, or restore the copy made before it was brought there."
            )
        bring_to(connection, latest_step())


def bring_to(connection: Connection, step: str) -> None:
    """Run all steps up to `step` in the connection's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, step)


def current_step(connection: Connection) -> Optional[str]:
    """Return the last step that was run on a database, or None."""
    step: Optional[str] = MigrationContext.configure(connection).get_current_revision()
    return step


def latest_step() -> str:
    """Return the last step of this version."""
    return _steps()[0]


def knows(step: str) -> bool:
    """Whether this version includes the step."""
    return step in _steps()


@lru_cache(maxsize=1)
def _steps() -> List[str]:
    """Return the names of all steps, latest first. Cached, because Alembic imports every step to list them."""
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _lock(connection: Connection) -> None:
    """Prevent other processes from migrating until this transaction ends."""
    if connection.dialect.name == "sqlite":
        # Python's driver does not begin a transaction before statements that create or alter tables.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AdvisoryLock.MIGRATION.value})
