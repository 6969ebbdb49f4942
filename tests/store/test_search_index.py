"""Which words of a text it can be found by."""

import pytest

from bot.store.search_index import hashed, words_of


@pytest.mark.parametrize(
    ("text", "words"),
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
def test_words_are_found_without_case_accents_apostrophes_and_placeholders(text: str, words: "set[str]") -> None:
    assert words_of(text) == words


def test_the_number_of_a_word_fits_a_database_and_stays_the_same() -> None:
    assert hashed("grooming") == hashed("grooming")
    assert -(2**63) <= hashed("grooming") < 2**63
