"""Lists of English words: those that people often type in the chat, and others."""

from functools import cache
from pathlib import Path
from typing import FrozenSet

HERE = Path(__file__).parent
#: Words that people type here, including misspellings but not names: those that occur twice or more in data/nlu and
#: content/.
COMMON_WORDS = HERE / "common_words.txt"
#: Other English words, from SCOWL.
ENGLISH_WORDS = HERE / "english_words.txt"


@cache
def listed(path: Path) -> FrozenSet[str]:
    """Read a list of words and phrases, which are in lower case; lines that start with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
