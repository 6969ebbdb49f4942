"""Words that identify nobody, wherever they stand, and names that do."""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import FrozenSet

HERE = Path(__file__).parent
#: Places, brands, kin and everyday words that stand where a name may stand and are none.
KEPT_WORDS = HERE / "kept_words.txt"
#: Words that those who write here use, as typed and without names: what data/nlu and content/ hold at least twice.
COMMON_WORDS = HERE / "common_words.txt"
#: First names and short forms borne in the UK, in lower case, without those that are chiefly ordinary words.
FIRST_NAMES = HERE / "first_names.txt"
SURNAMES = HERE / "surnames.txt"
#: Phrases that hold a name and identify nobody: sayings, laws, charities, titles.
KEPT_PHRASES = HERE / "kept_phrases.txt"

_EDGES = " .,;:!?\"'()"


@cache
def listed(path: Path) -> FrozenSet[str]:
    """The words and phrases of a list, in lower case; lines that begin with # are notes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@lru_cache(maxsize=1)
def kept_phrases() -> "re.Pattern[str]":
    """What finds the phrases that are kept whole, in any case."""
    phrases = sorted(listed(KEPT_PHRASES), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(re.escape(phrase) for phrase in phrases) + r")\b", re.IGNORECASE)


def plain(word: str) -> str:
    """A word in lower case, without punctuation at its ends and without accents."""
    folded = unicodedata.normalize("NFD", word.lower().replace("’", "'").strip(_EDGES))
    return "".join(character for character in folded if not unicodedata.combining(character))


def is_kept(word: str) -> bool:
    """Whether a word is kept whatever its case and without what an apostrophe adds ("Bradford's", "I've")."""
    said = plain(word)
    return said in listed(KEPT_WORDS) or said.split("'")[0] in listed(KEPT_WORDS)


def is_common(word: str) -> bool:
    """Whether people use a word who write here, or it is kept."""
    said = plain(word)
    return is_kept(word) or any(part in listed(COMMON_WORDS) for part in (said, said.split("'")[0]))


def is_first_name(word: str) -> bool:
    """Whether a word is a first name, also with the s of a possessive that lost its apostrophe ("kyles")."""
    said = plain(word).split("'")[0]
    return said in listed(FIRST_NAMES) or (said.endswith("s") and said[:-1] in listed(FIRST_NAMES))


def is_misspelt_name(word: str) -> bool:
    """Whether an uncommon word is one slip of the fingers from a first name, and from no common word."""
    said = plain(word).split("'")[0]
    if len(said) < 5 or is_common(said) or is_misspelt_word(said):
        return False
    return not _slips(said).isdisjoint(listed(FIRST_NAMES))


@lru_cache(maxsize=4096)
def is_misspelt_word(word: str) -> bool:
    """Whether a word is one slip of the fingers from a common one."""
    return not _slips(plain(word)).isdisjoint(listed(COMMON_WORDS))


def _slips(word: str) -> FrozenSet[str]:
    """Everything one slip away from a word."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    lost = {left + right[1:] for left, right in halves if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    wrong = {left + letter + right[1:] for left, right in halves if right for letter in letters}
    added = {left + letter + right for left, right in halves for letter in letters}
    return frozenset(lost | swapped | wrong | added)
