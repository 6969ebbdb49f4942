"""English words, as lists of the words that people type here and of others."""

from functools import cache
from pathlib import Path
from typing import FrozenSet

HERE = Path(__file__).parent
#: Words that those who write here use, as typed and without names: what data/nlu and content/ hold at least twice.
COMMON_WORDS = HERE / "common_words.txt"
#: English words beside those, from SCOWL.
ENGLISH_WORDS = HERE / "english_words.txt"


@cache
def listed(path: Path) -> FrozenSet[str]:
    """The words and phrases of a list, in lower case; lines that begin with # are notes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
