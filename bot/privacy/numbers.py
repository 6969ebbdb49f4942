"""Numbers that are a person's: of telephones, cards, accounts, patients and cars, dates of birth, codes."""

import re
from typing import Iterator, Sequence

import phonenumbers

from bot.privacy.spans import PatternRecogniser, Span

#: Numbers of services and emergencies that may stay, as digits only.
PUBLIC_NUMBERS = frozenset("999 112 101 111 105 116123 116000 116111 85258 88247 18000 84001 61016 60777 80011".split())
#: Freephone, national and shared-cost numbers are those of organisations.
_OF_ORGANISATIONS = re.compile(r"0800\d{4,7}|0808\d{6,7}|(?:0|44|0044)(?:300|303|33\d|34\d|37\d|84\d|87\d)\d{7}")

_EXTENSION = r"(?:\s?,?\s?(?:x|ext\.?|extn|extension)\s?\.?\s?\d{1,5}\b)?"
_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
#: What words for numbers say, in digits.
_SPOKEN = {
    **dict.fromkeys("zero oh o nought".split(), "0"),
    **{word: str(number) for number, word in enumerate(_ONES, start=1)},
    **{word: f"{number}0" for number, word in enumerate(_TENS, start=2)},
    "hundred": "00",
    "thousand": "000",
}
_BETWEEN = r"(?:and|then|it'?s|is|the|last|next|bit)"
#: What may stand between the parts of a spoken number, where nothing of it follows.
_WORDS_AFTER = re.compile(rf"(?:[\s,.\-]|\b{_BETWEEN}\b){{1,60}}$", re.IGNORECASE)
_EXTENDED, _GAP = re.compile(r"\s?,?\s?(?:x|e)"), re.compile(r"(?<=\d)\s")
_WORDS, _LETTER = re.compile(r"[a-z]{1,4000}|\d{1,4000}"), re.compile(r"[A-Za-z]")
_DIGIT, _NO_DIGIT = re.compile(r"\d"), re.compile(r"\D")
_TIMES = {"double": 2, "triple": 3, "treble": 3}


class PhoneRecogniser:
    """UK and international numbers, validated by the phonenumbers library; helplines stay.

    Also with letters for noughts and ones ("O77OO"), with an extension, and in words ("oh double seven").
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
        """See `Recogniser`."""
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
        """How many of the characters are a person's number: all, those before a further number, or none."""
        digits = _digits(_EXTENDED.split(written)[0])
        if self._order.search(written):
            return 0
        # A further number may follow: "07700 900123 2 days ago".
        for match in _GAP.finditer("" if _UK.fullmatch(digits) else written):
            if _UK.fullmatch(_digits(written[: match.start()])):
                return self._length(written[: match.start()])
        public = digits in PUBLIC_NUMBERS or _OF_ORGANISATIONS.fullmatch(digits)
        return 0 if public or not _is_number(written, digits) else len(written)


#: Mistyped numbers identify too: eleven digits that begin with 0 count whether or not they are assigned.
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
    """Whether a run of words and digits is a number: long enough, and with a nought or many parts at its beginning."""
    words = _WORDS.findall(spoken.lower())
    parts = [word for word in words if word.isdigit() or word in _SPOKEN or word in _TIMES]
    digits = _spoken_digits(parts)
    if not any(part.isalpha() for part in parts if len(part) > 2):
        return False
    return 9 <= len(digits) <= 16 and (digits.startswith("0") or len(parts) >= 7)


def _spoken_digits(parts: Sequence[str]) -> str:
    """What a number in words says, in digits."""
    said, times = "", 1
    for part in parts:
        if part in _TIMES:
            times = _TIMES[part]
            continue
        said += _SPOKEN.get(part, part) * times
        times = 1
    return said


_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,12}"
_BIRTH = r"\b(?:d\.?o\.?b\.?|date of birth|birth\s?date|born(?: on| date)?|birthdays?|b-?days?|birth)\b[^.!?\n]{0,40}?"


class BirthDateRecogniser(PatternRecogniser):
    """Dates of birth: any date said to be one, and full dates of years in which people of these messages were born."""

    def __init__(self) -> None:
        """Compile the patterns."""
        day = r"\d{1,2}(?:st|nd|rd|th)?"
        written = [
            rf"{day}\s{{1,3}}(?:of\s{{1,3}})?{_MONTH}\.?,?\s{{1,3}}(?:\d{{4}}|'?\d{{2}})\b",
            rf"{_MONTH}\s{{1,3}}{day},?\s{{1,3}}\d{{4}}\b",
            r"\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b",
        ]
        years = r"(?:19[3-9]\d|20[01]\d|2020)\b"
        super().__init__(
            "dob",
            [
                *(
                    rf"{_BIRTH}(?P<it>\b{date})"
                    for date in (*written, r"\d{6}\b", rf"{day}\s{{1,3}}(?:of\s{{1,3}})?{_MONTH}\b")
                ),
                rf"\b{day}\s{{1,3}}(?:of\s{{1,3}})?{_MONTH}\.?,?\s{{1,3}}{years}",
                rf"\b\d{{1,2}}[./\-]\d{{1,2}}[./\-]{years}",
                rf"\b{years}[./\-]\d{{1,2}}[./\-]\d{{1,2}}\b",
                rf"\bb\.\s{{0,3}}(?P<it>{written[0]})",
            ],
        )


