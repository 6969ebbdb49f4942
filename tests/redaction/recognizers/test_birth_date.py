"""Dates of birth."""

import pytest
from matching import matches

from bot.redaction.recognizers.birth_date import BirthDateRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dob 14/03/2011", "14/03/2011"),
        ("born 9 jan 2009", "9 jan 2009"),
        ("my birthday is 2nd Feb 2012", "2nd Feb 2012"),
        ("Oliwia (b. 2 May 2011)", "2 May 2011"),
        ("dob is 2011-05-22", "2011-05-22"),
        ("his bday is 3rd of may", "3rd of may"),
    ],
)
def test_dates_of_birth_are_found(text: str, found: str) -> None:
    assert found in matches(BirthDateRecognizer(), text)


@pytest.mark.parametrize("text", ["it happened on 03/05/2025", "since 12 May", "in 2023 he paid", "born in June"])
def test_other_dates_are_not_dates_of_birth(text: str) -> None:
    assert matches(BirthDateRecognizer(), text) == []
