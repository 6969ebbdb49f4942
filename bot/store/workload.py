"""Each member of staff's workload, and the exposure log, which records who opened distressing transcripts.

The log deliberately does not record how long staff spend reading, or whether they take breaks.
"""

from datetime import date, timedelta
from typing import Collection, Dict, List, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store import options
from bot.store.schema import exposures, reviews

#: After this many distressing transcripts in a day, an easier list is offered, and opening another one requires
#: confirmation. A lead can set a different number.
LIMIT = 15
LEAST_LIMIT, MOST_LIMIT = 1, 200
#: The number of days, including today, over which load is summed.
DAYS = 7
#: How long exposures are kept, in days: the last `DAYS` days, and the same number before them.
KEPT_DAYS = 2 * DAYS

_OPTION = "distress_limit"


class Load(NamedTuple):
    """A member of staff's workload.

    Args:
        today: distressing transcripts opened today.
        lately: distressing transcripts opened in the last `DAYS` days.
        before: distressing transcripts opened in the `DAYS` days before those.
        full_days: how many of the last `DAYS` days reached the limit.
        reviewed: reviewed conversations that are still stored.
        assigned: assigned conversations that have not been reviewed yet.
    """

    today: int = 0
    lately: int = 0
    before: int = 0
    full_days: int = 0
    reviewed: int = 0
    assigned: int = 0


def was_exposed(connection: Connection, staff_id: int, day: str, number: int) -> bool:
    """Whether the person opened this conversation on that day."""
    same = (exposures.c.day == day, exposures.c.staff_id == staff_id, exposures.c.number == number)
    return connection.execute(sa.select(exposures.c.number).where(*same)).first() is not None


def record_exposure(connection: Connection, staff_id: int, day: str, number: int) -> None:
    """Record that a person opened a distressing transcript. Opening it again on the same day adds nothing.

    Records older than `KEPT_DAYS` are deleted, to protect the privacy of staff.
    """
    connection.execute(exposures.delete().where(exposures.c.day < _first(day, KEPT_DAYS)))
    connection.execute(_RECORD, {"day": day, "staff_id": staff_id, "number": number})


def count_exposures(connection: Connection, staff_id: int, day: str) -> int:
    """Return the number of distressing transcripts that the person opened on this day."""
    theirs = (exposures.c.day == day, exposures.c.staff_id == staff_id)
    return int(connection.execute(sa.select(sa.func.count()).select_from(exposures).where(*theirs)).scalar_one())


def limit(connection: Connection) -> int:
    """Return the number of distressing transcripts in a day after which opening another one requires confirmation."""
    value = options.get(connection, _OPTION)
    return LIMIT if value is None else int(value)


def set_limit(connection: Connection, number: int) -> None:
    """Set the number that `limit` returns, which should be from `LEAST_LIMIT` to `MOST_LIMIT`."""
    options.put(connection, _OPTION, str(number))


def shared(connection: Connection, day: str) -> Dict[int, Load]:
    """Return each person's workload on `day`, by account id, omitting people without any."""
    first, most = _first(day, DAYS), limit(connection)
    read = (
        sa.select(exposures.c.staff_id, exposures.c.day, sa.func.count().label("opened"))
        .where(exposures.c.day.between(_first(day, KEPT_DAYS), day))
        .group_by(exposures.c.staff_id, exposures.c.day)
    )
    held = (
        sa.select(reviews.c.staff_id, reviews.c.is_open, sa.func.count().label("held"))
        .where(reviews.c.staff_id.is_not(None))
        .group_by(reviews.c.staff_id, reviews.c.is_open)
    )
    loads: Dict[int, Load] = {}
    for row in connection.execute(read):
        load = loads.get(row.staff_id, Load())
        if row.day < first:
            loads[row.staff_id] = load._replace(before=load.before + row.opened)
        else:
            loads[row.staff_id] = load._replace(
                today=row.opened if row.day == day else load.today,
                lately=load.lately + row.opened,
                full_days=load.full_days + (row.opened >= most),
            )
    for row in connection.execute(held):
        what = "assigned" if row.is_open else "reviewed"
        loads[row.staff_id] = loads.get(row.staff_id, Load())._replace(**{what: row.held})
    return loads


def with_room(connection: Connection, staff_ids: Collection[int], day: str) -> List[int]:
    """Return the accounts in `staff_ids` that have opened fewer distressing transcripts on this day than the limit."""
    loads, most = shared(connection, day), limit(connection)
    return [one for one in staff_ids if loads.get(one, Load()).today < most]


def _first(day: str, days: int) -> str:
    """Return the first day of the `days`-day period that ends on `day`."""
    return (date.fromisoformat(day) - timedelta(days=days - 1)).isoformat()


# A single statement, because two requests may arrive at once. It works in SQLite and PostgreSQL.
_RECORD = sa.text(
    "INSERT INTO review_reading (day, staff_id, number) VALUES (:day, :staff_id, :number) ON CONFLICT DO NOTHING"
)
