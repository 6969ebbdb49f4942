"""The types for rows of a table have exactly the columns of that table."""

from typing import Tuple, Type

import pytest
import sqlalchemy as sa

from bot.store import audit, corrections, operations, schema, staff
from bot.store.rows import Review, Turn


def test_a_turn_has_the_columns_of_its_table() -> None:
    assert Turn.__required_keys__ == set(schema.turns.c.keys())


def test_a_review_has_the_columns_of_its_table() -> None:
    assert Review.__required_keys__ == set(schema.reviews.c.keys())


@pytest.mark.parametrize(
    ("shape", "table"),
    [
        (staff.Account, schema.staff),
        (audit.Entry, schema.audit),
        (corrections.Correction, schema.corrections),
        (operations.Purge, schema.purges),
    ],
)
def test_a_shape_that_is_filled_by_position_has_the_order_of_its_table(shape: Type[Tuple], table: sa.Table) -> None:
    assert list(shape._fields) == table.c.keys()
