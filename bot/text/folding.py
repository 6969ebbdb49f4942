"""Folds disguised spellings into plain words: "su1c!de", "k.i.l.l", "kill_myself", "ѕuісіdе", "k*ll", "ddiiee".

A word is folded if the result is an English word, unless the original is a number ("14yo", "3am"). It is also folded if
there are digits between letters where nobody would normally type them. Ambiguous words ("top5", "m3", "matt") are
folded only if the text contains another disguised word. Everything else is left unchanged. Folding takes linear time.
"""

import re
import unicodedata
from collections import defaultdict
from functools import cache
from itertools import islice, pairwise, product
from typing import AbstractSet, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple

import yaml

from bot.text.normalise import APOSTROPHES, without_accents
from bot.text.placeholders import PLACEHOLDER
from bot.text.words import COMMON_WORDS, ENGLISH_WORDS, HERE, listed

#: Words longer than this are not folded: no English word is that long, and trying takes time.
LONGEST = 40
#: Maximum number of readings to try for one word.
_TRIED = 32


class Word(NamedTuple):
    """A folded word in lower case, without accents or apostrophes, and its start and end in the text as typed."""

    said: str
    start: int
    end: int


class Folded(NamedTuple):
    """A text with its disguises removed, and its words with their positions in the text as typed."""

    text: str
    words: List[Word]


class _Edit(NamedTuple):
    """A replacement for a piece of text.

    `is_sure` is false if the text may be meant literally, and `is_said` is false if `put` contains no words.
    """

    start: int
    end: int
    put: str
    is_sure: bool = True
    is_said: bool = True


def fold(text: str) -> Folded:
    """Return `text` with its disguises removed."""
    plain, places = _characters(text)
    edits = _edits(plain)
    parts: List[str] = []
    words: List[Word] = []
    position = 0
    for edit in [*edits, _Edit(len(plain), len(plain), "")]:
        parts += [plain[position : edit.start], edit.put]
        words += [Word(said, places[start], places[end]) for said, start, end in _said(plain, position, edit.start)]
        put = edit.put if edit.is_said else ""
        words += [Word(said, places[edit.start], places[edit.end]) for said, _, _ in _said(put, 0, len(put))]
        position = edit.end
    return Folded("".join(parts), words)


# --- Words -----------------------------------------------------------------------------------------------------------

_QUOTES = APOSTROPHES + "`‘"
_SAID = re.compile(rf"(?:[^\W_]|[{_QUOTES}]){{1,4000}}")
_STRETCHED = re.compile(r"(.)\1{2,4000}")
_NO_QUOTES = str.maketrans("", "", _QUOTES)


def _said(text: str, start: int, end: int) -> Iterator[Tuple[str, int, int]]:
    """Yield the words in part of a text. Letters repeated three times or more are reduced to two."""
    for match in _SAID.finditer(text, start, end):
        said = match.group().lower()
        # Most words are English and need no change.
        if said not in _english():
            said = _STRETCHED.sub(r"\1\1", without_accents(said.translate(_NO_QUOTES)))
        elif not said.isalpha():
            said = said.translate(_NO_QUOTES)
        if said:
            yield said, match.start(), match.end()


@cache
def _disguises() -> Dict[str, Dict[str, str]]:
    read: Dict[str, Dict[str, str]] = yaml.safe_load((HERE / "disguises.yml").read_text(encoding="utf-8"))
    return read


@cache
def _starred() -> Tuple[str, ...]:
    return tuple(str(_disguises()["starred"]).split())


@cache
def _english() -> FrozenSet[str]:
    words = listed(COMMON_WORDS) | listed(ENGLISH_WORDS) | frozenset(_starred())
    return frozenset(word.replace("'", "") for word in words) | words | {"a", "i"}


@cache
def _spoken() -> FrozenSet[str]:
    """Return the words that a run of letters may be divided into. The only single-letter words are "a" and "i"."""
    words = (*listed(COMMON_WORDS), *_starred())
    return frozenset(word for word in words if word.isalpha() and len(word) > 1) | {"a", "i"}


# --- Characters ------------------------------------------------------------------------------------------------------

#: Invisible characters whose Unicode category does not mark them as invisible.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
#: White letters in black circles and squares, which Unicode does not normalise to letters.
_BOXED = {chr(first + n): chr(97 + n) for first in (0x1F150, 0x1F170) for n in range(26)}
_WORD = re.compile(r"\w{1,4000}")


@cache
def _lookalikes() -> Dict[int, str]:
    pairs = [(odd, letter) for letter, odds in _disguises()["lookalikes"].items() for odd in odds]
    large = [(odd.upper(), letter.upper()) for odd, letter in pairs if len(odd.upper()) == 1 and odd.upper() != odd]
    return {ord(odd): letter for odd, letter in large + pairs}


