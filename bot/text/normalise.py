"""The steps by which texts are made comparable; the search index hashes their result, so a change needs a new index."""

import unicodedata

#: The apostrophes that phones and keyboards write.
APOSTROPHES = "'’"
_STRAIGHT = str.maketrans("’", "'")
_NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)


def without_accents(text: str) -> str:
    """`text` without accents on its letters, and with plain letters for letters in another form ("ﬁ")."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def with_straight_apostrophes(text: str) -> str:
    """`text` with "'" for every apostrophe; it keeps its length."""
    return text.translate(_STRAIGHT)


def without_apostrophes(text: str) -> str:
    """`text` without apostrophes: "don’t" is "dont"."""
    return text.translate(_NO_APOSTROPHES)
