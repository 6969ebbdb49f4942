"""Words that identify nobody, wherever they stand, and names that do."""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, TypeVar, cast

from bot.privacy.context import around
from bot.text.words import COMMON_WORDS, ENGLISH_WORDS, listed

HERE = Path(__file__).parent
#: Places, brands, kin and everyday words that stand where a name may stand and are none.
KEPT_WORDS = HERE / "kept_words.txt"
#: First names and short forms borne in the UK, in lower case, without those that are chiefly ordinary words.
FIRST_NAMES = HERE / "first_names.txt"
SURNAMES = HERE / "surnames.txt"
#: Phrases that hold a name and identify nobody: sayings, laws, charities, titles.
KEPT_PHRASES = HERE / "kept_phrases.txt"

#: Longer words are looked up as they are, not for their misspellings.
_LONGEST = 16
_LONGEST_SENTENCE = 60
_EDGES = " .,;:!?\"'()"


Asked = TypeVar("Asked", bound=Callable[..., Any])
#: More words than a text holds.
_MOST_WORDS = 8192
_remembered: List[Any] = []


def remembered(ask: Asked) -> Asked:
    """`ask`, which answers at once what it was asked before, until `forget` is called."""
    quick = lru_cache(maxsize=_MOST_WORDS)(ask)
    _remembered.append(quick)
    return cast(Asked, quick)


def forget() -> None:
    """Forget what was asked of words, which may identify a person; only while one text is read is it remembered."""
    for quick in _remembered:
        quick.cache_clear()


@lru_cache(maxsize=1)
def kept_phrases() -> "re.Pattern[str]":
    """What finds the phrases that are kept whole, in any case, and names of forums ("r/LegalAdviceUK")."""
    return re.compile(rf"\b(?:{_tree(listed(KEPT_PHRASES))}|(?<![\w/])r/\w{{3,30}})\b", re.IGNORECASE)


def _tree(phrases: Iterable[str]) -> str:
    """A pattern of `phrases`, the longest first; letters that several begin with are tried once for all of them."""
    ends: Dict[str, List[str]] = {}
    for phrase in sorted(phrases):
        ends.setdefault(phrase[:1], []).append(phrase[1:])
    may_end = ends.pop("", None) is not None
    branches = "|".join(re.escape(letter) + (_tree(rest) if rest != [""] else "") for letter, rest in ends.items())
    return f"(?:{branches}){'?' if may_end else ''}" if branches else ""


@remembered
def plain(word: str) -> str:
    """A word in lower case, without punctuation at its ends and without accents."""
    said = word.lower().replace("’", "'").strip(_EDGES)
    if said.isascii():
        return said
    return "".join(c for c in unicodedata.normalize("NFD", said) if not unicodedata.combining(c))


#: What an apostrophe adds to a word: "I've", "Bradford's". What else stands after one is part of a name ("o'dea").
_ADDED = frozenset(("s", "ve", "re", "ll", "d", "m", "t", ""))


def stem(said: str) -> str:
    """A plain word without what an apostrophe adds."""
    before, _, after = said.partition("'")
    return before if after in _ADDED else said


@remembered
def is_kept(word: str) -> bool:
    """Whether a word is kept whatever its case and without what an apostrophe adds ("Bradford's", "I've")."""
    said = plain(word)
    return said in listed(KEPT_WORDS) or stem(said) in listed(KEPT_WORDS)


@cache
def _places() -> FrozenSet[str]:
    """The first section of the kept words: nations, counties, towns and areas of the UK."""
    section = KEPT_WORDS.read_text(encoding="utf-8").split("\n# ")[1]
    return frozenset(section.splitlines()[1:])


def is_place(word: str) -> bool:
    """Whether a word is kept as a place in the UK."""
    return plain(word) in _places()


@remembered
def is_common(word: str) -> bool:
    """Whether people use a word who write here, or it is kept."""
    said = plain(word)
    return is_kept(said) or said in listed(COMMON_WORDS) or stem(said) in listed(COMMON_WORDS)


@remembered
def is_word(word: str) -> bool:
    """Whether a word is common here or English, also one of several parts ("seven-year-old")."""
    said = plain(word)
    if is_common(said) or said in listed(ENGLISH_WORDS) or stem(said) in listed(ENGLISH_WORDS) or "n't" in said:
        return True
    parts = said.split("-")
    return len(parts) > 1 and all(is_word(part) for part in parts)


def name_words() -> FrozenSet[str]:
    """First names that are words as well."""
    return around("names", "words") | around("names", "seldom_words")


