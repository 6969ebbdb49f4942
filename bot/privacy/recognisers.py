"""What identifies a person, one recogniser a kind. Each finds spans in a text; none changes it.

The structure (pattern, context, validator, table test) is that of Presidio, whose current version cannot stand beside
Rasa's pydantic; see docs/decisions.
"""

import re
from typing import Iterator, List, NamedTuple, Protocol, Sequence

import phonenumbers

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
                r"\b[a-z0-9][\w\-]*(?:\.[\w\-]+)*\.(?:com|co\.uk|org\.uk|ac\.uk|sch\.uk|org|net|uk|io|gg|me|tv|app|link|ly|ru|xyz|info)"
                r"(?:/\S*)?(?![\w@])",
            ],
        )


class PostcodeRecogniser(PatternRecogniser):
    """UK postcodes, with or without the space (the shape is that of BS 7666)."""

    def __init__(self) -> None:
        """Compile the pattern."""
        super().__init__("postcode", [r"\b(?:[a-z]{1,2}\d[a-z\d]?|gir)\s?\d[abd-hjlnp-uw-z]{2}\b"])


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
                r"(?<![\w<])(?P<it>(?=[a-z]*\d|[a-z0-9]*_)(?=\w*[a-z]{2})[a-z0-9]+(?:_[a-z0-9]+)+|[a-z]{3,}\d{3,}[a-z0-9_]*)(?!\w)",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Not a plain word, an age or a year group."""
        return found.lower() not in self._WORDS


class SchoolRecogniser(PatternRecogniser):
    """Schools and clubs by name."""

    def __init__(self) -> None:
        """Compile the patterns."""
        kinds = (
            r"primary|secondary|high|grammar|infants?|juniors?|comprehensive|girls'?|boys'?|church|catholic|c\s?of\s?e|"
            r"special|community"
        )
        super().__init__(
            "school",
            [
                r"\b(?:[A-Z][\w'’.]+\s+){1,4}(?:"
                + "(?i:"
                + kinds
                + ")"
                + r"\s+)*(?i:school|academy|college|sixth form|nursery)\b",
                r"\b(?i:st|saint)\.?\s+[A-Za-z]+(?:['’]?s)?(?:\s+(?i:" + kinds + r"|school|academy|college))*\b",
                r"\b(?:[A-Z][\w'’]+\s+){1,3}(?:FC|RFC|Scouts?|Guides|Cubs|Brownies|Rangers|Rovers|Youth Club)\b",
            ],
            ignore_case=False,
        )


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
                r"\b(?:flat\s+\d+\w?,?\s+)?\d{1,4}[a-z]?,?\s+(?:[a-z'’]+\s+){1,3}"
                r"(?:street|road|rd|avenue|ave|lane|ln|close|drive|crescent|terrace|gardens|grove|court|way|place|square|hill|mews|walk)\b"
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
        PhoneRecogniser(),
        PostcodeRecogniser(),
        StreetRecogniser(),
        SchoolRecogniser(),
        HandleRecogniser(),
    ]