class CardRecogniser(PatternRecogniser):
    """Bank card numbers: 13 to 19 digits whose last one fits the others (Luhn, ISO/IEC 7812)."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("card", [r"(?<![\w])\d(?:[ -]?\d){12,18}(?!\w)"])

    def accepts(self, found: str) -> bool:
        """Whether the check digit fits."""
        digits = [int(digit) for digit in reversed(_NO_DIGIT.sub("", found))]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
        return (sum(digits[::2]) + sum(doubled)) % 10 == 0


class BankRecogniser(PatternRecogniser):
    """Sort codes, account numbers and IBANs."""

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

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        yield from super().find(text)
        if self._bank.search(text):
            yield from (Span(self.kind, *match.span()) for match in self._account.finditer(text))


class NationalInsuranceRecogniser(PatternRecogniser):
    """National Insurance numbers, also with prefixes that nobody is given."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("nino", [r"\b[a-z]{2}(?:[ -]?\d{2}){3}[ -]?[a-d]\b"])


class NhsRecogniser(PatternRecogniser):
    """NHS numbers: ten digits whose last one fits the others (modulus 11)."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("nhs", [r"(?<![\w+])\d{3}[ -]?\d{3}[ -]?\d{4}(?!\w)"])

    def accepts(self, found: str) -> bool:
        """Whether the check digit fits, and it is no telephone number."""
        digits = [int(digit) for digit in _NO_DIGIT.sub("", found)]
        check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
        return digits[0] != 0 and check % 11 == digits[9]


class PlateRecogniser(PatternRecogniser):
    """Car registrations: the present shape as such, older, private and Northern Irish ones where a car is spoken of."""

    _car = re.compile(
        r"\b(?:reg(?:istration)?s?|(?:number\s?)?plates?|cars?|van|drives?|driving|drove|vehicle|index|taxi|cab|registered|parked|"
        r"parks|corsa|golf|bmw|audi|fiesta|focus|astra|polo|transit|merc(?:edes)?|volvo|motorbike|moped|lift|lorry|minibus)\b",
        re.IGNORECASE,
    )
    _old = re.compile(
        r"\b(?:[A-Z]\d{2,3}\s?[A-Z]{3}|[A-Z]{3}\s?\d{1,3}[A-Z]|[A-Z]{1,3}\s?\d{4}|[A-Z]\d\s[A-Z]{3}|[a-z]{2}\d{2}\s[a-z]{3})\b"
    )
    #: In lower case they look like much else ("im 17 can"), so a plate must be spoken of.
    _plate = re.compile(r"\b(?:reg(?:istration)?s?|(?:number\s?)?plates?|index)\b", re.IGNORECASE)
    _lower = re.compile(
        r"\b(?:[a-z]\d{1,3}\s?[a-z]{3}|[a-z]{3}\s?\d{1,3}[a-z]|[a-z]{1,3}\s?\d{4}|[a-z]{2}\s?\d{2}\s[a-z]{3})\b",
        re.IGNORECASE,
    )

    def __init__(self) -> None:
        """Compile the patterns that need no car beside them."""
        super().__init__(
            "plate",
            [
                r"\b(?-i:[A-Z]{2}\s?\d{2}\s?[A-Z]{3})\b",
                r"\b[a-z]{2}\d{2}[a-z]{3}\b",
                r"\b(?-i:(?=[A-Z]{0,2}[IZ])[A-Z]{3}\s?\d{4})\b",
            ],
        )

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        yield from super().find(text)
        near = self._lower if self._plate.search(text) else self._old if self._car.search(text) else None
        for match in near.finditer(text) if near else ():
            if self.accepts(match.group()):
                yield Span(self.kind, *match.span())

    def accepts(self, found: str) -> bool:
        """Not a word and a number ("PIN 0482")."""
        words = found.lower().split()
        return words[0] not in _BEFORE_NUMBERS and words[-1][-3:] not in _AFTER_NUMBERS


#: "m25 was", "at 2010": no plates.
_AFTER_NUMBERS = frozenset(
    "and the was for but are you she his her had has not who yes off out n is can boy lad".split()
)
_BEFORE_NUMBERS = frozenset(
    "in at on of by to is it so we he or my me if an as no up us im pin year since till jan feb mar apr may jun jul "
    "aug sep oct nov dec age the and was for had has got".split()
)


class GiftCardRecogniser(PatternRecogniser):
    """Codes of gift cards and vouchers: groups of letters and digits, or digits only where a voucher is spoken of."""

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

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        yield from super().find(text)
        if self._voucher.search(text):
            yield from (Span(self.kind, *match.span()) for match in self._numeric.finditer(text))

    def accepts(self, found: str) -> bool:
        """Letters and digits mixed, as no word or number has them."""
        return len(_DIGIT.findall(found)) >= 3 and len(_LETTER.findall(found)) >= 3
