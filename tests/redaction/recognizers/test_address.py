"""Street addresses."""

import pytest
from matching import matches

from bot.redaction.recognizers.address import StreetRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 12 Acacia Avenue", "12 Acacia Avenue"),
        ("27b tannery lane", "27b tannery lane"),
        ("flat 9 harcourt house", "flat 9 harcourt house"),
        ("Flat 2/1, 86 Corrour Street", "Flat 2/1, 86 Corrour Street"),
        ("Unit 4, Canal Wharf", "Unit 4, Canal Wharf"),
        ("5 THE SIDINGS", "5 THE SIDINGS"),
        ("The Old Forge, 2 Pound Lane", "The Old Forge, 2 Pound Lane"),
        ("The Rectory, Church Walk", "The Rectory, Church Walk"),
        ("outside the shop on Tannery Lane", "Tannery Lane"),
        ("i live on tannery lane", "tannery lane"),
        ("my road hawthorn bank", "hawthorn bank"),
    ],
)
def test_street_addresses_are_found(text: str, found: str) -> None:
    assert found in matches(StreetRecognizer(), text)


@pytest.mark.parametrize(
    "text",
    [
        "she is 22 by the way",
        "at 16 you cant drive",
        "he was 12 and it was close",
        "on the main road",
        "down our street",
        "Coronation Street",
        "6 lads, 1 google drive",
    ],
)
def test_other_numbers_and_roads_are_not_addresses(text: str) -> None:
    assert matches(StreetRecognizer(), text) == []