def _characters(text: str) -> "Tuple[str, List[int]]":
    """Return the text in plain characters, and each character's position in `text`.

    The list of positions ends with the length of `text`.
    """
    if text.isascii() and text.isprintable():
        return text, list(range(len(text) + 1))
    seen: List[str] = []
    places: List[int] = []
    for place, character in enumerate(text):
        kind = unicodedata.category(character)
        if character in _UNSEEN or (kind in ("Cf", "Cc", "Co", "Cs", "Cn") and character not in "\t\n\r"):
            continue
        if kind in ("Mn", "Me") and seen:
            whole = unicodedata.normalize("NFC", seen[-1] + character)
            if len(whole) == 1:
                seen[-1] = whole
                continue
            if _is_latin(seen[-1]):
                continue
        seen.append(_plain(character))
        places.append(place)
    return _unmixed("".join(seen)), [*places, len(text)]


def _plain(character: str) -> str:
    if character in _BOXED:
        return _BOXED[character]
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character


def _is_latin(character: str) -> bool:
    return character.isascii() or "LATIN" in unicodedata.name(character, "")


def _unmixed(text: str) -> str:
    """Replace characters that only look like Latin letters with the letters that they resemble."""
    if text.isascii():
        return text
    has_latin = any(c.isalpha() and _is_latin(c) for c in text)

    def latin(match: "re.Match[str]") -> str:
        word = match.group()
        read = word.translate(_lookalikes())
        if read == word:
            return word
        foreign = [c for c in word if c.isalpha() and not _is_latin(c)]
        if foreign and len(foreign) < len(word):
            return read
        # Polish uses "ł", and every letter of a Russian word may look Latin.
        is_english = read.lower() in _english() and (has_latin or len(read) > 3)
        return read if is_english else word

    return _WORD.sub(latin, text)


# --- Edits -----------------------------------------------------------------------------------------------------------

#: Links and e-mail addresses, which contain no words. `_OPAQUE` also covers redaction's placeholders.
_LINK = (
    r"(?<!\w)(?:\w{1,20}://|www\.)\S{0,4000}|(?<!\S)[^\s@]{1,64}@[a-z0-9-]{1,63}\.(?:com|co|uk|org|net|io)\b\S{0,4000}"
)
_OPAQUE = re.compile(rf"(?i)(?P<link>{_LINK})|{PLACEHOLDER.pattern}")
_POINTS = '.,;:?!"()'
_CHUNK = re.compile(r"\S{1,4000}")
_SIGNS = "".join(map(re.escape, "@$!|€£¢+"))
_LETTER = r"[^\W_269]|[@$!|€£]"
_MARKS = " .*_/,·•–—-"
#: Letters typed one by one: "s u i c i d e", "k.1.l.l".
_SPELT = re.compile(rf"(?<![^\W_])(?:(?:{_LETTER})[{re.escape(_MARKS)}]{{1,2}}){{2,500}}(?:{_LETTER})(?![^\W_])")
#: A piece of a word: letters, signs that stand for letters, and asterisks or similar marks.
_PIECE = re.compile(rf"(?:[^\W_]|[{_SIGNS}*#%^~{_QUOTES}]){{1,4000}}")
_STAR = re.compile(r"[*#%^~]")
_STARS = re.compile(r"[*#%^~]{1,4000}")
_ENDS = "*#%^~" + _QUOTES


def _edits(text: str) -> List[_Edit]:
    """Return the replacements for a text's disguises, in order."""
    edits: List[_Edit] = []
    position = 0
    for match in _OPAQUE.finditer(text):
        edits += _edits_between(text, position, match.start())
        if match.group("link"):
            edits.append(_Edit(*match.span(), match.group(), is_said=False))
        position = match.end()
    edits += _edits_between(text, position, len(text))
    hidden = any(edit.is_sure and edit.is_said and edit.put.strip() for edit in edits)
    return [edit for edit in edits if edit.is_sure or hidden]


def _edits_between(text: str, start: int, end: int) -> Iterator[_Edit]:
    position = start
    for match in _SPELT.finditer(text, start, end):
        said = _read_spelt(match.group())
        if said:
            yield from _edits_of_words(text, position, match.start())
            yield _Edit(*match.span(), said)
            position = match.end()
    yield from _edits_of_words(text, position, end)


def _edits_of_words(text: str, start: int, end: int) -> Iterator[_Edit]:
    for match in _CHUNK.finditer(text, start, end):
        # Most words are plain.
        if match.group().lower().strip(_POINTS) not in _english():
            yield from _edits_of_chunk(text, *match.span())


