"""Names of people: by lists and by the words around them."""

import re
from typing import Iterator, List, NamedTuple

from bot.privacy.context import around
from bot.privacy.kept import (
    SURNAMES,
    is_common,
    is_first_name,
    is_kept,
    is_misspelt_name,
    is_misspelt_word,
    is_place,
    is_word,
    name_words,
    plain,
)
from bot.privacy.spans import Span
from bot.text.words import listed

_KIN = (
    r"(?:son|daughter|boy|girl|brother|sister|step\s?(?:son|daughter|dad|mum|brother|sister)|mum|dad|husband|wife|partner|"
    r"boyfriend|girlfriend|bf|gf|ex|friend|mate|bff|bestie|cousin|uncle|aunt(?:ie|y)?|nan|grandad|teacher|coach|neighbour|kid|child|"
    r"nephew|niece|grandson|granddaughter|pupil|student)"
)
_WORD = r"[^\W\d_][^\W\d_'’\-]{0,60}(?:['’\-][^\W\d_]{1,60}){0,2}"
_CAPITAL_WORD = r"(?:[A-Z]['’])?[A-ZÀ-Þ][^\W\d_]{1,60}(?:-[^\W\d_]{1,60}){0,2}"
_PARTICLES = r"(?:(?i:van|von|de|der|den|la|al|el|bin|ibn|ap)\s)"
_PARTICLE = re.compile(_PARTICLES)
_CAPITAL = rf"(?:[A-Z]\.?\s)?{_PARTICLES}{{0,2}}{_CAPITAL_WORD}(?:\s(?:[A-Z]\.?\s)?{_PARTICLES}{{0,2}}{_CAPITAL_WORD})?"

#: Whatever the letters' case: after these words comes a name.
_STRONG = re.compile(
    r"\b(?i:(?:my|his|her|their|the|whose|real|full|first|last|middle) name(?:['’]?s|\s{1,3}is|\s{1,3}was|\s{1,3}of)?|"
    r"name\s{1,3}(?:is|of)|"
    r"(?:he|she|they|who|is|are|s)(?:['’]?s|['’]?re)?\s{1,3}called|named|known as|goes by)\s{1,3}(?P<it>"
    rf"(?:[A-Za-z]\.?\s)?{_WORD}(?:\s{_CAPITAL_WORD})?)"
)
_TITLES = (
    r"mr|mrs|miss|ms|mx|dr|sir|dame|lord|lady|coach|uncle|auntie|aunty|aunt|father|rev|revd|reverend|canon|"
    r"pc|sgt|dc|ds|di|pcso|colonel|captain"
)
#: A capital letter is needed, since "my son is" and "im scared" are no names.
_CASED = re.compile(
    r"(?:\b(?i:i'?m|i am|im|this is|it'?s|called|from|met|with|and)\s{1,3}|"
    r"\b(?i:my|our|her|his|their|a|the)\s{1,3}(?i:\w{1,40}\s{1,3})?(?i:"
    + _KIN
    + rf")\s{{0,3}},?\s{{1,3}}|\b(?i:{_TITLES})\.?\s{{1,3}})(?P<it>{_CAPITAL})"
)


