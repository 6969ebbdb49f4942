"""Query fragments shared by several modules.

Building a statement takes longer than running it. Statements that run for every page are therefore built once, with
parameters for the values that change.
"""

from typing import Union

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement, Select

#: A time in seconds since 1970, or a statement's parameter for one.
Moment = Union[int, ColumnElement]
#: The parameter for the current time.
NOW = sa.bindparam("now", type_=sa.Integer)


def distinct(column: ColumnElement) -> Select:
    """Return a query for the distinct values of a column, in order, as `value`.

    It uses the column's index to skip from one value to the next, so its cost depends on the number of distinct values
    rather than the number of rows.
    """
    found = sa.select(sa.func.min(column).label("value")).cte("found", recursive=True)
    after = sa.select(sa.func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(sa.select(after).where(found.c.value.is_not(None)))
    return sa.select(found.c.value).where(found.c.value.is_not(None))