def _edits_of_chunk(text: str, start: int, end: int) -> Iterator[_Edit]:
    """Yield the edits for a piece of text that contains no spaces."""
    pieces = [_trimmed(match) for match in _PIECE.finditer(text, start, end)]
    pieces = [piece for piece in pieces if piece.put]
    if not pieces:
        return
    whole = _undivided(text, pieces) if len(pieces) > 1 else None
    if whole:
        yield _Edit(pieces[0].start, pieces[-1].end, whole)
        return
    if text[start] == "@" and _read(pieces[0].put) is None:
        # A user name contains no words.
        yield _Edit(start, end, text[start:end], is_said=False)
        return
    position = start
    for piece in pieces:
        yield from _spaces(text, position, piece.start)
        read = _read(piece.put)
        if read is not None:
            yield piece._replace(put=read[0], is_sure=read[1])
        position = piece.end
    yield from _spaces(text, position, end)


def _trimmed(match: "re.Match[str]") -> _Edit:
    """Return a piece without punctuation at either end."""
    written = match.group()
    inner = written.rstrip("!" + _ENDS) if not _STARS.search(written.strip(_ENDS)) else written
    # The asterisks in "k***" stand for letters, but those in "*kill*" show emphasis.
    if written[0] not in "*#%^~" and _STARS.search(written) and _by_stars(written.rstrip("!").lower()):
        inner = written.rstrip("!")
    left = len(inner) - len(inner.lstrip(_ENDS))
    inner = inner[left:]
    return _Edit(match.start() + left, match.start() + left + len(inner), inner)


def _undivided(text: str, pieces: List[_Edit]) -> Optional[str]:
    """Join a word divided by marks ("su.icide", "su-i-cide"). Return None for two words, or for "e-mail"."""
    gaps = {text[one.end : other.start] for one, other in pairwise(pieces)}
    parts = [_folded(piece.put) for piece in pieces]
    whole = "".join(parts)
    if not gaps <= set("._-·*") or all(len(part) > 1 and part in _english() for part in parts):
        return None
    is_word = whole in _english() and len(whole) > 4 and "-" not in gaps
    return whole if is_word or whole in _starred() else None


def _spaces(text: str, start: int, end: int) -> Iterator[_Edit]:
    """Yield edits that replace the underscores in part of a text with spaces."""
    for place in range(start, end):
        if text[place] == "_":
            yield _Edit(place, place + 1, " ")


# --- Readings --------------------------------------------------------------------------------------------------------


@cache
def _signs() -> Dict[str, str]:
    return {str(sign): letters for sign, letters in _disguises()["signs"].items()}


@cache
def _first_letters() -> Dict[int, str]:
    return {ord(sign): letters[0] for sign, letters in _signs().items()}


@cache
def _number() -> "re.Pattern[str]":
    units = "|".join(str(_disguises()["units"]).split())
    return re.compile(rf"\d{{0,4000}}(?:1st|2nd|3rd|\dth)|\d{{1,4000}}(?:{units})?")


def _folded(piece: str) -> str:
    """Return a piece in lower case after folding it."""
    read = _read(piece)
    return read[0] if read else piece.lower()


def _read(piece: str) -> "Optional[Tuple[str, bool]]":
    """Return a piece of a word without its disguise and whether that is certain, or None if it is not disguised."""
    low = piece.lower()
    bare = low.translate(_NO_QUOTES)
    if low in _english() or bare in _english() or not 1 < len(bare) <= LONGEST:
        return None
    if _STARS.search(bare):
        starred = _by_stars(bare)
        return (starred, True) if starred else None
    if bare.isalpha():
        return _read_letters(bare) if bare == low else None
    if not any(c.isalpha() for c in bare) or _number().fullmatch(bare):
        return None
    return _read_signs(bare)


def _read_letters(word: str) -> "Optional[Tuple[str, bool]]":
    if not word.isascii():
        plain = without_accents(word)
        accents = sum(one != other for one, other in zip(word, plain, strict=True)) if len(word) == len(plain) else 0
        return (plain, True) if accents > 1 and plain in _english() else None
    undoubled = _undoubled(word)
    if not undoubled:
        return None
    # A single extra letter is probably a slip, or part of a name.
    more = len(_TWICE.findall(word)) - len(_TWICE.findall(undoubled))
    return undoubled, more > 1 or undoubled in _starred() or _THRICE.search(word) is not None


