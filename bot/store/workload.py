"""How many distressing transcripts somebody opened, and how the load is shared: numbers for looking after staff.

What is not kept here on purpose: how long somebody read, and whether they took the break that was suggested.
"""

from datetime import date, timedelta
from typing import Dict, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.schema import options, readings, reviews

#: Distressing transcripts a day after which a break is suggested, until a lead sets another number.
LIMIT = 15
LEAST_LIMIT, MOST_LIMIT = 1, 200
#: Days over which the load is added up, today among them.
DAYS = 7
#: Days for which it is kept: some more, should the machine's clock be put back.
KEPT_DAYS = 14

_OPTION = "distress_limit"


class Load(NamedTuple):
    """What one person carries.

    Args:
        today: distressing transcripts opened today.
        lately: the same over the last `DAYS` days.
        reviewed: conversations that they have reviewed, of those that are still kept.
        assigned: conversations that they have and that are not reviewed.
    """

    today: int = 0
    lately: int = 0
    reviewed: int = 0
    assigned: int = 0


def has_opened(connection: Connection, staff_id: int, day: str, number: int) -> bool:
    """Whether somebody opened this conversation on that day."""
    same = (readings.c.day == day, readings.c.staff_id == staff_id, readings.c.number == number)
    return connection.execute(sa.select(readings.c.number).where(*same)).first() is not None


def open_transcript(connection: Connection, staff_id: int, day: str, number: int) -> None:
    """Count a distressing transcript that somebody opens; once a day, however often they do.

    What is older than `KEPT_DAYS` goes: when somebody read what is nobody's business for longer.
    """
    connection.execute(readings.delete().where(readings.c.day < _first(day, KEPT_DAYS)))
    connection.execute(_OPEN, {"day": day, "staff_id": staff_id, "number": number})


def opened(connection: Connection, staff_id: int, day: str) -> int:
    """How many distressing transcripts somebody opened on a day."""
    theirs = (readings.c.day == day, readings.c.staff_id == staff_id)
    return int(connection.execute(sa.select(sa.func.count()).select_from(readings).where(*theirs)).scalar_one())


def limit(connection: Connection) -> int:
    """Distressing transcripts a day after which a break is suggested."""
    value = connection.execute(sa.select(options.c.value).where(options.c.name == _OPTION)).scalar()
    return LIMIT if value is None else int(value)


def set_limit(connection: Connection, number: int) -> None:
    """Set what `limit` says, from `LEAST_LIMIT` to `MOST_LIMIT`."""
    connection.execute(_SET, {"name": _OPTION, "value": str(number)})


def shared(connection: Connection, day: str) -> Dict[int, Load]:
    """What everybody carries on `day`, by the id of their account; who carries nothing is not in it."""
    first = _first(day, DAYS)
    today = sa.func.sum(sa.case((readings.c.day == day, 1), else_=0)).label("today")
    read = (
        sa.select(readings.c.staff_id, today, sa.func.count().label("lately"))
        .where(readings.c.day.between(first, day))
        .group_by(readings.c.staff_id)
    )
    held = (
        sa.select(reviews.c.staff_id, reviews.c.is_open, sa.func.count().label("held"))
        .where(reviews.c.staff_id.is_not(None))
        .group_by(reviews.c.staff_id, reviews.c.is_open)
    )
    loads: Dict[int, Load] = {
        row.staff_id: Load(today=row.today, lately=row.lately) for row in connection.execute(read)
    }
    for row in connection.execute(held):
        what = "assigned" if row.is_open else "reviewed"
        loads[row.staff_id] = loads.get(row.staff_id, Load())._replace(**{what: row.held})
    return loads


def _first(day: str, days: int) -> str:
    """The first of so many days of which `day` is the last."""
    return (date.fromisoformat(day) - timedelta(days=days - 1)).isoformat()


# In one statement each, and the same for SQLite and PostgreSQL: two requests may come at once.
_OPEN = sa.text(
    "INSERT INTO review_reading (day, staff_id, number) VALUES (:day, :staff_id, :number) ON CONFLICT DO NOTHING"
)
_SET = sa.text(
    "INSERT INTO console_option (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
