"""National Insurance and NHS numbers."""

import pytest
from matching import matches

from bot.redaction.recognizers.national_ids import NationalInsuranceRecognizer, NhsRecognizer


@pytest.mark.parametrize("found", ["QQ 12 34 56 C", "qq123456c", "QQ-12-34-56-C"])
def test_national_insurance_numbers_are_found(found: str) -> None:
    assert matches(NationalInsuranceRecognizer(), f"its {found} ok") == [found]


@pytest.mark.parametrize("text", ["QQ 12 34 56 Z", "NI number", "Q 12 34 56 C"])
def test_other_formats_are_not_national_insurance_numbers(text: str) -> None:
    assert matches(NationalInsuranceRecognizer(), text) == []


@pytest.mark.parametrize("found", ["999 186 0916", "9991860916", "999-186-0916"])
def test_nhs_numbers_are_found_by_their_check_digit(found: str) -> None:
    assert matches(NhsRecognizer(), f"NHS {found}") == [found]


@pytest.mark.parametrize("text", ["999 186 0917", "020 794 6033", "12345"])
def test_ten_digits_with_a_wrong_check_digit_are_not_an_nhs_number(text: str) -> None:
    assert matches(NhsRecognizer(), text) == []
