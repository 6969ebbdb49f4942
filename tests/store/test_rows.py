"""The row type of a table has exactly the table's columns."""

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
def test_a_type_filled_by_position_has_its_columns_in_the_tables_order(shape: Type[Tuple], table: sa.Table) -> None:
    assert list(shape._fields) == table.c.keys()
