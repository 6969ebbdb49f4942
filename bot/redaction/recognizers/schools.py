"""Schools and clubs, found by a name before a kind of school, or by an unknown word after "i go to"."""

import re
from typing import Iterator, List, NamedTuple, Optional

from bot.redaction.lexicon import (
    context_words,
    is_allowed,
    is_common,
    is_first_name,
    is_misspelt_word,
    is_place,
    is_word,
)
from bot.redaction.recognizers.base import Span
from bot.text.normalise import with_straight_apostrophes

_SAINT = re.compile(
    r"\b(?:(?:st|saint)\.?\s{1,3}(?:[a-z]{1,30}\s(?:and|&)\s(?:st\.?\s)?)?[a-z]{1,30}|our\s{1,3}lady(?:['’]?s)?|holy\s{1,3}(?:trinity|family|cross|rood|name|ghost|"
    r"spirit|redeemer|child)|sacred\s{1,3}heart)(?:['’]?s)?(?:\s{1,3}of\s{1,3}(?:the\s{1,3})?[a-z]{1,30}(?:\s(?:conception|succour|counsel))?)?"
    r"(?:\s{1,3}(?:rc|c\s?of\s?e|ce|catholic|primary|high|grammar|infants?|juniors?|school|academy|college|church|girls|boys|sixth\sform)){0,8}\b",
    re.IGNORECASE,
)
_WELSH = re.compile(
    r"\bysgol(?:\s{1,3}[a-z]{1,30}){1,3}?(?=\s(?:and|n|in|is|but|he|she|they|who|keep\w{0,4}|share\w{0,4}|a)\b|[^\w\s]|$)",
    re.IGNORECASE,
)
#: Before these words, "St" means "Street", not "Saint".
_NO_SAINTS = frozenset("and in on at is was but or so then n with where near to for he she they we i".split())


class _Word(NamedTuple):
    start: int
    end: int
    written: str
    plain: str
    apart: bool
    """Whether punctuation separates this word from the previous one."""


_WITHIN_A_NAME, _COUNTED = re.compile(r"[\s&.]{1,3}"), re.compile(r"\d{1,9}(?:st|nd|rd|th)?")
_WORD = re.compile(r"[^\W_]{1,4000}(?:[-'’][^\W_]{1,4000}){0,2000}['’]?")


class SchoolRecognizer:
    """Names of schools and clubs."""

    kind = "school"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        for match in _SAINT.finditer(text):
            if match.group().lower().split()[1] not in _NO_SAINTS:
                yield Span(self.kind, *match.span())
        yield from (Span(self.kind, *match.span()) for match in _WELSH.finditer(text))
        words = _words(text)
        for place, word in enumerate(words):
            if word.plain in context_words("schools", "kinds") or word.plain in context_words("schools", "weak_kinds"):
                first = _first_of_name(words, place)
                if first is not None:
                    yield Span(self.kind, words[first].start, words[_last_of_name(words, place)].end)
            elif word.plain in context_words("schools", "gone_to"):
                run = _unknown_run(words, place + 1)
                if run is not None:
                    yield Span(self.kind, words[run].start, words[_last_of_name(words, run)].end)


def _words(text: str) -> List[_Word]:
    words: List[_Word] = []
    end = 0
    for match in _WORD.finditer(text):
        written = match.group()
        between = text[end : match.start()]
        apart = (
            not words
            or _WITHIN_A_NAME.fullmatch(between) is None
            or (between.startswith(". ") and words[-1].plain != "st")
        )
        said = with_straight_apostrophes(written.lower()).strip("'")
        words.append(_Word(match.start(), match.end(), written, said, apart))
        end = match.end()
    return words


def _first_of_name(words: List[_Word], kind: int) -> Optional[int]:
    """Return the index of the first word of a school's name, or None if no name precedes the kind of school."""
    first = None
    for place in range(kind - 1, max(-1, kind - 5), -1):
        if words[place + 1].apart or words[place].plain in context_words("schools", "no_names"):
            break
        word = words[place]
        naming = _is_naming(word, place == 0 or word.apart, words[kind].plain)
        if naming or (word.written[0].isupper() and first is not None):
            first = place
        elif word.plain not in context_words("schools", "in_names") and not _is_plain_part(word):
            break
    if first is not None:
        return first - 1 if first and _COUNTED.fullmatch(words[first - 1].plain) else first
    return _after_a_preposition(words, kind)


