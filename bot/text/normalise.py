"""Normalises texts for comparison. The search index hashes the results, so it must be rebuilt after a change here."""

import unicodedata

#: The apostrophes that people type on phones and keyboards.
APOSTROPHES = "'’"
_STRAIGHT = str.maketrans("’", "'")
_NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)


def without_accents(text: str) -> str:
    """Return `text` with accents removed and special forms of letters, such as "ﬁ", replaced by plain letters."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def with_straight_apostrophes(text: str) -> str:
    """Return `text` with every apostrophe replaced by "'", which leaves its length unchanged."""
    return text.translate(_STRAIGHT)


def without_apostrophes(text: str) -> str:
    """Return `text` without apostrophes: "don’t" becomes "dont"."""
    return text.translate(_NO_APOSTROPHES)
