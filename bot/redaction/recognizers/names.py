"""People's names, found with word lists and context words."""

import re
from typing import Iterator, List, NamedTuple

from bot.redaction.lexicon import (
    SURNAMES,
    context_words,
    is_allowed,
    is_common,
    is_first_name,
    is_misspelt_name,
    is_misspelt_word,
    is_place,
    is_word,
    name_words,
    plain,
)
from bot.redaction.recognizers.base import Span
from bot.text.kinship import words_with_kin
from bot.text.normalise import with_straight_apostrophes
from bot.text.words import listed

_KIN = rf"(?:(?:step\s)?(?:{'|'.join(words_with_kin('{kin} boy girl teacher coach neighbour'))}))"
_WORD = r"[^\W\d_][^\W\d_'’\-]{0,60}(?:['’\-][^\W\d_]{1,60}){0,2}"
_CAPITAL_WORD = r"(?:[A-Z]['’])?[A-ZÀ-Þ][^\W\d_]{1,60}(?:-[^\W\d_]{1,60}){0,2}"
_PARTICLES = r"(?:(?i:van|von|de|der|den|la|al|el|bin|ibn|ap)\s)"
_PARTICLE = re.compile(_PARTICLES)
_CAPITAL = rf"(?:[A-Z]\.?\s)?{_PARTICLES}{{0,2}}{_CAPITAL_WORD}(?:\s(?:[A-Z]\.?\s)?{_PARTICLES}{{0,2}}{_CAPITAL_WORD})?"

#: Phrases that introduce a name, whether or not the name is capitalised.
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
#: After these phrases, the next word is a name only if it is capitalised, because it is often an ordinary word, as in
#: "my son is" and "im scared".
_CASED = re.compile(
    r"(?:\b(?i:i'?m|i am|im|this is|it'?s|called|from|met|with|and)\s{1,3}|"
    r"\b(?i:my|our|her|his|their|a|the)\s{1,3}(?i:\w{1,40}\s{1,3})?(?i:"
    + _KIN
    + rf")\s{{0,3}},?\s{{1,3}}|\b(?i:{_TITLES})\.?\s{{1,3}})(?P<it>{_CAPITAL})"
)


class NamePatternRecognizer:
    """Names after "my name is", "called", kinship words and titles."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        for match in _STRONG.finditer(text):
            if _may_be_called(match.group("it")):
                yield from trim_allowed(text, *match.span("it"))
        for match in _CASED.finditer(text):
            if not is_acronym(match.group("it")):
                yield from trim_allowed(text, *match.span("it"))


def _may_be_called(written: str) -> bool:
    """Whether a phrase after "is called" may be a name, rather than a lower-case common word ("is called back")."""
    # The first word may be an initial.
    said = plain(next((word for word in written.split() if len(word) > 1), ""))
    return bool(said) and (written[0].isupper() or not is_common(said) or said in name_words())


_TOKEN = re.compile(r"(?<!\w)[^\W\d_]{1,4000}(?:[-'’][^\W\d_]{1,4000}){0,2000}(?!\w)")


class Token(NamedTuple):
    """A word in a text, with its position, its spelling as written, and its plain form."""

    start: int
    end: int
    written: str
    plain: str


class ListedNameRecognizer:
    """Names in upper or lower case: listed first names, their misspellings, and unknown words next to context words."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        tokens = [Token(*m.span(), m.group(), plain(m.group())) for m in _TOKEN.finditer(text)]
        known = [is_word(token.plain) for token in tokens]
        # In a foreign language every word is unknown, so guess names only if at least half the words are known.
        guess = 2 * sum(known) >= len(known)
        place = 0
        while place < len(tokens):
            if not self._is_name(text, tokens, known, place, guess):
                place += 1
                continue
            last = place
            while _continues(text, tokens, last):
                last += 1
            first = _first_token(text, tokens, place)
            yield Span(self.kind, tokens[first].start, _end(tokens[last]))
            place = last + 1

    @staticmethod
    def _is_name(text: str, tokens: List[Token], known: List[bool], place: int, guess: bool) -> bool:
        token = tokens[place]
        said = token.plain.removesuffix("'s")
        neighbours = _neighbours(text, tokens, place)
        if neighbours.after == "law" or "n't" in said or is_allowed(f"{said} {neighbours.after}"):
            return False
        if _is_in(said, "towns") and _is_in(neighbours.before, "of_places"):
            return False
        if _is_in(said, "seldom_words"):
            return _is_no_word(token, neighbours)
        if _is_in(said, "words"):
            return _is_person(said, token, neighbours)
        if _is_sure(said) or _is_titled(said, neighbours) or _is_called(said, neighbours):
            return True
        return not known[place] and guess and _is_guessed(token, neighbours)


