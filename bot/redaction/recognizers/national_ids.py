"""National Insurance and NHS numbers."""

import re

from bot.redaction.recognizers.base import A_DIGIT, PatternRecognizer

_NO_DIGIT = re.compile(r"\D")


class NationalInsuranceRecognizer(PatternRecognizer):
    """National Insurance numbers, including those with unassigned prefixes."""

    needs = A_DIGIT

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("nino", [r"\b[a-z]{2}(?:[ -]?\d{2}){3}[ -]?[a-d]\b"])


class NhsRecognizer(PatternRecognizer):
    """NHS numbers: ten digits with a valid check digit (modulus 11)."""

    needs = A_DIGIT

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("nhs", [r"(?<![\w+])\d{3}[ -]?\d{3}[ -]?\d{4}(?!\w)"])

    def accepts(self, found: str) -> bool:
        """Whether the check digit is valid. Numbers that start with 0 are rejected as telephone numbers."""
        digits = [int(digit) for digit in _NO_DIGIT.sub("", found)]
        check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
        return digits[0] != 0 and check % 11 == digits[9]
