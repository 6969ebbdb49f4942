"""The placeholders that redaction leaves in a text: the kind of what was taken out, in angle brackets: "<name>"."""

import re
from typing import Iterable

#: Anything that looks like a placeholder; people hardly ever type it.
PLACEHOLDER = re.compile(r"<[a-z_]{1,20}>")


def placeholder(kind: str) -> str:
    """The placeholder of a kind."""
    return f"<{kind}>"


def placeholders_of(kinds: Iterable[str]) -> "re.Pattern[str]":
    """A pattern of the placeholders of some kinds, with the kind as its only group."""
    return re.compile(f"<({'|'.join(map(re.escape, sorted(set(kinds))))})>")


def without_placeholders(text: str) -> str:
    """`text` with a space for each placeholder."""
    return PLACEHOLDER.sub(" ", text)
