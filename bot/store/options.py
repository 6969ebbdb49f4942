"""Settings chosen in the console, and values that the program itself stores, each as text under a name."""

from typing import Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.schema import options

#: The procedure for staff when somebody may be in danger, and who to call, as written by a lead. It is never redacted.
PROCEDURE = "procedure"
#: The id of this database's key file.
KEYS = "keys_id"


def get(connection: Connection, name: str) -> Optional[str]:
    """Return an option's value, or None if it was never set."""
    value: Optional[str] = connection.execute(sa.select(options.c.value).where(options.c.name == name)).scalar()
    return value


def put(connection: Connection, name: str, value: str) -> None:
    """Set an option."""
    connection.execute(_PUT, {"name": name, "value": value})


def put_once(connection: Connection, name: str, value: str) -> str:
    """Set an option unless it is already set, and return its value."""
    connection.execute(_PUT_ONCE, {"name": name, "value": value})
    return get(connection, name) or ""


# Single statements, because two requests may arrive at once. They work in SQLite and PostgreSQL.
_PUT = sa.text(
    "INSERT INTO console_option (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_PUT_ONCE = sa.text("INSERT INTO console_option (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING")