def _is_plain_part(word: _Word) -> bool:
    """Whether a common word can be part of a name, as in "twinkle toes" and "hollin bank"."""
    return len(word.plain) > 3 and word.plain not in context_words("schools", "no_parts")


def _is_naming(word: _Word, begins: bool, kind: str) -> bool:
    """Whether a word belongs to a name rather than to the sentence, because it is unknown, a place or capitalised."""
    said = word.plain
    if said in context_words("schools", "in_names") or said in context_words("schools", "kinds"):
        return (
            word.written[0].isupper()
            and not begins
            and said not in ("sixth", "6th")
            and kind not in context_words("schools", "weak_kinds")
        )
    if is_place(said):
        return kind in context_words("schools", "sure_kinds") and said not in context_words("schools", "regions")
    if is_allowed(said) or any(c.isdigit() for c in said):
        return False
    if word.written[0].isupper() and (not begins or not is_word(said)):
        return not word.written.isupper() or not is_word(said)
    if is_first_name(said) and not is_common(said):
        return kind not in context_words("schools", "spoken_of")
    return not is_word(said) and not is_misspelt_word(said)


def _after_a_preposition(words: List[_Word], kind: int) -> Optional[int]:
    """Return the start of a name made of ordinary words after a preposition ("at wolds edge sixth form"), or None."""
    said = words[kind].plain
    leading = "gone_to" if said in ("boys", "girls") else "prepositions"
    if said not in context_words("schools", "sure_kinds") and said not in ("boys", "girls"):
        return None
    for place in range(kind - 1, max(-1, kind - 5), -1):
        if words[place].plain in context_words("schools", leading) and place < kind - 1:
            between = words[place + 1 : kind]
            return place + 1 if len(between) > 1 or not is_common(between[0].plain) else None
        if words[place + 1].apart or words[place].plain in context_words("schools", "no_parts"):
            return None
    return None


def _last_of_name(words: List[_Word], kind: int) -> int:
    """Return the index of a name's last word. `kind` is the index of its kind of school, or of its first word."""
    last = kind
    while last + 1 < len(words) and not words[last + 1].apart:
        following = words[last + 1]
        part = following.plain in context_words("schools", "kinds") or following.plain in context_words(
            "schools", "in_names"
        )
        if not part and not (following.plain in context_words("schools", "ends") or _is_naming(following, False, "")):
            break
        last += 1
    while last > kind and words[last].plain in _JOINING:
        last -= 1
    return last


_JOINING = frozenset("of the and c e".split())


def _unknown_run(words: List[_Word], place: int) -> Optional[int]:
    """Return the start of a school's name after "i go", including any title ("bishop aldhelm's"), or None."""
    first = place
    while place < len(words) and place < first + 3 and words[place].plain in context_words("schools", "before_names"):
        place += 1
    if place == len(words) or words[place].plain in context_words("schools", "no_names"):
        return None
    starts = next((i for i in range(first, place + 1) if words[i].plain not in ("to", "the")), place)
    if _names_school(words, place, titled=starts < place):
        return starts
    return None


def _names_school(words: List[_Word], place: int, titled: bool) -> bool:
    """Whether the word after "i go" names a school: an unknown word, or a town before a word such as "moor"."""
    word = words[place]
    if is_first_name(word.plain) or word.plain[0].isdigit() or len(word.plain) < 4:
        return titled and is_first_name(word.plain)
    if is_place(word.plain):
        after = words[place + 1] if place + 1 < len(words) else word
        return (
            not after.apart
            and after.plain in context_words("schools", "in_names")
            and not is_allowed(f"{word.plain} {after.plain}")
        )
    return not is_word(word.plain) and not is_misspelt_word(word.plain)
