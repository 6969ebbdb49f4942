"""Turns and reviews as dictionaries have exactly the columns of their tables."""

from bot.store.rows import Review, Turn
from bot.store.schema import reviews, turns


def test_a_turn_has_the_columns_of_its_table() -> None:
    assert Turn.__required_keys__ == set(turns.c.keys())


def test_a_review_has_the_columns_of_its_table() -> None:
    assert Review.__required_keys__ == set(reviews.c.keys())
