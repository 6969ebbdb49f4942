"""Personal telephone numbers. The numbers of helplines and organisations are left alone."""

import re
from typing import Iterator, Sequence

import phonenumbers

from bot.redaction.recognizers.base import Span

#: Numbers of emergency and other services, as digits only. These are never redacted.
PUBLIC_NUMBERS = frozenset("999 112 101 111 105 116123 116000 116111 85258 88247 18000 84001 61016 60777 80011".split())
#: Freephone, national and shared-cost numbers, which belong to organisations.
_OF_ORGANISATIONS = re.compile(r"0800\d{4,7}|0808\d{6,7}|(?:0|44|0044)(?:300|303|33\d|34\d|37\d|84\d|87\d)\d{7}")

_EXTENSION = r"(?:\s?,?\s?(?:x|ext\.?|extn|extension)\s?\.?\s?\d{1,5}\b)?"
_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
#: The digits that each number word stands for.
_SPOKEN = {
    **dict.fromkeys("zero oh o nought".split(), "0"),
    **{word: str(number) for number, word in enumerate(_ONES, start=1)},
    **{word: f"{number}0" for number, word in enumerate(_TENS, start=2)},
    "hundred": "00",
    "thousand": "000",
}
_BETWEEN = r"(?:and|then|it'?s|is|the|last|next|bit)"
#: Trailing separators and filler words, such as "and", after the last part of a spoken number.
_WORDS_AFTER = re.compile(rf"(?:[\s,.\-]|\b{_BETWEEN}\b){{1,60}}$", re.IGNORECASE)
_EXTENDED, _GAP = re.compile(r"\s?,?\s?(?:x|e)"), re.compile(r"(?<=\d)\s")
_WORDS = re.compile(r"[a-z]{1,4000}|\d{1,4000}")
_NO_DIGIT = re.compile(r"\D")
_TIMES = {"double": 2, "triple": 3, "treble": 3}


class PhoneRecognizer:
    """UK and international numbers, checked with the phonenumbers library. Helplines are left alone.

    It also recognises letters used as zeros and ones ("O77OO"), extensions, and number words ("oh double seven").
    """

    kind = "phone"
    _written = re.compile(
        r"(?<![\w.@#£$/])(?:\+|00)?(?:\(\s?)?[\doO](?:[\s().\-–]{0,3}\d|[oOlI]){6,16}(?!\w)" + _EXTENSION
    )
    _spoken = re.compile(
        r"\b(?:(?:" + "|".join((*_SPOKEN, *_TIMES)) + rf"|\d{{1,5}})\b[\s,.\-]{{0,3}}(?:{_BETWEEN}\s){{0,6}}){{3,20}}",
        re.IGNORECASE,
    )
    _slashed = re.compile(r"(?<![\w/])0\d{2,4}/\d{3,4}/\d{3,4}(?![\w/])")
    _order = re.compile(r"\d{3}-\d{7}-\d{7}")

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        for match in self._spoken.finditer(text):
            if _is_spoken(match.group()):
                yield Span(self.kind, match.start(), match.start() + len(_WORDS_AFTER.sub("", match.group())))
        for match in self._slashed.finditer(text):
            yield Span(self.kind, *match.span())
        for match in self._written.finditer(text):
            length = self._length(match.group())
            if length:
                yield Span(self.kind, match.start(), match.start() + length)

    def _length(self, written: str) -> int:
        """Return the length of the person's number at the start of `written`, or 0 if there is none.

        Any remaining characters belong to another number.
        """
        digits = _digits(_EXTENDED.split(written)[0])
        if self._order.search(written):
            return 0
        # Another number may follow: "07700 900123 2 days ago".
        for match in _GAP.finditer("" if _UK.fullmatch(digits) else written):
            if _UK.fullmatch(_digits(written[: match.start()])):
                return self._length(written[: match.start()])
        public = digits in PUBLIC_NUMBERS or _OF_ORGANISATIONS.fullmatch(digits)
        return 0 if public or not _is_number(written, digits) else len(written)


#: Ten or eleven digits starting with 0 count even if the number is not in use, because a mistyped number still
#: identifies somebody.
_UK = re.compile(r"0[1-9]\d{8,9}|440?\d{10}|00440?\d{10}")


def _digits(written: str) -> str:
    return _NO_DIGIT.sub("", written.translate(str.maketrans("oOlI", "0011")))


def _is_number(written: str, digits: str) -> bool:
    if _UK.fullmatch(digits):
        return True
    if len(digits) < (8 if written.startswith(("+", "00")) else 9):
        return False
    return any(phonenumbers.PhoneNumberMatcher(written, "GB", leniency=phonenumbers.Leniency.POSSIBLE))


def _is_spoken(spoken: str) -> bool:
    """Whether a run of words and digits is a phone number, judging by its length, first digit and number of parts."""
    words = _WORDS.findall(spoken.lower())
    parts = [word for word in words if word.isdigit() or word in _SPOKEN or word in _TIMES]
    digits = _spoken_digits(parts)
    if not any(part.isalpha() for part in parts if len(part) > 2):
        return False
    return 9 <= len(digits) <= 16 and (digits.startswith("0") or len(parts) >= 7)


def _spoken_digits(parts: Sequence[str]) -> str:
    """Convert a spoken number to digits."""
    said, times = "", 1
    for part in parts:
        if part in _TIMES:
            times = _TIMES[part]
            continue
        said += _SPOKEN.get(part, part) * times
        times = 1
    return said
