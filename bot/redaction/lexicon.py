"""Word lists used for redaction: words that identify nobody, names, and words that appear around identifiers.

The lists are in `word_lists/`. Lookups are cached only while one text is being read, because a word may identify a
person.
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, TypeVar, cast

import yaml

from bot.text.kinship import words_with_kin
from bot.text.normalise import with_straight_apostrophes, without_accents
from bot.text.words import COMMON_WORDS, ENGLISH_WORDS, listed

WORD_LISTS = Path(__file__).parent / "word_lists"
#: Places, brands, kinship words and everyday words that can appear in place of a name but are not names.
ALLOWED_WORDS = WORD_LISTS / "allowed_words.txt"
#: First names and short forms used in the UK, in lower case, except those that are mainly ordinary words.
FIRST_NAMES = WORD_LISTS / "first_names.txt"
SURNAMES = WORD_LISTS / "surnames.txt"
#: Phrases that contain a name but identify nobody, such as sayings, laws, charities and titles.
ALLOWED_PHRASES = WORD_LISTS / "allowed_phrases.txt"
#: Words that appear around an identifier and show what it is, grouped by kind and then by list name.
CONTEXT_WORDS = WORD_LISTS / "context.yml"

#: Longer words are not checked for misspellings.
_LONGEST = 16
_LONGEST_SENTENCE = 60
_EDGES = " .,;:!?\"'()"

Function = TypeVar("Function", bound=Callable[..., Any])
#: Maximum number of cached results, chosen to be larger than the number of words in any text.
_CACHE_SIZE = 8192
_clear: List[Callable[[], None]] = []


def cached_per_text(function: Function) -> Function:
    """Return `function` wrapped in a cache that `clear_caches` empties."""
    cached = lru_cache(maxsize=_CACHE_SIZE)(function)
    _clear.append(cached.cache_clear)
    return cast(Function, cached)


def clear_caches() -> None:
    """Empty every cache. Called after each text, because a cached word may identify a person."""
    for clear in _clear:
        clear()


@cache
def _context_words() -> Dict[str, Dict[str, FrozenSet[str]]]:
    sections = yaml.safe_load(CONTEXT_WORDS.read_text(encoding="utf-8"))
    return {
        kind: {name: frozenset(words_with_kin(str(words))) for name, words in lists.items()}
        for kind, lists in sections.items()
    }


def context_words(kind: str, name: str) -> FrozenSet[str]:
    """Return a list from `context.yml`, such as the words that precede names for `context_words("names", "before")`."""
    return _context_words()[kind][name]


@lru_cache(maxsize=1)
def allowed_phrases() -> "re.Pattern[str]":
    """Return a case-insensitive pattern for phrases that are never redacted and for forum names ("r/LegalAdviceUK")."""
    return re.compile(rf"\b(?:{_tree(listed(ALLOWED_PHRASES))}|(?<![\w/])r/\w{{3,30}})\b", re.IGNORECASE)


def _tree(phrases: Iterable[str]) -> str:
    """Return a pattern that matches the longest of `phrases`. It is built as a trie, to match shared prefixes once."""
    ends: Dict[str, List[str]] = {}
    for phrase in sorted(phrases):
        ends.setdefault(phrase[:1], []).append(phrase[1:])
    may_end = ends.pop("", None) is not None
    branches = "|".join(re.escape(letter) + (_tree(rest) if rest != [""] else "") for letter, rest in ends.items())
    return f"(?:{branches}){'?' if may_end else ''}" if branches else ""


@cached_per_text
def plain(word: str) -> str:
    """Return a word in lower case, without accents or leading and trailing punctuation."""
    return without_accents(with_straight_apostrophes(word.lower()).strip(_EDGES))


#: Endings that can follow an apostrophe: "I've", "Bradford's". Anything else is part of a name ("o'dea").
_ADDED = frozenset(("s", "ve", "re", "ll", "d", "m", "t", ""))


def stem(said: str) -> str:
    """Remove an ending such as "'s" or "'ve" from a plain word."""
    before, _, after = said.partition("'")
    return before if after in _ADDED else said


@cached_per_text
def is_allowed(word: str) -> bool:
    """Whether a word is on the allow list, ignoring case and endings, as in "Bradford's" and "I've"."""
    said = plain(word)
    return said in listed(ALLOWED_WORDS) or stem(said) in listed(ALLOWED_WORDS)


@cache
def _places() -> FrozenSet[str]:
    """Return the first section of the allow list: UK nations, counties, towns and areas."""
    section = ALLOWED_WORDS.read_text(encoding="utf-8").split("\n# ")[1]
    return frozenset(section.splitlines()[1:])


def is_place(word: str) -> bool:
    """Whether a word is on the allow list as a place in the UK."""
    return plain(word) in _places()


@cached_per_text
def is_common(word: str) -> bool:
    """Whether a word is common in messages to this service, or on the allow list."""
    said = plain(word)
    return is_allowed(said) or said in listed(COMMON_WORDS) or stem(said) in listed(COMMON_WORDS)


@cached_per_text
def is_word(word: str) -> bool:
    """Whether a word is common or English. A hyphenated word counts if each of its parts does ("seven-year-old")."""
    said = plain(word)
    if is_common(said) or said in listed(ENGLISH_WORDS) or stem(said) in listed(ENGLISH_WORDS) or "n't" in said:
        return True
    parts = said.split("-")
    return len(parts) > 1 and all(is_word(part) for part in parts)


def name_words() -> FrozenSet[str]:
    """Return the first names that are also ordinary words."""
    return context_words("names", "words") | context_words("names", "seldom_words")


@cached_per_text
def is_first_name(word: str) -> bool:
    """Whether a word is a first name, including double names ("ellie-may") and possessives ("kyles")."""
    said = stem(plain(word))
    first, *more = said.split("-")
    if more:
        return all(is_first_name(part) or part in name_words() for part in (first, *more))
    if said in listed(FIRST_NAMES):
        return True
    return said.endswith("s") and said[:-1] in listed(FIRST_NAMES) and said not in listed(ENGLISH_WORDS)


@cached_per_text
def is_unspaced_sentence(word: str) -> bool:
    """Whether a long unknown word is a sentence without spaces ("idontwanttobehere").

    It must start with a word that often begins a sentence, and the rest must consist of common words. It must not start
    or end with a name.
    """
    said = plain(word)
    if not 6 <= len(said) <= _LONGEST_SENTENCE or not said.isalpha() or is_word(said):
        return False
    beginnings = [said[:place] for place in range(1, len(said)) if _is_segmentable(said[place:])]
    spoken = context_words("handles", "spoken")
    # "angelbaby" could be split after "an", but nobody would read it that way.
    if any(len(one) > 3 and one in listed(COMMON_WORDS) and one not in spoken for one in beginnings):
        return False
    if spoken.isdisjoint(beginnings):
        return False
    # "itsjade" and "ianlovescycling" are user names.
    return not any(
        (is_first_name(said[:place]) and _is_segmentable(said[place:]))
        or (is_first_name(said[place:]) and _is_segmentable(said[:place]))
        for place in range(3, len(said) - 2)
        if not (_is_said(said[:place]) and _is_said(said[place:]))
    )


def _is_segmentable(said: str) -> bool:
    """Whether a text without spaces can be split into common words of two letters or more."""
    ends = {0}
    for end in range(2, len(said) + 1):
        if any(start in ends and _is_said(said[start:end]) for start in range(max(0, end - _LONGEST), end - 1)):
            ends.add(end)
    return len(said) in ends


def _is_said(part: str) -> bool:
    return part in context_words("handles", "spoken") or (len(part) > 2 and part in listed(COMMON_WORDS))


_INFLECTION = re.compile(r"(?:s|ed|ing|ers?)$")


@cached_per_text
def is_compound(word: str) -> bool:
    """Whether a long unknown word is two words run together, as in user names ("moonlitbadger", "nadiaisback")."""
    said = plain(word)
    if not 8 <= len(said) <= 2 * _LONGEST or not said.isalpha() or is_word(said) or is_word(_INFLECTION.sub("", said)):
        return False
    return any(_is_part(said[:place]) and _is_part(said[place:]) for place in range(3, len(said) - 2))


def _is_part(word: str) -> bool:
    """Whether a word can be half of a user name: a common word, an English word or a first name."""
    if word in context_words("handles", "no_parts"):
        return False
    return len(word) > 2 and (word in listed(COMMON_WORDS) or word in listed(ENGLISH_WORDS) or is_first_name(word))


@cached_per_text
def is_misspelt_name(word: str) -> bool:
    """Whether an unknown word is one typo away from a first name but not from a common word."""
    said = stem(plain(word))
    if not 5 <= len(said) <= _LONGEST or is_word(said) or is_misspelt_word(said):
        return False
    # Nicknames such as "jadey" and "maddz".
    if said[-1] in "yoz" and (said[:-1] in listed(FIRST_NAMES) or said[:-1] in name_words()):
        return True
    return any(edit in listed(FIRST_NAMES) for edit in _edits(said))


@cached_per_text
def is_misspelt_word(word: str) -> bool:
    """Whether a word is spelt informally ("sooo", "nothin") or is one typo away from a common word."""
    said = stem(plain(word))
    if len(said) > _LONGEST:
        return False
    if any(is_word(guess) for guess in _respellings(said)):
        return True
    words = listed(COMMON_WORDS)
    return any(edit in words for edit in _edits(said))


def _respellings(word: str) -> Iterator[str]:
    """Yield possible standard spellings of a word that is written as it sounds."""
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


def _edits(word: str) -> Iterator[str]:
    """Yield every string that is one deletion, transposition, substitution or insertion away from a word."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for place in range(len(word) + 1):
        left, right = word[:place], word[place:]
        yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        for letter in letters:
            yield left + letter + right[1:]
            yield left + letter + right
