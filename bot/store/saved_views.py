"""Queue filters that members of staff have saved for their own use, each under a name."""

from typing import List, NamedTuple, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.schema import saved_views


class SavedView(NamedTuple):
    """A saved view: its id, its name and its filters, as a query string."""

    id: int
    name: str
    query: str


def views_of(connection: Connection, staff_id: int) -> List[SavedView]:
    """Return a member of staff's saved views, sorted by name."""
    chosen = sa.select(*_COLUMNS).where(saved_views.c.staff_id == staff_id).order_by(saved_views.c.name)
    return [SavedView(*row) for row in connection.execute(chosen)]


def find(connection: Connection, staff_id: int, view_id: int) -> Optional[SavedView]:
    """Return a member of staff's saved view, or None if it is not theirs or no longer exists."""
    row = connection.execute(sa.select(*_COLUMNS).where(_is_theirs(staff_id, view_id))).first()
    return SavedView(*row) if row is not None else None


def add(connection: Connection, staff_id: int, name: str, query: str) -> None:
    """Save a view, whose name must already be redacted.

    Raises:
        sqlalchemy.exc.IntegrityError: this member of staff already has a view with this name.
    """
    connection.execute(saved_views.insert(), {"staff_id": staff_id, "name": name, "query": query})


def remove(connection: Connection, staff_id: int, view_id: int) -> bool:
    """Delete a member of staff's saved view. Return False if they have no such view."""
    return bool(connection.execute(saved_views.delete().where(_is_theirs(staff_id, view_id))).rowcount)


def _is_theirs(staff_id: int, view_id: int) -> sa.sql.ColumnElement:
    return sa.and_(saved_views.c.staff_id == staff_id, saved_views.c.id == view_id)


_COLUMNS = (saved_views.c.id, saved_views.c.name, saved_views.c.query)
