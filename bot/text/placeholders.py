"""The placeholders that redaction leaves in a text, such as "<name>". Each names the kind of text that was removed."""

import re
from typing import Iterable

#: Matches anything that looks like a placeholder. People hardly ever type such text.
PLACEHOLDER = re.compile(r"<[a-z_]{1,20}>")


def placeholder(kind: str) -> str:
    """Return the placeholder for a kind of identifier."""
    return f"<{kind}>"


def placeholders_of(kinds: Iterable[str]) -> "re.Pattern[str]":
    """Return a pattern that matches the placeholders for the given kinds, with the kind as its only group."""
    return re.compile(f"<({'|'.join(map(re.escape, sorted(set(kinds))))})>")


def without_placeholders(text: str) -> str:
    """Return `text` with each placeholder replaced by a space."""
    return PLACEHOLDER.sub(" ", text)
