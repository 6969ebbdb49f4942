"""Telephone numbers."""

import pytest
from matching import matches

from bot.redaction.recognizers.phone import PhoneRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call 07700900123 now", "07700900123"),
        ("ring +44 (0)7700 900 390", "+44 (0)7700 900 390"),
        ("ring 0044 7700 900733", "0044 7700 900733"),
        ("ring (01245) 555-0123", "(01245) 555-0123"),
        ("its 0 7 7 0 0 9 0 0 1 2 3", "0 7 7 0 0 9 0 0 1 2 3"),
        ("its 07700.900.164 either", "07700.900.164"),
        ("its O77OO 9OO 123", "O77OO 9OO 123"),
        ("office 01632 960117 ext 42", "01632 960117 ext 42"),
        ("office 020 7946 0358 x214", "020 7946 0358 x214"),
        ("girl from +90 532 555 01 47 rang", "+90 532 555 01 47"),
        (
            "zero seven seven zero zero nine double zero six four two",
            "zero seven seven zero zero nine double zero six four two",
        ),
        ("07700 900123 2 days ago", "07700 900123"),
    ],
)
def test_telephone_numbers_are_found_however_they_are_written(text: str, found: str) -> None:
    assert matches(PhoneRecognizer(), text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "call 999 or 101",
        "is it 0800 1111 or 0808 800 5000",
        "080880 23456",
        "0300 123 2040",
        "it has 1,204,551 views",
        "snap score 482913",
        "order 204-4471903-1234567",
        "one two three four",
        "on 24/11/2026 at 10.30",
        "year 7 8 9 10",
    ],
)
def test_helplines_and_other_numbers_are_not_telephone_numbers(text: str) -> None:
    assert matches(PhoneRecognizer(), text) == []
