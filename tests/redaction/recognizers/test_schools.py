"""Schools and clubs."""

import pytest
from matching import matches

from bot.redaction.recognizers.schools import SchoolRecognizer


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
    assert found in matches(SchoolRecognizer(), text)


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
def test_schools_without_a_name_are_not_found(text: str) -> None:
    assert matches(SchoolRecognizer(), text) == []
