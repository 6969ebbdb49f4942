"""The search terms of a text."""

from pathlib import Path

import pytest

from bot.store import search_index
from bot.store.engine import open_engine
from bot.store.schema import words as table
from bot.store.search_index import hashed, terms_of, words_of

KEY = b"a key of the search index"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My SON said", {"my", "son", "said"}),
        ("café", {"cafe"}),
        ("don't, don’t and dont", {"dont", "and"}),
        ("<name> is on <phone>", {"is", "on"}),
        ("14-year-old", {"14", "year", "old"}),
        ("STRAẞE", {"strasse"}),
        ("?! …", set()),
    ],
)
def test_words_are_indexed_without_case_accents_apostrophes_and_placeholders(text: str, found: "set[str]") -> None:
    assert words_of(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is it him", {"is", "it", "him"}),
        ("kill kills", {"kill", "kills"}),
        ("Groomed", {"groo", "groom", "groome", "groomed"}),
        (
            "straightforwardly",
            {"stra", "strai", "straig", "straigh", "straight", "straightf", "straightfo", "straightfor", "straightforw"}
            | {"straightforwardly"},
        ),
    ],
)
def test_longer_words_are_found_by_prefix(text: str, found: "set[str]") -> None:
    assert terms_of(text) == found


def test_the_hash_of_a_word_fits_a_database_and_stays_the_same() -> None:
    assert hashed(KEY, "grooming") == hashed(KEY, "grooming")
    assert -(2**63) <= hashed(KEY, "grooming") < 2**63


def test_the_hash_of_a_word_differs_under_another_key() -> None:
    assert hashed(KEY, "grooming") != hashed(bytes(32), "grooming")


@pytest.mark.slow
def test_a_conversation_with_more_words_than_values_fit_in_a_statement_can_be_removed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    # The SQLite that comes with Debian and Python accepts up to 250,000 values per statement.
    said = [" ".join(f"{place}x" for place in range(260_000))]
    with engine.begin() as connection:
        search_index.begin(connection, 1, 0)
        search_index.add(connection, 1, said)
        search_index.add(connection, 2, ["1x"])
        search_index.remove(connection, 1, said)
        assert [row.number for row in connection.execute(table.select())] == [2]
    engine.dispose()
