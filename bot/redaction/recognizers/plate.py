"""Car registrations."""

import re
from typing import Iterator

from bot.redaction.recognizers.base import A_DIGIT, PatternRecognizer, Span


class PlateRecognizer(PatternRecognizer):
    """Current car registrations and, if the text mentions a car, older, private and Northern Irish registrations."""

    needs = A_DIGIT
    _car = re.compile(
        r"\b(?:reg(?:istration)?s?|(?:number\s?)?plates?|cars?|van|drives?|driving|drove|vehicle|index|taxi|cab|registered|parked|"
        r"parks|corsa|golf|bmw|audi|fiesta|focus|astra|polo|transit|merc(?:edes)?|volvo|motorbike|moped|lift|lorry|minibus)\b",
        re.IGNORECASE,
    )
    _old = re.compile(
        r"\b(?:[A-Z]\d{2,3}\s?[A-Z]{3}|[A-Z]{3}\s?\d{1,3}[A-Z]|[A-Z]{1,3}\s?\d{4}|[A-Z]\d\s[A-Z]{3}|[a-z]{2}\d{2}\s[a-z]{3})\b"
    )
    #: In lower case, older formats look like ordinary text ("im 17 can"), so the text must mention a plate.
    _plate = re.compile(r"\b(?:reg(?:istration)?s?|(?:number\s?)?plates?|index)\b", re.IGNORECASE)
    _lower = re.compile(
        r"\b(?:[a-z]\d{1,3}\s?[a-z]{3}|[a-z]{3}\s?\d{1,3}[a-z]|[a-z]{1,3}\s?\d{4}|[a-z]{2}\s?\d{2}\s[a-z]{3})\b",
        re.IGNORECASE,
    )

    def __init__(self) -> None:
        """Compile the patterns for registrations that are recognisable without context."""
        super().__init__(
            "plate",
            [
                r"\b(?-i:[A-Z]{2}\s?\d{2}\s?[A-Z]{3})\b",
                r"\b[a-z]{2}\d{2}[a-z]{3}\b",
                r"\b(?-i:(?=[A-Z]{0,2}[IZ])[A-Z]{3}\s?\d{4})\b",
            ],
        )

    def matches(self, text: str) -> Iterator[Span]:
        """See `PatternRecognizer`."""
        yield from super().matches(text)
        near = self._lower if self._plate.search(text) else self._old if self._car.search(text) else None
        for match in near.finditer(text) if near else ():
            if self.accepts(match.group()):
                yield Span(self.kind, *match.span())

    def accepts(self, found: str) -> bool:
        """Reject an ordinary word next to a number ("PIN 0482")."""
        words = found.lower().split()
        return words[0] not in _BEFORE_NUMBERS and words[-1][-3:] not in _AFTER_NUMBERS


#: Words that show that a match is not a plate, as in "m25 was" and "at 2010".
_AFTER_NUMBERS = frozenset(
    "and the was for but are you she his her had has not who yes off out n is can boy lad".split()
)
_BEFORE_NUMBERS = frozenset(
    "in at on of by to is it so we he or my me if an as no up us im pin year since till jan feb mar apr may jun jul "
    "aug sep oct nov dec age the and was for had has got".split()
)