class Neighbours(NamedTuple):
    """The two words on either side of a word, and whether it begins a sentence."""

    earlier: str
    before: str
    after: str
    later: str
    begins: bool


def _neighbours(text: str, tokens: List[Token], place: int) -> Neighbours:
    words = ["", "", *(token.plain for token in tokens[max(0, place - 2) : place + 3]), "", ""]
    here = 2 + min(place, 2)
    between = text[tokens[place - 1].end : tokens[place].start] if place else "."
    begins = any(mark in between for mark in ".!?:\n")
    # Words with a number or a placeholder between them are not neighbours.
    earlier, before = (words[here - 2], words[here - 1]) if _NEXT_TO.fullmatch(between) else ("", "")
    return Neighbours(earlier, before, words[here + 1], words[here + 2], begins)


_NEXT_TO = re.compile(r"[^\w<>]{0,4000}")


_PLACING = frozenset("in near around".split())
_CALLED = frozenset(("called", "named"))
_JOINING = frozenset(("and", "n", "or", "nd", "an"))


def _is_in(word: str, *lists: str) -> bool:
    """Whether a word is on any of these `names` lists in `context.yml`."""
    return any(word in context_words("names", name) for name in lists)


def _is_titled(said: str, neighbours: Neighbours) -> bool:
    """Whether the word follows a title and may be a surname."""
    if _is_in(said, "no_names"):
        return False
    return _is_in(neighbours.before, "sure_titles") or (_is_in(neighbours.before, "titles") and not is_word(said))


def _is_called(said: str, neighbours: Neighbours) -> bool:
    """Whether the word follows "called" or "named" as the name of a person, rather than of a thing."""
    return neighbours.before in _CALLED and not _is_in(neighbours.earlier, "things") and not is_common(said)


def _is_person(said: str, token: Token, neighbours: Neighbours) -> bool:
    """Whether a name that is also an ordinary word is a name here, judging by its neighbours."""
    if not _is_in(said, "modals") and (_is_joined(neighbours) or _is_followed_as_person(neighbours)):
        return True
    if _is_in(neighbours.before, "words_not_before") and not neighbours.begins:
        return False
    if _follows_call(neighbours) or _is_in(neighbours.after, "words_after"):
        return True
    if _is_in(said, "modals"):
        return _is_in(neighbours.before, "introducing")
    if _is_in(neighbours.after, "words_after_also") or _is_in(neighbours.before, "words_before"):
        return True
    if (neighbours.begins or _is_in(neighbours.before, "clauses")) and _is_in(said, "chiefly"):
        return _is_in(neighbours.after, "after", "verbs")
    return not neighbours.begins and token.written[0].isupper() and not _is_in(said, "months")


def _is_no_word(token: Token, neighbours: Neighbours) -> bool:
    """Whether a name that is rarely an ordinary word is a name here: yes, unless its neighbours show otherwise."""
    if _is_followed_as_person(neighbours):
        return True
    if _follows_call(neighbours) or _is_in(neighbours.before, "words_before") or _is_joined(neighbours):
        return neighbours.after not in ("in", "period")
    if token.written[0].isupper() and not neighbours.begins:
        return neighbours.before not in ("the", "a", "an") and not _is_in(neighbours.after, "seldom_not_after")
    if _is_in(neighbours.before, "seldom_not_before") and not neighbours.begins:
        return False
    if neighbours.before in _JOINING:
        return _is_in(neighbours.after, "after")
    return not _is_in(neighbours.after, "seldom_not_after") or neighbours.after in ("and", "my")


