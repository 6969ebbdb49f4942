"""Postcodes."""

import pytest
from matching import matches

from bot.redaction.recognizers.postcode import PostcodeRecognizer


@pytest.mark.parametrize(
    "found",
    [
        "CM1 1AB",
        "cm11ab",
        "EC1A 1BB",
        "W1A 0AX",
        "M1 1AE",
        "B33 8TH",
        "BT99 7WE",
        "OX4-7ZB",
        "Ws1 0xz",
        "gir 0aa",
        "CM1 OAB",
    ],
)
def test_postcodes_of_every_format_are_found(found: str) -> None:
    assert matches(PostcodeRecognizer(), f"near {found} ok") == [found]


@pytest.mark.parametrize(
    "text", ["m1 4pm", "e3 2nd floor", "ps5 3am", "yr9 2hr", "v8 2go", "by6 7am", "he wants n00ds"]
)
def test_times_and_numbers_are_not_postcodes(text: str) -> None:
    assert matches(PostcodeRecognizer(), text) == []
