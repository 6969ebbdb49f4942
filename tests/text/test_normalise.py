"""The normalisation of texts for comparison, and what counts as a placeholder."""

import pytest

from bot.text.normalise import with_straight_apostrophes, without_accents, without_apostrophes
from bot.text.placeholders import placeholder, placeholders_of, without_placeholders


@pytest.mark.parametrize(
    ("typed", "plain"), [("café", "cafe"), ("Ölmek", "Olmek"), ("أريد", "اريد"), ("ﬁne", "fine"), ("हिंदी", "हिंदी")]
)
def test_accents_are_removed_and_vowels_of_other_scripts_stay(typed: str, plain: str) -> None:
    assert without_accents(typed) == plain


def test_straight_and_curly_apostrophes_are_removed() -> None:
    assert without_apostrophes("don’t can't") == "dont cant"


def test_a_text_with_straight_apostrophes_keeps_its_length() -> None:
    assert with_straight_apostrophes("don’t") == "don't"


def test_a_placeholder_is_replaced_by_a_space() -> None:
    assert without_placeholders(f"ring {placeholder('phone')} now <3") == "ring   now <3"


def test_a_pattern_of_kinds_finds_only_their_placeholders() -> None:
    assert placeholders_of(["name", "phone"]).findall("<name> <school> <phone>") == ["name", "phone"]
