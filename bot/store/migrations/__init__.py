"""Brings the tables of a database to the present version: all steps in one transaction, or none.

A change to `bot/store/schema.py` needs a step in `versions/`; a test holds one against the other. Steps name what they
change by themselves and import nothing of ours: a later schema must not change what an earlier step does.
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

#: Any number of its own: whoever brings a PostgreSQL database to the present version holds this lock.
_LOCK = 5007


class MigrationError(Exception):
    """A database that cannot be brought to the present version; it is as it was."""


def upgrade(engine: Engine) -> None:
    """Take every step that the database lacks. Several processes may do this at once.

    Raises:
        MigrationError: it was made by a later version of this program.
    """
    with engine.connect() as connection:
        if _standing(connection) == _steps()[0]:
            return
    with engine.begin() as connection:
        _lock(connection)
        standing = _standing(connection)
        if standing is not None and standing not in _steps():
            raise MigrationError(
                f"The database is of a later version of this program (step {standing}, unknown here). Nothing was "
                "changed. Serve it with that version, or restore the copy made before it was brought there."
            )
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@lru_cache(maxsize=1)
def _steps() -> List[str]:
    """The names of all steps, the latest first. Alembic reads and runs every file of them to tell."""
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _standing(connection: Connection) -> Optional[str]:
    return MigrationContext.configure(connection).get_current_revision()


def _lock(connection: Connection) -> None:
    """See that no other process changes anything until this transaction ends."""
    if connection.dialect.name == "sqlite":
        # Python's driver begins none before a table is made or changed.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
