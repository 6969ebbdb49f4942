"""Car registrations."""

import pytest
from matching import matches

from bot.redaction.recognizers.plate import PlateRecognizer


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
    assert matches(PlateRecognizer(), text) == [found]


@pytest.mark.parametrize(
    "text", ["im 17 can i drive a car", "Y9 boy in a car", "PIN 0482", "he drives on the M25 now", "in 2010"]
)
def test_numbers_next_to_cars_are_not_registrations(text: str) -> None:
    assert matches(PlateRecognizer(), text) == []
