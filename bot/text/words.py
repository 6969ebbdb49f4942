"""Two lists of English words: words that people often type in the chat, and other words."""

from functools import cache
from pathlib import Path
from typing import FrozenSet

HERE = Path(__file__).parent
#: Words that people type here, including misspellings but not names. Each occurs at least twice in data/nlu and
#: content/.
COMMON_WORDS = HERE / "common_words.txt"
#: Other English words, from SCOWL.
ENGLISH_WORDS = HERE / "english_words.txt"


@cache
def listed(path: Path) -> FrozenSet[str]:
    """Read a list of lower-case words and phrases. Lines that start with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
