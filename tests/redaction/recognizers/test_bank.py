"""Bank cards, sort codes, account numbers and IBANs."""

import pytest
from matching import matches

from bot.redaction.recognizers.bank import BankRecognizer, CardRecognizer


def test_a_card_number_is_found_by_its_check_digit() -> None:
    assert matches(CardRecognizer(), "card 4111 1111 1111 1111") == ["4111 1111 1111 1111"]


def test_sixteen_digits_with_a_wrong_check_digit_are_not_a_card() -> None:
    assert matches(CardRecognizer(), "ref 4111 1111 1111 1112") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sort code 20-00-00", "20-00-00"),
        ("sort code 200000", "200000"),
        ("account 12345678 please", "12345678"),
        ("pay into 20 45 77 and 43218876", "20 45 77"),
        ("IBAN GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19"),
    ],
)
def test_bank_details_are_found(text: str, found: str) -> None:
    assert found in matches(BankRecognizer(), text)


@pytest.mark.parametrize("text", ["12345678 people saw it", "he paid 40 quid", "20 11 09 was the score"])
def test_numbers_without_a_mention_of_a_bank_are_not_bank_details(text: str) -> None:
    assert matches(BankRecognizer(), text) == []
