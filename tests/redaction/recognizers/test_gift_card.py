"""Gift card codes."""

import pytest
from matching import matches

from bot.redaction.recognizers.gift_card import GiftCardRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("steam 5TVQ8-H2KJ7-MMX3D", "5TVQ8-H2KJ7-MMX3D"),
        ("4KXD 9PLM 22QW 7BTR 0VNZ", "4KXD 9PLM 22QW 7BTR 0VNZ"),
        ("XK7Q2MDR9TB4LWFC", "XK7Q2MDR9TB4LWFC"),
        ("paysafe pin 0482 7715 9936 2041", "0482 7715 9936 2041"),
        ("robux code 204 881 7395", "204 881 7395"),
    ],
)
def test_gift_card_codes_are_found(text: str, found: str) -> None:
    assert found in matches(GiftCardRecognizer(), text)


@pytest.mark.parametrize("text", ["a £50 gift card", "SAFEGUARDING", "COVID-19", "a 24-hour-old story"])
def test_words_about_gift_cards_are_not_codes(text: str) -> None:
    assert matches(GiftCardRecognizer(), text) == []