class NamePatternRecogniser:
    """Names by the words around them: "my name is", "called", kin and titles."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for match in _STRONG.finditer(text):
            if _may_be_called(match.group("it")):
                yield from without_kept(text, *match.span("it"))
        for match in _CASED.finditer(text):
            if not is_acronym(match.group("it")):
                yield from without_kept(text, *match.span("it"))


def _may_be_called(written: str) -> bool:
    """Whether what follows "is called" may be a name: no common word in lower case ("is called back")."""
    # An initial may stand first.
    said = plain(next((word for word in written.split() if len(word) > 1), ""))
    return bool(said) and (written[0].isupper() or not is_common(said) or said in name_words())


_TOKEN = re.compile(r"(?<!\w)[^\W\d_]{1,4000}(?:[-'’][^\W\d_]{1,4000}){0,2000}(?!\w)")


class Token(NamedTuple):
    """A word of a text: where it stands, as written and in lower case."""

    start: int
    end: int
    written: str
    plain: str


class ListedNameRecogniser:
    """Names in any case, by a list of first names, by their misspellings, and by the words beside an unknown word."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        tokens = [Token(*m.span(), m.group(), plain(m.group())) for m in _TOKEN.finditer(text)]
        known = [is_word(token.plain) for token in tokens]
        # In another language every word is unknown; names are guessed by their spelling only among words that are not.
        guess = 2 * sum(known) >= len(known)
        place = 0
        while place < len(tokens):
            if not self._is_name(text, tokens, known, place, guess):
                place += 1
                continue
            last = place
            while _goes_on(text, tokens, last):
                last += 1
            first = _begins(text, tokens, place)
            yield Span(self.kind, tokens[first].start, _end(tokens[last]))
            place = last + 1

    @staticmethod
    def _is_name(text: str, tokens: List[Token], known: List[bool], place: int, guess: bool) -> bool:
        token = tokens[place]
        said = token.plain.removesuffix("'s")
        beside = _beside(text, tokens, place)
        if beside.after == "law" or "n't" in said or is_kept(f"{said} {beside.after}"):
            return False
        if said in around("names", "towns") and beside.before in around("names", "of_places"):
            return False
        if said in around("names", "seldom_words"):
            return _is_no_word(token, beside)
        if said in around("names", "words"):
            return _is_person(said, token, beside)
        if _is_sure(said):
            return True
        if beside.before in around("names", "sure_titles") and said not in around("names", "no_names"):
            return True
        if beside.before in around("names", "titles") and said not in around("names", "no_names") and not is_word(said):
            return True
        if beside.before in _CALLED and beside.earlier not in around("names", "things") and not is_common(said):
            return True
        return not known[place] and guess and _is_guessed(token, beside)


class Beside(NamedTuple):
    """The words beside a word, and whether it begins a sentence."""

    earlier: str
    before: str
    after: str
    later: str
    begins: bool


def _beside(text: str, tokens: List[Token], place: int) -> Beside:
    words = ["", "", *(token.plain for token in tokens[max(0, place - 2) : place + 3]), "", ""]
    here = 2 + min(place, 2)
    between = text[tokens[place - 1].end : tokens[place].start] if place else "."
    begins = any(mark in between for mark in ".!?:\n")
    # A number or a placeholder between them parts two words.
    earlier, before = (words[here - 2], words[here - 1]) if _NEXT_TO.fullmatch(between) else ("", "")
    return Beside(earlier, before, words[here + 1], words[here + 2], begins)


_NEXT_TO = re.compile(r"[^\w<>]{0,4000}")


_PLACING = frozenset("in near around".split())
_CALLED = frozenset(("called", "named"))
_JOINING = frozenset(("and", "n", "or", "nd", "an"))


def _is_person(said: str, token: Token, beside: Beside) -> bool:
    """Whether a name that is a word as well is a name here, by the words beside it."""
    if said not in around("names", "modals") and (_is_joined(beside) or _is_told_of(beside)):
        return True
    if beside.before in around("names", "words_not_before") and not beside.begins:
        return False
    if _is_what_one_is_called(beside) or beside.after in around("names", "words_after"):
        return True
    if said in around("names", "modals"):
        return beside.before in around("names", "introducing")
    if beside.after in around("names", "words_after_also") or beside.before in around("names", "words_before"):
        return True
    if (beside.begins or beside.before in around("names", "clauses")) and said in around("names", "chiefly"):
        return beside.after in around("names", "after") | around("names", "verbs")
    return not beside.begins and token.written[0].isupper() and said not in around("names", "months")


def _is_no_word(token: Token, beside: Beside) -> bool:
    """Whether a name that is seldom a word here is one, unless the words beside it say that it is none."""
    if _is_told_of(beside):
        return True
    if _is_what_one_is_called(beside) or beside.before in around("names", "words_before") or _is_joined(beside):
        return beside.after not in ("in", "period")
    if token.written[0].isupper() and not beside.begins:
        return beside.before not in ("the", "a", "an") and beside.after not in around("names", "seldom_not_after")
    if beside.before in around("names", "seldom_not_before") and not beside.begins:
        return False
    if beside.before in _JOINING:
        return beside.after in around("names", "after")
    return beside.after not in around("names", "seldom_not_after") or beside.after in ("and", "my")


