"""Postcodes, streets, schools and clubs: a table for each recogniser."""

from typing import List

import pytest

from bot.privacy.places import PostcodeRecogniser, StreetRecogniser
from bot.privacy.schools import SchoolRecogniser
from bot.privacy.spans import Recogniser

SCHOOL = SchoolRecogniser()


def finds(recogniser: Recogniser, text: str) -> List[str]:
    return [text[span.start : span.end] for span in recogniser.find(text)]


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
def test_postcodes_of_every_shape_are_found(found: str) -> None:
    assert finds(PostcodeRecogniser(), f"near {found} ok") == [found]


@pytest.mark.parametrize(
    "text", ["m1 4pm", "e3 2nd floor", "ps5 3am", "yr9 2hr", "v8 2go", "by6 7am", "he wants n00ds"]
)
def test_times_and_numbers_are_no_postcodes(text: str) -> None:
    assert finds(PostcodeRecogniser(), text) == []


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
    assert found in finds(StreetRecogniser(), text)


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
def test_numbers_and_roads_of_nobody_are_no_addresses(text: str) -> None:
    assert finds(StreetRecogniser(), text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("she goes to Hylands Academy", "Hylands Academy"),
        ("i go to st marys school", "st marys school"),
        ("a girl at Our Lady of the Wayside RC", "Our Lady of the Wayside RC"),
        ("i go to ysgol bryn glas", "ysgol bryn glas"),
        ("everyone at hollin bank high knows", "hollin bank high"),
        ("i go kings heath boys", "kings heath boys"),
        ("at wolds edge sixth form", "wolds edge sixth form"),
        ("he plays for fernhill rangers u15s", "fernhill rangers u15s"),
        ("at Westbrook Park Scouts", "Westbrook Park Scouts"),
        ("used to swim at tolverne otters", "tolverne otters"),
        ("i go pennyfold boxing", "pennyfold boxing"),
        ("everyone at nunthorpe vale", "nunthorpe vale"),
        ("outside lady margaret hollins", "lady margaret hollins"),
    ],
)
def test_schools_and_clubs_are_found(text: str, found: str) -> None:
    assert found in finds(SCHOOL, text)


@pytest.mark.parametrize(
    "text",
    [
        "her school did nothing",
        "a private primary school",
        "is she in primary or secondary school",
        "i play EA FC",
        "an all-through school",
        "at an essex primary school",
        "he starts high school in year 7",
        "i go to bed late",
        "we are at home",
        "she goes mosque",
        "my youth club leader",
    ],
)
def test_schools_without_a_name_stay(text: str) -> None:
    assert finds(SCHOOL, text) == []