def _is_joined(neighbours: Neighbours) -> bool:
    """Whether "and" or "or" joins the word to "me" or a first name."""
    if neighbours.before in _JOINING and (neighbours.earlier == "me" or _is_sure(neighbours.earlier)):
        return True
    return neighbours.after in _JOINING and (neighbours.later in ("me", "i") or _is_sure(neighbours.later))


def _is_followed_as_person(neighbours: Neighbours) -> bool:
    """Whether the next words can only follow a person's name, like "in my form", "my niece" and "told"."""
    if _is_in(neighbours.before, "determiners") and not neighbours.begins:
        return False
    if neighbours.after == "in" and neighbours.later in ("my", "year", "yr"):
        return True
    if neighbours.after in ("my", "our", "her", "his") and _is_in(neighbours.later, "kin"):
        return True
    return _is_in(neighbours.after, "words_after")


def _is_sure(word: str) -> bool:
    return len(word) > 1 and is_first_name(word) and not is_common(word)


def _follows_call(neighbours: Neighbours) -> bool:
    """Whether the word follows "call him" or "calls herself"."""
    return neighbours.earlier.startswith("call") and _is_in(neighbours.before, "called")


def _is_guessed(token: Token, neighbours: Neighbours) -> bool:
    """Whether the spelling or neighbours of an unknown word suggest that it is a name."""
    if len(token.plain) < 3 or neighbours.before in _PLACING or is_acronym(token.written):
        return False
    if neighbours.before in _CALLED and _is_in(neighbours.earlier, "things"):
        return False
    if is_misspelt_name(token.plain):
        return True
    if _is_in(neighbours.before, "not_before"):
        return False
    near = (
        _is_in(neighbours.before, "before", "titles_that_are_words")
        or _is_in(neighbours.after, "after")
        or token.plain.endswith("'s")
        or (len(neighbours.after) > 1 and not is_word(neighbours.after) and not is_misspelt_word(neighbours.after))
    )
    return near and not is_misspelt_word(token.plain)


def is_acronym(written: str) -> bool:
    """Whether a word is short and all in capitals ("DSL")."""
    return written.isupper() and len(written) < 6


def _continues(text: str, tokens: List[Token], last: int) -> bool:
    """Whether the next word continues the name: a surname, another first name or an unknown word."""
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
    if upper and is_allowed(word):
        # After a capitalised name, a town can be a surname. Other allowed words, such as apps and months, cannot.
        return tokens[last].written[0].isupper() and not tokens[last].written.isupper() and is_place(word)
    if is_common(word):
        return False
    ends = text[following.end : following.end + 1] in ("", ".", ",", "!", "?")
    return is_first_name(word) or upper or not (is_word(word) or (is_misspelt_word(word) and not ends))


def _first_token(text: str, tokens: List[Token], place: int) -> int:
    """Return the index of a name's first word, including any initial, unknown word or "big" just before `place`."""
    if not place or text[tokens[place - 1].end : tokens[place].start].strip(" ."):
        return place
    before = tokens[place - 1]
    initial = len(before.written) == 1 and before.written.isupper() and before.written != "I"
    unknown = before.written[0].isupper() and not is_word(before.plain)
    return place - 1 if initial or unknown or before.plain == "big" else place


def _end(token: Token) -> int:
    """Return the end of a name, excluding a possessive "'s"."""
    return token.end - 2 if with_straight_apostrophes(token.written).endswith("'s") else token.end


_WRITTEN = re.compile(r"\S{1,4000}")


def trim_allowed(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a match without any allowed words at its start, or nothing if the whole match is allowed.

    Keep allowed words later in the match, because a surname may also be a town ("Tom Preston").
    """
    words = [match.span() for match in _WRITTEN.finditer(text[start:end])]
    if is_allowed(text[start:end]):
        return
    while (
        words
        and is_allowed(text[start + words[0][0] : start + words[0][1]])
        and not _PARTICLE.match(text, start + words[0][0])
    ):
        words.pop(0)
    if words:
        yield Span("name", start + words[0][0], start + words[-1][1])