def _is_joined(beside: Beside) -> bool:
    """Whether "me" or a first name stands on the other side of an "and"."""
    if beside.before in _JOINING and (beside.earlier == "me" or _is_sure(beside.earlier)):
        return True
    return beside.after in _JOINING and (beside.later in ("me", "i") or _is_sure(beside.later))


def _is_told_of(beside: Beside) -> bool:
    """Whether what follows says so of a person only: "in my form", "my niece", "told"."""
    if beside.before in around("names", "determiners") and not beside.begins:
        return False
    if beside.after == "in" and beside.later in ("my", "year", "yr"):
        return True
    if beside.after in ("my", "our", "her", "his") and beside.later in around("names", "kin"):
        return True
    return beside.after in around("names", "words_after")


def _is_sure(word: str) -> bool:
    return len(word) > 1 and is_first_name(word) and not is_common(word)


def _is_what_one_is_called(beside: Beside) -> bool:
    """Whether it follows "call him", "calls herself"."""
    return beside.earlier.startswith("call") and beside.before in around("names", "called")


def _is_guessed(token: Token, beside: Beside) -> bool:
    """Whether an unknown word is a name by its spelling or by its neighbours."""
    if len(token.plain) < 3 or beside.before in _PLACING or is_acronym(token.written):
        return False
    if beside.before in _CALLED and beside.earlier in around("names", "things"):
        return False
    if is_misspelt_name(token.plain):
        return True
    if beside.before in around("names", "not_before"):
        return False
    near = (
        beside.before in around("names", "before")
        or beside.after in around("names", "after")
        or beside.before in around("names", "titles_that_are_words")
        or token.plain.endswith("'s")
        or (len(beside.after) > 1 and not is_word(beside.after) and not is_misspelt_word(beside.after))
    )
    return near and not is_misspelt_word(token.plain)


def is_acronym(written: str) -> bool:
    """Whether a word is written in capitals and short ("DSL")."""
    return written.isupper() and len(written) < 6


def _goes_on(text: str, tokens: List[Token], last: int) -> bool:
    """Whether the next word is part of the name: a surname, a second first name, an unknown one with a capital."""
    if last + 1 >= len(tokens):
        return False
    between = text[tokens[last].end : tokens[last + 1].start]
    if between.strip(" ") and not (between == ". " and len(tokens[last].written) == 1):
        return False
    following = tokens[last + 1]
    word, upper = following.plain, following.written[0].isupper()
    if len(word) == 1 and word not in "aixnu":
        return True
    if word in listed(SURNAMES) and (upper or not is_common(word)):
        return True
    if upper and is_kept(word):
        # A surname may be a town; it is none after a name in lower case, nor if it is an app's or a month's.
        return tokens[last].written[0].isupper() and not tokens[last].written.isupper() and is_place(word)
    if is_common(word):
        return False
    ends = text[following.end : following.end + 1] in ("", ".", ",", "!", "?")
    return is_first_name(word) or upper or not (is_word(word) or (is_misspelt_word(word) and not ends))


def _begins(text: str, tokens: List[Token], place: int) -> int:
    """Where a name begins whose first sure word stands at `place`: an initial or "big" may stand before it."""
    if not place or text[tokens[place - 1].end : tokens[place].start].strip(" ."):
        return place
    before = tokens[place - 1]
    initial = len(before.written) == 1 and before.written.isupper() and before.written != "I"
    unknown = before.written[0].isupper() and not is_word(before.plain)
    return place - 1 if initial or unknown or before.plain == "big" else place


def _end(token: Token) -> int:
    """Where a name ends: a possessive stays."""
    return token.end - 2 if token.written.replace("’", "'").endswith("'s") else token.end


_WRITTEN = re.compile(r"\S{1,4000}")


def without_kept(text: str, start: int, end: int) -> Iterator[Span]:
    """The find from `start` to `end` without kept words before the name; a surname may be a town ("Tom Preston")."""
    words = [match.span() for match in _WRITTEN.finditer(text[start:end])]
    if is_kept(text[start:end]):
        return
    while (
        words
        and is_kept(text[start + words[0][0] : start + words[0][1]])
        and not _PARTICLE.match(text, start + words[0][0])
    ):
        words.pop(0)
    if words:
        yield Span("name", start + words[0][0], start + words[-1][1])