@remembered
def is_first_name(word: str) -> bool:
    """Whether a word is a first name, also double ("ellie-may") or possessive ("kyles")."""
    said = stem(plain(word))
    first, *more = said.split("-")
    if more:
        return all(is_first_name(part) or part in name_words() for part in (first, *more))
    if said in listed(FIRST_NAMES):
        return True
    return said.endswith("s") and said[:-1] in listed(FIRST_NAMES) and said not in listed(ENGLISH_WORDS)


@remembered
def is_spoken(word: str) -> bool:
    """Whether a long unknown word is a sentence without its spaces ("idontwanttobehere").

    It begins with a word that sentences begin with, others that people use here follow, and no name stands at an end.
    """
    said = plain(word)
    if not 6 <= len(said) <= _LONGEST_SENTENCE or not said.isalpha() or is_word(said):
        return False
    beginnings = [said[:place] for place in range(1, len(said)) if _can_be_said(said[place:])]
    spoken = around("handles", "spoken")
    # "angelbaby" may be read from "an" on, but nobody would.
    if any(len(one) > 3 and one in listed(COMMON_WORDS) and one not in spoken for one in beginnings):
        return False
    if spoken.isdisjoint(beginnings):
        return False
    # "itsjade" and "ianlovescycling" are somebody's.
    return not any(
        (is_first_name(said[:place]) and _can_be_said(said[place:]))
        or (is_first_name(said[place:]) and _can_be_said(said[:place]))
        for place in range(3, len(said) - 2)
        if not (_is_said(said[:place]) and _is_said(said[place:]))
    )


def _can_be_said(said: str) -> bool:
    """Whether words of two letters and more stand in a row here that people use."""
    ends = {0}
    for end in range(2, len(said) + 1):
        if any(start in ends and _is_said(said[start:end]) for start in range(max(0, end - _LONGEST), end - 1)):
            ends.add(end)
    return len(said) in ends


def _is_said(part: str) -> bool:
    return part in around("handles", "spoken") or (len(part) > 2 and part in listed(COMMON_WORDS))


_INFLECTION = re.compile(r"(?:s|ed|ing|ers?)$")


@remembered
def is_joined(word: str) -> bool:
    """Whether a long unknown word is two others run together, as user names are ("moonlitbadger", "nadiaisback")."""
    said = plain(word)
    if not 8 <= len(said) <= 2 * _LONGEST or not said.isalpha() or is_word(said) or is_word(_INFLECTION.sub("", said)):
        return False
    return any(_is_part(said[:place]) and _is_part(said[place:]) for place in range(3, len(said) - 2))


def _is_part(word: str) -> bool:
    """Whether a user name may be made of a word: any that says something, or a name with "is back" after it."""
    if word in around("handles", "no_parts"):
        return False
    return len(word) > 2 and (word in listed(COMMON_WORDS) or word in listed(ENGLISH_WORDS) or is_first_name(word))


@remembered
def is_misspelt_name(word: str) -> bool:
    """Whether an unknown word is one slip of the fingers from a first name, and from no common word."""
    said = stem(plain(word))
    if not 5 <= len(said) <= _LONGEST or is_word(said) or is_misspelt_word(said):
        return False
    # A pet name: "jadey", "maddz".
    if said[-1] in "yoz" and (said[:-1] in listed(FIRST_NAMES) or said[:-1] in name_words()):
        return True
    return any(slip in listed(FIRST_NAMES) for slip in _slips(said))


@remembered
def is_misspelt_word(word: str) -> bool:
    """Whether a word is a common one as teenagers write it ("sooo", "nothin"), or one slip of the fingers from one."""
    said = stem(plain(word))
    if len(said) > _LONGEST:
        return False
    if any(is_word(guess) for guess in _respelt(said)):
        return True
    words = listed(COMMON_WORDS)
    return any(slip in words for slip in _slips(said))


def _respelt(word: str) -> Iterator[str]:
    """How a word that is written as it sounds may be spelt."""
    yield _REPEATED.sub(r"\1", word)
    yield _REPEATED.sub(r"\1\1", word)
    if word.endswith("in"):
        yield word + "g"
    if word.endswith(("z", "x")):
        yield word[:-1] + "s"
    if word.endswith("a"):
        yield word[:-1] + "er"
    if word.endswith("s"):
        yield word[:-1]


_REPEATED = re.compile(r"(.)\1{1,4000}")


def _slips(word: str) -> Iterator[str]:
    """Everything one slip away from a word."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for place in range(len(word) + 1):
        left, right = word[:place], word[place:]
        yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        for letter in letters:
            yield left + letter + right[1:]
            yield left + letter + right
