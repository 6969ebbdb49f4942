"""Gift card and voucher codes."""

import re
from typing import Iterator

from bot.redaction.recognizers.base import A_DIGIT, PatternRecognizer, Span

_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[A-Za-z]")


class GiftCardRecognizer(PatternRecognizer):
    """Codes that mix letters and digits and, if the text mentions a voucher, codes that are all digits."""

    needs = A_DIGIT
    _voucher = re.compile(
        r"\b(?:gift|voucher|paysafe\w{0,20}|code|pin|steam|itunes|razer|neosurf|top\s?up)", re.IGNORECASE
    )
    _numeric = re.compile(r"(?<![\w+])\d(?:[ -]?\d){9,18}(?!\w)")

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "giftcard",
            [
                r"\b[a-z0-9]{2,6}(?:-[a-z0-9]{2,6}){2,5}\b",
                r"\b(?!IBAN)(?-i:[A-Z0-9]{4,5}(?: [A-Z0-9]{4,5}){2,5})\b",
                r"\b(?=[a-z]{0,4}\d)(?=\d{0,4}[a-z])(?:[a-z0-9]{4}\s){3}[a-z0-9]{4}\b",
                r"\b(?-i:[A-Z0-9]{10,20})\b",
            ],
        )

    def matches(self, text: str) -> Iterator[Span]:
        """See `PatternRecognizer`."""
        yield from super().matches(text)
        if self._voucher.search(text):
            yield from (Span(self.kind, *match.span()) for match in self._numeric.finditer(text))

    def accepts(self, found: str) -> bool:
        """Require at least three digits and three letters. No ordinary word or number has both."""
        return len(_DIGIT.findall(found)) >= 3 and len(_LETTER.findall(found)) >= 3
