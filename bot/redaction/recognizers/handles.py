"""User names, such as @name, name#1234, "my snap is name" and "add name", and words that can only be user names."""

import re
from functools import cache
from typing import Iterator, List, NamedTuple, Sequence

from bot.redaction.lexicon import (
    WORD_LISTS,
    context_words,
    is_common,
    is_compound,
    is_first_name,
    is_misspelt_word,
    is_unspaced_sentence,
    is_word,
    plain,
)
from bot.redaction.recognizers.base import PatternRecognizer, Span
from bot.text.words import listed

#: The names that people use for platforms, one per line.
PLATFORMS = WORD_LISTS / "platforms.txt"

_EVERYONE = frozenset(("@everyone", "@here", "@all", "@ing", "@ed"))


class MarkedHandleRecognizer(PatternRecognizer):
    """User names marked by a symbol or prefix, such as @name, name#1234, u/name, £cashtag and friend codes."""

    needs = re.compile(r"[@#/£$:-]")

    def __init__(self) -> None:
        """Compile the patterns."""
        super().__init__(
            "handle",
            [
                r"(?<![\w@.])@[a-z0-9_][\w.\-]{1,30}",
                r"\b[\w.]{2,32}\s?#\d{4}\b",
                r"(?<![\w/])/?u/[\w\-]{3,30}",
                r"\bSW-\d{4}-\d{4}-\d{4}\b",
                r"\blive:\.?[\w.]{4,40}",
                r"(?<!\w)[£$][a-z]{4,40}\w{0,40}\b",
            ],
        )

    def accepts(self, found: str) -> bool:
        """Reject mentions that address everyone, such as "@here"."""
        return found.lower() not in _EVERYONE


class _Piece(NamedTuple):
    """A run of characters that are valid in user names."""

    start: int
    written: str
    plain: str

    @property
    def end(self) -> int:
        return self.start + len(self.written)


_PIECE = re.compile(r"[^\W_][\w.\-'’]{0,4000}|_[\w.\-]{0,4000}")


class HandleRecognizer:
    """Unmarked user names: oddly formed words, or unknown words near a platform or a word such as "username"."""

    kind = "handle"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        pieces = [_Piece(m.start(), w, plain(w)) for m in _PIECE.finditer(text) if (w := m.group().rstrip(".-'’"))]
        for place, piece in enumerate(pieces):
            if len(piece.written) > 2 and _is_user_name(pieces, place):
                yield Span(self.kind, piece.start, piece.end)
        for match in _quoted().finditer(text):
            if not is_common(match.group("it")):
                yield Span(self.kind, *match.span("it"))
        for match in _explicit().finditer(text):
            if match.group("it").lower().rstrip(".") not in context_words("handles", "no_handles"):
                yield Span(self.kind, *match.span("it"))


def _is_user_name(pieces: List[_Piece], place: int) -> bool:
    piece = pieces[place]
    if _is_odd(piece.written):
        return True
    return _is_unknown(piece) and (_has_context(pieces, place) or _is_joined_words(pieces, place))


_INNER_CAPITAL = re.compile(r"[a-z][A-Z]|^[a-z]?[A-Z]{2,20}[a-z]{3}")
_ORDINARY_CAPITALS = re.compile(r"(?:Mc|Mac|O'|De|Di|Fitz|Le|La)[A-Z][a-z]{1,40}(?:'s)?|[A-Z]{2,5}s")
#: Digits that teenagers use in place of letters or sounds: "gr8", "l8r", "any1", "4eva".
_SOUNDS = re.compile(r"(?i)[a-z]{0,5}[1248][a-z]{0,5}")
_DOTTED = re.compile(r"\w{1,64}(?:\.\w{1,64}){1,4}")
_TWO_LETTERS, _THREE_LETTERS = re.compile(r"[A-Za-z]{2}"), re.compile(r"[a-z]{3}")
_LETTERS_AND_A_DIGIT, _NUMBER_WITHIN = re.compile(r"[A-Za-z]{2}\d"), re.compile(r"[a-z]\d{1,40}[a-z]")
_NO_LETTERS, _WORD_AND_NUMBER = re.compile(r"[^a-z]{1,4000}"), re.compile(r"([a-z]{1,4000})(\d{1,4000})")
_LOOKS_LIKE = str.maketrans("013457", "oieast")


def _is_odd(written: str) -> bool:
    """Whether underscores, digits, inner capitals or inner full stops show that this is not an ordinary word."""
    if "_" in written:
        return sum(c.isalpha() for c in written) > 1
    if "." in written:
        return _is_dotted(written)
    if "-" in written or "'" in written or "’" in written:
        return False
    if any(c.isdigit() for c in written):
        return _is_numbered(written)
    return bool(_INNER_CAPITAL.search(written)) and not (_ORDINARY_CAPITALS.fullmatch(written) or is_word(written))


