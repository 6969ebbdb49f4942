"""Numbers that are a person's: a table for each recogniser."""

from typing import List

import pytest

from bot.privacy.numbers import (
    BankRecogniser,
    BirthDateRecogniser,
    CardRecogniser,
    GiftCardRecogniser,
    NationalInsuranceRecogniser,
    NhsRecogniser,
    PhoneRecogniser,
    PlateRecogniser,
)
from bot.privacy.spans import Recogniser


def finds(recogniser: Recogniser, text: str) -> List[str]:
    return [text[span.start : span.end] for span in recogniser.find(text)]


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
    assert finds(PhoneRecogniser(), text) == [found]


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
def test_helplines_and_other_numbers_are_no_telephone_numbers(text: str) -> None:
    assert finds(PhoneRecogniser(), text) == []


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
    assert found in finds(BirthDateRecogniser(), text)


@pytest.mark.parametrize("text", ["it happened on 03/05/2025", "since 12 May", "in 2023 he paid", "born in June"])
def test_other_dates_are_no_dates_of_birth(text: str) -> None:
    assert finds(BirthDateRecogniser(), text) == []


def test_a_card_number_is_found_by_its_check_digit() -> None:
    assert finds(CardRecogniser(), "card 4111 1111 1111 1111") == ["4111 1111 1111 1111"]


def test_sixteen_digits_with_a_wrong_check_digit_are_no_card() -> None:
    assert finds(CardRecogniser(), "ref 4111 1111 1111 1112") == []


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
    assert found in finds(BankRecogniser(), text)


@pytest.mark.parametrize("text", ["12345678 people saw it", "he paid 40 quid", "20 11 09 was the score"])
def test_numbers_where_no_bank_is_spoken_of_are_no_bank_details(text: str) -> None:
    assert finds(BankRecogniser(), text) == []


@pytest.mark.parametrize("found", ["QQ 12 34 56 C", "qq123456c", "QQ-12-34-56-C"])
def test_national_insurance_numbers_are_found(found: str) -> None:
    assert finds(NationalInsuranceRecogniser(), f"its {found} ok") == [found]


@pytest.mark.parametrize("text", ["QQ 12 34 56 Z", "NI number", "Q 12 34 56 C"])
def test_what_has_another_shape_is_no_national_insurance_number(text: str) -> None:
    assert finds(NationalInsuranceRecogniser(), text) == []


@pytest.mark.parametrize("found", ["999 186 0916", "9991860916", "999-186-0916"])
def test_nhs_numbers_are_found_by_their_check_digit(found: str) -> None:
    assert finds(NhsRecogniser(), f"NHS {found}") == [found]


@pytest.mark.parametrize("text", ["999 186 0917", "020 794 6033", "12345"])
def test_ten_digits_with_a_wrong_check_digit_are_no_nhs_number(text: str) -> None:
    assert finds(NhsRecogniser(), text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a golf GX70 ZLU", "GX70 ZLU"),
        ("it was LM 73 EOT", "LM 73 EOT"),
        ("ou15fzx", "ou15fzx"),
        ("his van is bn67 ohx", "bn67 ohx"),
        ("an old car, R774 BXW", "R774 BXW"),
        ("the plate is ylz 4471", "ylz 4471"),
        ("KEZ 4417 outside", "KEZ 4417"),
    ],
)
def test_car_registrations_are_found(text: str, found: str) -> None:
    assert finds(PlateRecogniser(), text) == [found]


@pytest.mark.parametrize(
    "text", ["im 17 can i drive a car", "Y9 boy in a car", "PIN 0482", "he drives on the M25 now", "in 2010"]
)
def test_numbers_beside_cars_are_no_registrations(text: str) -> None:
    assert finds(PlateRecogniser(), text) == []


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
def test_codes_of_gift_cards_are_found(text: str, found: str) -> None:
    assert found in finds(GiftCardRecogniser(), text)


@pytest.mark.parametrize("text", ["a £50 gift card", "SAFEGUARDING", "COVID-19", "a 24-hour-old story"])
def test_words_about_gift_cards_are_no_codes(text: str) -> None:
    assert finds(GiftCardRecogniser(), text) == []