def _read_signs(word: str) -> "Optional[Tuple[str, bool]]":
    if not all(c.isalpha() or c in _signs() for c in word):
        return None
    # In "m8" and "h8", the digit stands for a sound.
    choices = [c if c == "8" and len(word) < 4 else _signs().get(c, c) for c in word]
    for letters in islice(product(*choices), _TRIED):
        said = "".join(letters)
        said = said if said in _english() else _undoubled(said) or ""
        if said:
            return said, not _is_doubtful(word)
    return (word.translate(_first_letters()), True) if _hides_inside(word) else None


_LEADING = re.compile(r"\d([a-z]{3,4000})")
_TRAILING = re.compile(r"([a-z]{1,4000})\d{1,4000}")


def _is_doubtful(word: str) -> bool:
    """Whether a word with signs may be meant literally: "m3", "10c1", "p45", "top5", "4all"."""
    if len(word) < 3 or (len(word) < 5 and 2 * sum(c.isdigit() for c in word) > len(word)):
        return True
    leading, trailing = _LEADING.fullmatch(word), _TRAILING.fullmatch(word)
    return (leading is not None and leading.group(1) in _english()) or (
        trailing is not None and trailing.group(1) in _english()
    )


_INSIDE = re.compile(r"[a-z]{1,4000}(?:[013457@$]{1,2}[a-z]{1,4000}){1,4000}")
_LETTERS = re.compile(r"[a-z]{1,4000}")


def _hides_inside(word: str) -> bool:
    """Whether digits replace letters inside a misspelt word ("su1cidle") rather than separating two words."""
    parts = _LETTERS.findall(word)
    return (
        len(word) > 4
        and _INSIDE.fullmatch(word) is not None
        and not all(len(part) > 1 and part in _english() for part in parts)
        and not any(len(part) > 2 and part in _english() for part in parts)
    )


_TWICE, _THRICE = re.compile(r"(.)\1{1,4000}"), re.compile(r"(.)\1\1")
_RUNS = re.compile(r"(.)\1{0,4000}")


@cache
def _by_skeleton() -> Dict[str, List[str]]:
    """Map each skeleton (a word with repeated letters reduced to one) to its words, longest first."""
    found: Dict[str, List[str]] = defaultdict(list)
    for word in sorted(_spoken(), key=lambda word: (-len(word), word)):
        if len(word) > 2:
            found[_RUNS.sub(r"\1", word)].append(word)
    return dict(found)


def _undoubled(word: str) -> Optional[str]:
    """Return the word that was typed with extra repeated letters, or None if there is no such word."""
    typed = [len(match.group()) for match in _RUNS.finditer(word)]
    if max(typed) < 2:
        return None
    for guess in _by_skeleton().get(_RUNS.sub(r"\1", word), ()):
        if all(len(m.group()) <= length for m, length in zip(_RUNS.finditer(guess), typed, strict=True)):
            return guess
    return None


def _by_stars(word: str) -> Optional[str]:
    """Return the first word that fits if each mark hides one letter or, failing that, one or two letters.

    Return None if no word fits.
    """
    plain = word.translate(_first_letters())
    if not 3 <= len(word) <= LONGEST or not plain[0].isalpha() or not _STARS.sub("", plain).isalpha():
        return None
    for pattern in (_STAR.sub(".", plain), _STAR.sub(".{1,2}", plain)):
        fitting = re.compile(pattern)
        found = next((one for one in _starred() if fitting.fullmatch(one)), None)
        if found:
            return found
    return None


def _read_spelt(run: str) -> Optional[str]:
    """Return the words that a run of separated letters spells, or None if it spells none."""
    signs = [c for c in run.lower() if c.isalnum() or c in _signs()]
    letters = sum(c.isalpha() for c in signs)
    marks = {c for c in run if c in _MARKS}
    if letters * 2 < len(signs) or len(signs) > LONGEST or len(marks) > 1:
        return None
    for choice in islice(product(*(_signs().get(c, c) for c in signs)), _TRIED):
        said = "".join(choice)
        if said in _starred() or (len(said) > 3 and said in _english()):
            return said
        words = divide(said, _spoken()) if len(said) > 3 else []
        if words and len(words) * 2 <= len(said):
            return " ".join(words)
    return None


def divide(run: str, words: AbstractSet[str]) -> List[str]:
    """Divide `run` into as few of `words` as possible. Return an empty list if it cannot be divided."""
    fewest: List[Optional[List[str]]] = [[]] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            before, part = fewest[start], run[start:end]
            if before is not None and part in words:
                best = fewest[end]
                if best is None or len(before) + 1 < len(best):
                    fewest[end] = [*before, part]
    return fewest[-1] or []


_LONGEST_WORD = 20