def _is_dotted(written: str) -> bool:
    """Whether the dots in a word belong to a user name, rather than to sentences without a space between them."""
    if not _DOTTED.fullmatch(written) or not _TWO_LETTERS.search(written):
        return False
    if _LETTERS_AND_A_DIGIT.search(written) and not _starts_with_counted(written):
        return True
    parts = _NO_LETTERS.split(written.lower())
    return len(parts) > 2 or any(len(part) > 1 and not is_word(part) for part in parts)


def _starts_with_counted(written: str) -> bool:
    return all(
        part.rstrip("0123456789") in context_words("handles", "counted") or is_common(part) or part.isdigit()
        for part in written.lower().split(".")
    )


def _is_numbered(written: str) -> bool:
    """Whether letters and digits are mixed as in "lukey07" or "th0mas" rather than "year10", "gr8" or "2nite"."""
    said = written.lower()
    if is_word(said):
        return False
    tail = _WORD_AND_NUMBER.fullmatch(said)
    if tail:
        word, number = tail.groups()
        if len(word) < 3 or word in context_words("handles", "counted"):
            return False
        return len(number) > 1 or (len(word) > 3 and not is_word(word))
    if not _NUMBER_WITHIN.search(said) or len(said) < 5:
        return False
    return not is_disguised(said) and not (_SOUNDS.fullmatch(said) and len(said) < 8)


def is_disguised(written: str) -> bool:
    """Whether a word is written with digits in place of some letters ("su1c1dal")."""
    said = plain(written)
    mixed = any(c.isdigit() for c in said) and any(c.isalpha() for c in said)
    return mixed and is_word(said.translate(_LOOKS_LIKE))


def _is_unknown(piece: _Piece) -> bool:
    """Whether a word is unknown, and is neither a typo nor a name."""
    said = piece.plain
    if (
        is_word(said)
        or is_first_name(said)
        or said in listed(PLATFORMS)
        or said[0].isdigit()
        or not _THREE_LETTERS.search(said)
    ):
        return False
    base = said.rstrip("0123456789")
    if base != said and (is_word(base) or base in context_words("handles", "counted")):
        return False
    if "-" in said:
        return not all(is_word(part) for part in said.split("-"))
    return not is_misspelt_word(said)


def _has_context(pieces: List[_Piece], place: int) -> bool:
    piece = pieces[place]
    before, after = pieces[max(0, place - 4) : place], pieces[place + 1 : place + 4]
    return is_introduced(piece.written, [one.plain for one in before], [one.plain for one in after])


def is_introduced(written: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a platform, a word such as "username", or a verb used with user names appears near a word.

    Args:
        written: the word as typed.
        before: up to four preceding words, in plain form.
        after: up to three following words, in plain form.
    """
    near = listed(PLATFORMS) | context_words("handles", "words")
    return (
        not near.isdisjoint(before)
        or not near.isdisjoint(after)
        or (not written.istitle() and not context_words("handles", "verbs").isdisjoint(before[-2:]))
        or (before[-1:] == ["by"] and before[-2:-1] in (["go"], ["goes"], ["went"], ["going"]))
    )


def _is_joined_words(pieces: List[_Piece], place: int) -> bool:
    """Whether a word is two words run together, unless an article marks it as an ordinary noun ("a playgroup")."""
    piece = pieces[place]
    before = pieces[place - 1].plain if place else ""
    if not piece.written.islower() or before in context_words("names", "not_before"):
        return False
    return is_compound(piece.plain) and not is_unspaced_sentence(piece.plain)


@cache
def _quoted() -> "re.Pattern[str]":
    """Return a pattern for a quoted word that is followed by a platform, as in `"willpower" on ps5`."""
    platforms = "|".join(sorted(map(re.escape, listed(PLATFORMS)), key=len, reverse=True))
    return re.compile(rf"[\"“”](?P<it>[\w.\-]{{3,30}})[\"“”]\s(?:on|off|from)\s(?:{platforms})\b", re.IGNORECASE)


@cache
def _explicit() -> "re.Pattern[str]":
    """Return a pattern for phrases that introduce a user name, such as "her gamertag is …" and "i know him as …"."""
    platforms = "|".join(sorted(map(re.escape, listed(PLATFORMS)), key=len, reverse=True))
    name = r"(?:user\s?name|user|gamer\s?tag|tag|handle|screen\s?name|ign)"
    named = rf"(?:{name}|(?:{platforms})\s{{1,3}}(?:name|user|acc|account|id|{name}))"
    more = r"(?:(?<!\.)\s(?-i:[A-Z]\w{0,40}|\d{1,40}\b)){0,3}"
    known = r"(?:(?:know|knows|knew|no|saved?)\s{1,3}(?:him|her|them)|known)\s{1,3}as"
    said = rf"(?:{named}(?:['’]s|\s{{1,3}}(?:is|was)|\s?[:=])|{known})"
    return re.compile(rf"\b{said}\s{{0,3}}[\"'“]?(?P<it>[a-z0-9_][\w.\-]{{2,30}}{more})", re.IGNORECASE)
