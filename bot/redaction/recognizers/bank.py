"""Bank cards, sort codes, account numbers and IBANs."""

import re
from typing import Iterator

from bot.redaction.recognizers.base import A_DIGIT, PatternRecognizer, Span

_NO_DIGIT = re.compile(r"\D")


class CardRecognizer(PatternRecognizer):
    """Bank card numbers: 13 to 19 digits with a valid check digit (Luhn, ISO/IEC 7812)."""

    needs = A_DIGIT

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("card", [r"(?<![\w])\d(?:[ -]?\d){12,18}(?!\w)"])

    def accepts(self, found: str) -> bool:
        """Whether the check digit is valid."""
        digits = [int(digit) for digit in reversed(_NO_DIGIT.sub("", found))]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
        return (sum(digits[::2]) + sum(doubled)) % 10 == 0


class BankRecognizer(PatternRecognizer):
    """Sort codes, account numbers and IBANs."""

    needs = A_DIGIT
    _bank = re.compile(
        r"\b(?:sort\s?codes?|s/c|acc(?:ount|t)?s?|bank\w{0,20}|monzo|revolut|starling|pay(?:ment|ing)?|transfer\w{0,20})\b",
        re.I,
    )
    _account = re.compile(
        r"(?<![\w/.\-£+])(?:\d{8}|\d{4}[ -]\d{4}|\d{2}[ -]\d{2}[ -]\d{2}|(?<=code )\d{6})(?![\w/]|[.\-]\d)"
    )

    def __init__(self) -> None:
        """Compile the patterns."""
        near = r"\b(?:sort\s?code|s/c|sc)\b[^.!?\n]{0,25}?"
        super().__init__(
            "bank",
            [
                r"\b[a-z]{2}\d{2}(?:[ ]?[a-z0-9]{4}){3,7}(?:[ ]?[a-z0-9]{1,4})?\b(?<=\d)",
                r"(?<![\w/.\-])\d{2}-\d{2}-\d{2}(?![\w/\-])",
                near + r"(?P<it>(?<!\d)\d{2}[ ]?\d{2}[ ]?\d{2}(?!\d))",
                r"(?<!\d)\d{2} \d{2} \d{2}(?=\s{0,3}(?:/|and|&)\s{0,3}\d{8}(?!\d))",
            ],
        )

    def matches(self, text: str) -> Iterator[Span]:
        """See `PatternRecognizer`."""
        yield from super().matches(text)
        if self._bank.search(text):
            yield from (Span(self.kind, *match.span()) for match in self._account.finditer(text))
