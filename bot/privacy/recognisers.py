"""What identifies a person, one recogniser a kind. Each finds spans in a text; none changes it.

The structure (pattern, context, validator, table test) is that of Presidio, whose current version cannot stand beside
Rasa's pydantic; see docs/decisions.
"""

import re
from typing import Iterator, List, NamedTuple, Optional, Protocol, Sequence

import phonenumbers

from bot.privacy.kept import is_common, is_kept

#: Numbers of services and emergencies that may stay, as digits only.
PUBLIC_NUMBERS = frozenset(
    "999 112 101 111 105 116123 08001111 0800555111 08088005000 08081000900 03456000459 03443814772 08000684141 "
    "0808168911 08081689111 03001232040 85258 88247 18000".split()
)


class Span(NamedTuple):
    """Something that identifies: its kind and where it stands, end excluded."""

    kind: str
    start: int
    end: int


class Recogniser(Protocol):
    """Finds spans of one kind."""

    kind: str

    def find(self, text: str) -> Iterator[Span]:
        """Every span of this kind in `text`."""


class PatternRecogniser:
    """Finds what one of several regular expressions matches; a group `it` narrows the span to a part."""

    def __init__(self, kind: str, patterns: Sequence[str], ignore_case: bool = True) -> None:
        """Compile the patterns."""
        self.kind = kind
        self._patterns = [re.compile(p, re.IGNORECASE if ignore_case else 0) for p in patterns]

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for pattern in self._patterns:
            group = "it" if "it" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                start, end = match.span(group)
                if self.accepts(text[start:end]):
                    yield Span(self.kind, start, end)

    def accepts(self, found: str) -> bool:
        """Whether a match is one; subclasses validate here."""
        return bool(found)


class PhoneRecogniser:
    """UK and international numbers, validated by the phonenumbers library; helplines stay."""

    kind = "phone"
    _digits = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d[\d\s().\-]{5,18}\d(?!\w)")

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for match in self._digits.finditer(text):
            digits = re.sub(r"\D", "", match.group())
            if digits in PUBLIC_NUMBERS or not self._is_number(match.group(), digits):
                continue
            yield Span(self.kind, *match.span())

    @staticmethod
    def _is_number(written: str, digits: str) -> bool:
        # Mistyped numbers identify too: eleven digits that begin with 0 count whether or not they are assigned.
        if re.fullmatch(r"0\d{9,10}|44\d{10}|0044\d{10}", digits):
            return True
        return (
            any(phonenumbers.PhoneNumberMatcher(written, "GB", leniency=phonenumbers.Leniency.POSSIBLE))
            and len(digits) >= 8
        )


class EmailRecogniser(PatternRecogniser):
    """E-mail addresses, also written "sam at mail dot com"."""

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "email",
            [
                r"[\w.+\-]+\s?@\s?[\w\-]+(?:\s?\.\s?[a-z]{2,})+",
                r"\b[\w.+\-]+\s+(?:\(at\)|\[at\]|at)\s+[\w\-]+\s+(?:\(dot\)|\[dot\]|dot)\s+(?:com|co\s+dot\s+uk|org|net|uk)\b",
            ],
        )


class LinkRecogniser(PatternRecogniser):
    """Web addresses that say so: with a scheme or www. They come before e-mail, as one may hold an e-mail address."""

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__("link", [r"\b(?:https?|ftp)://\S+", r"\bwww\.\S+"])


