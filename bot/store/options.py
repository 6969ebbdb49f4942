"""Settings that leads choose in the console, stored as text by name."""

from typing import Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.schema import options

#: What staff do when somebody may be in danger, and whom they call, in a lead's own words. It is never redacted.
PROCEDURE = "procedure"


def get(connection: Connection, name: str) -> Optional[str]:
    """Return an option's value, or None if it was never set."""
    value: Optional[str] = connection.execute(sa.select(options.c.value).where(options.c.name == name)).scalar()
    return value


def put(connection: Connection, name: str, value: str) -> None:
    """Set an option."""
    connection.execute(_PUT, {"name": name, "value": value})


# A single statement, because two requests may arrive at once. It works in SQLite and PostgreSQL.
_PUT = sa.text(
    "INSERT INTO console_option (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
