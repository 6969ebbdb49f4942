"""Lists of English words: common ones that people type here, and others."""

from functools import cache
from pathlib import Path
from typing import FrozenSet

HERE = Path(__file__).parent
#: Words that people type here, misspellings included and names left out: those at least twice in data/nlu and content/.
COMMON_WORDS = HERE / "common_words.txt"
#: Other English words, from SCOWL.
ENGLISH_WORDS = HERE / "english_words.txt"


@cache
def listed(path: Path) -> FrozenSet[str]:
    """Read the words and phrases of a list, in lower case; lines that start with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