class DomainRecogniser(PatternRecogniser):
    """Web addresses without a scheme. They come after e-mail, as an e-mail address holds one."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__(
            "link",
            [
                r"\b[a-z0-9][\w\-]*(?:\.[\w\-]+)*\.(?:com|co\.uk|org\.uk|ac\.uk|sch\.uk|org|net|uk|io|gg|me|tv|app|link|ly|ru|xyz|info|"
                r"example|site|online|shop|store|club|chat|live|biz|pro|page|space|vip|cc|de|fr|pl|ro|eu|us)"
                r"(?:/\S*)?(?![\w@])",
                r"\b[a-z0-9][\w\-]*(?:\.[\w\-]+)*\.[a-z]{2,}/\w\S*",
            ],
        )


class PostcodeRecogniser(PatternRecogniser):
    """UK postcodes, with or without the space (the shape is that of BS 7666)."""

    def __init__(self) -> None:
        """Compile the pattern."""
        not_inward = r"(?!\d(?:st|nd|rd|th|am|pm|yr|hr|is|if|in|of|to|my|me|he|so|or|we|on|at)\b)"
        super().__init__("postcode", [r"\b(?:[a-z]{1,2}\d[a-z\d]?|gir)\s?" + not_inward + r"\d[a-z]{2}\b"])


class HandleRecogniser(PatternRecogniser):
    """User names: @name, "my snap is name", "add me name", name#1234."""

    #: What follows "his snap is" without being a handle.
    _WORDS = frozenset(
        "a an the my me not and but now all on in private public hacked gone full fake so really very always "
        "being called blocked banned open off how why what where when there it his her their just like been bad "
        "good safe ok okay constantly still only too also even".split()
    )

    def __init__(self) -> None:
        """Compile the patterns."""
        app = (
            r"(?:snap(?:chat)?|insta(?:gram)?|ig|discord|roblox|tik\s?tok|telegram|kik|xbox|psn|gamertag|user\s?name|"
            r"handle|wizz|yubo)"
        )
        super().__init__(
            "handle",
            [
                r"(?<![\w@.])@[a-z0-9_][\w.\-]{1,30}",
                r"\b[\w.]{2,32}#\d{4}\b",
                app
                + r"(?:\s+(?:name|user|account|tag|id|handle))?\s*(?:is|:|=|-)\s*[\"'“]?(?P<it>[a-z0-9_][\w.\-]{2,30})",
                r"\badd(?:ed)?\s+(?:me|him|her|them)\s+(?:on\s+\w+\s+)?(?:its|it's|as|at|:)\s*[\"'“]?(?P<it>[a-z0-9_][\w.\-]{2,30})",
                r"\b(?:user|username|account|profile|person|someone)\s+(?:called|named)\s+[\"'“]?(?P<it>(?=\w*[\d_.])[a-z0-9_][\w.\-]{2,30})",
                r"(?<![\w@./£])(?P<it>(?=[\w.]*[a-z])\w+(?:\.\w+){1,4})(?![\w@/])(?!\.\w)",
                r"(?<![\w<])(?P<it>(?=\w{6,})[a-z]+\d+[a-z]\w*)(?!\w)",
                r"(?<!\w)£[a-z]{4,}\b",
                r"(?<![\w<])(?P<it>(?=[a-z]*\d|[a-z0-9]*_)(?=\w*[a-z]{2})[a-z0-9]+(?:_[a-z0-9]+)+|[a-z]{3,}\d{3,}[a-z0-9_]*)(?!\w)",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Not a plain word, nor words that only lack the space after a full stop, nor a brand with a number."""
        if "@" in found:
            return found.lower() != "@everyone"
        if "_" in found or "." not in found:
            return found.lower() not in self._WORDS and not is_kept(found)
        numbered = re.search(r"[a-z]{2,}\d", found.lower()) is not None
        return numbered or any(len(part) > 1 and not is_common(part) for part in re.split(r"[^a-z]+", found.lower()))


class SchoolRecogniser:
    """Schools and clubs by name: the words before what kind of school or club it is, as far as they are a name."""

    kind = "school"
    _saint = re.compile(
        r"\b(?:st|saint|our lady|holy|sacred)\.?\s+(?:of\s+(?:the\s+)?)?[a-z]+(?:['’]?s)?"
        r"(?:\s+(?:rc|c\s?of\s?e|catholic|primary|high|grammar|infants?|juniors?|school|academy|college|church))*\b",
        re.IGNORECASE,
    )
    _welsh = re.compile(r"\bysgol(?:\s+[a-z]+){1,2}\b", re.IGNORECASE)
    _kind = re.compile(
        r"\b(?:primary|secondary|academy|college|sixth form|school|high|grammar|comp|juniors?|"
        r"infants?|nursery|tech|"
        r"(?:youth|swimming|boxing|football|gymnastics|rugby|cricket|dance|judo|karate)\s+club|gymnastics|squadron|fc|rfc|scouts?|guides|"
        r"cubs|brownies|rangers|rovers|colts|comets|abc)\b",
        re.IGNORECASE,
    )
    #: A name in lower case is looked for before these only: before the others stands too much else.
    _plain_kinds = frozenset(
        "primary academy college school high comp juniors club squadron colts rangers rovers fc".split()
    )
    _before = re.compile(r"(?:[\w'’.\-]+\s+){1,4}$")
    #: Within a name, and no name by themselves.
    _joining = frozenset("of the and girls girls' boys boys' rc ce church catholic saturday c e community".split())

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for pattern in (self._saint, self._welsh):
            for match in pattern.finditer(text):
                yield Span(self.kind, *match.span())
        for match in self._kind.finditer(text):
            start = self._start(text, match)
            if start is not None:
                yield Span(self.kind, start, match.end())

    def _start(self, text: str, kind: "re.Match[str]") -> Optional[int]:
        """Where the name before a kind of school begins, or None where none stands there."""
        before = self._before.search(text[: kind.start()])
        if before is None:
            return None
        start = None
        for word in reversed(list(re.finditer(r"\S+", before.group()))):
            said = word.group()
            if said[-1:] in ".,;:!?" or not self._may_be_part(said, kind.group()):
                break
            if said.lower() not in self._joining and not (is_common(said) and said.islower()):
                start = before.start() + word.start()
        return start

    def _may_be_part(self, word: str, kind: str) -> bool:
        """A capitalised word that is not kept, a word that nobody uses otherwise, or one that joins such."""
        if word.lower() in self._joining:
            return True
        if word[0].isupper() and kind.lower() in ("fc", "rfc"):
            return word != "EA"
        if word[0].isupper():
            return not is_kept(word) and word.lower() not in _NOT_NAMES
        return kind.lower().split()[-1] in self._plain_kinds and (not is_common(word) or word.lower() in _IN_NAMES)


#: Capitalised at the beginning of a sentence, and no name.
_NOT_NAMES = frozenset(
    "the my our her his their your a an in at after this that some any every no is was new old primary ea which".split()
)
#: Common words that names of places and schools are made of.
_IN_NAMES = frozenset(
    "green hill park moor vale lane heath manor bridge wood woods field fields hall grange point".split()
)


_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_BIRTH = r"\b(?:d\.?o\.?b\.?|date of birth|birth\s?date|born(?: on| date)?|birthdays?|b-?days?|birth)\b[^.!?\n]{0,40}?"


class BirthDateRecogniser(PatternRecogniser):
    """Dates of birth: any date said to be one, and full dates of years in which people of these messages were born."""

    def __init__(self) -> None:
        """Compile the patterns."""
        day = r"\d{1,2}(?:st|nd|rd|th)?"
        written = [
            rf"{day}\s+(?:of\s+)?{_MONTH}\.?,?\s+(?:\d{{4}}|'?\d{{2}})\b",
            rf"{_MONTH}\s+{day},?\s+\d{{4}}\b",
            r"\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b",
        ]
        years = r"(?:19[3-9]\d|20[01]\d|2020)\b"
        super().__init__(
            "dob",
            [
                *(rf"{_BIRTH}(?P<it>\b{date})" for date in (*written, r"\d{6}\b", rf"{day}\s+(?:of\s+)?{_MONTH}\b")),
                rf"\b{day}\s+(?:of\s+)?{_MONTH}\.?,?\s+{years}",
                rf"\b\d{{1,2}}[./\-]\d{{1,2}}[./\-]{years}",
                rf"\bb\.\s*(?P<it>{written[0]})",
            ],
        )


class CardRecogniser(PatternRecogniser):
    """Bank card numbers: 13 to 19 digits whose last one fits the others (Luhn, ISO/IEC 7812)."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("card", [r"(?<![\w])\d(?:[ -]?\d){12,18}(?!\w)"])

    def accepts(self, found: str) -> bool:
        """Whether the check digit fits."""
        digits = [int(digit) for digit in reversed(re.sub(r"\D", "", found))]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
        return (sum(digits[::2]) + sum(doubled)) % 10 == 0


class BankRecogniser(PatternRecogniser):
    """Sort codes, account numbers and IBANs."""

    def __init__(self) -> None:
        """Compile the patterns."""
        near = r"\b(?:sort\s?code|s/c|acc(?:ount)?(?:\s?(?:no|number|num))?|bank(?: details)?)\b[^.!?\n]{0,25}?"
        super().__init__(
            "bank",
            [
                r"\b[a-z]{2}\d{2}(?:[ ]?[a-z0-9]{4}){3,7}(?:[ ]?[a-z0-9]{1,4})?\b(?<=\d)",
                r"(?<![\w/.\-])\d{2}-\d{2}-\d{2}(?![\w/\-])",
                near + r"(?P<it>(?<!\d)\d{2}[ ]?\d{2}[ ]?\d{2}(?!\d))",
                near + r"(?P<it>(?<!\d)\d{8}(?!\d))",
                r"(?<!\d)\d{2} \d{2} \d{2}(?=\s*(?:/|and|&)\s*\d{8}(?!\d))",
            ],
        )


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
        digits = [int(digit) for digit in re.sub(r"\D", "", found)]
        check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
        return digits[0] != 0 and check % 11 == digits[9]


class PlateRecogniser(PatternRecogniser):
    """Car registrations: the present shape as such, older, private and Northern Irish ones where a car is spoken of."""

    def __init__(self) -> None:
        """Compile the patterns."""
        near = (
            r"\b(?:reg(?:istration)?|(?:number\s?)?plates?|car|van|drives?|driving|vehicle|index|taxi|registered|corsa|golf|bmw|audi)\b"
            r"[^.!?\n]{0,40}?"
        )
        super().__init__(
            "plate",
            [
                r"\b(?-i:[A-Z]{2}\d{2}\s?[A-Z]{3})\b",
                r"\b[a-z]{2}\d{2}[a-z]{3}\b",
                near + r"(?P<it>\b[a-z]{2}\d{2}\s[a-z]{3}\b)",
                near + r"(?P<it>\b(?:[a-z]\d{1,3}\s?[a-z]{3}|[a-z]{1,3}\s?\d{4})\b)",
            ],
        )


class GiftCardRecogniser(PatternRecogniser):
    """Codes of gift cards and vouchers: groups of letters and digits, or one long mixture of both."""

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "giftcard",
            [
                r"\b[a-z0-9]{2,6}(?:-[a-z0-9]{2,6}){2,5}\b",
                r"\b(?!IBAN)(?-i:[A-Z0-9]{4,5}(?: [A-Z0-9]{4,5}){2,5})\b",
                r"\b(?-i:[A-Z0-9]{12,20})\b",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Letters and digits mixed, as no word or number has them."""
        return len(re.findall(r"\d", found)) >= 3 and len(re.findall(r"[A-Za-z]", found)) >= 3


class StreetRecogniser(PatternRecogniser):
    """Street addresses with a house number."""

    #: No street is called so: "22 by the way", "16 you cant drive", "12 and was close".
    _WORDS = frozenset(
        "a all an and as at been but by can cant come could did do does dont for from get go had has have he her "
        "his i if in is it its just kids many me minutes months more my no not of off on only or our out people "
        "she so than that them then they this time times to too up was we week weeks went were what when who will "
        "with year years you your".split()
    )

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__(
            "address",
            [
                r"\b(?:flat\s+\d+\w?,?\s+)?\d{1,4}[a-z]?,?\s+(?:[a-z'’\-]+\s+){1,3}"
                r"(?:street|road|rd|avenue|ave|lane|ln|close|drive|crescent|terrace|gardens|grove|court|way|place|square|hill|mews|walk|"
                r"rise|parade|row|wharf|quay|park|view|fields|st)\b",
                r"\b(?:flat|apartment|apt|unit)\s+\d{1,4}\w?(?:/\d{1,2})?,?\s+(?:[a-z'’\-]+\s+){1,3}"
                r"(?:house|court|heights|point|tower|towers|lodge|building|mansions|place|view)\b",
                r"\b\d{1,3}\s+the\s+(?:paddocks?|sidings|green|crescent|close|drive|avenue|grove|meadows?|willows|oaks|orchard|mews)\b",
                r"\b(?-i:The (?:Old )?[A-Z][a-z]+),\s+(?=\d{1,3}\s)",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Not a number in a sentence."""
        return not self._WORDS.intersection(found.lower().replace("'", "").replace("’", "").split())


def pattern_recognisers() -> List[Recogniser]:
    """Every recogniser that needs no model, in the order in which they take text."""
    return [
        LinkRecogniser(),
        EmailRecogniser(),
        DomainRecogniser(),
        CardRecogniser(),
        NhsRecogniser(),
        NationalInsuranceRecogniser(),
        BirthDateRecogniser(),
        BankRecogniser(),
        GiftCardRecogniser(),
        PhoneRecogniser(),
        PlateRecogniser(),
        PostcodeRecogniser(),
        StreetRecogniser(),
        SchoolRecogniser(),
        HandleRecogniser(),
    ]
