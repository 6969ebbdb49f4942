"""What every recogniser is made of: spans, and patterns that find them.

The structure (pattern, context, validator, table test) is that of Presidio, whose current version cannot stand beside
Rasa's pydantic; see docs/decisions.
"""

import re
from typing import Iterator, NamedTuple, Protocol, Sequence


class Span(NamedTuple):
    """Something that identifies: its kind and where it stands, end excluded."""

    kind: str
    start: int
    end: int


class Recogniser(Protocol):
    """Finds spans of one kind."""

    kind: str

    def find(self, text: str) -> Iterator[Span]:
        """Every span of this kind in `text`."""


class PatternRecogniser:
    """Finds what one of several regular expressions matches; a group `it` narrows the span to a part."""

    def __init__(self, kind: str, patterns: Sequence[str], ignore_case: bool = True) -> None:
        """Compile the patterns."""
        self.kind = kind
        self._patterns = [re.compile(p, re.IGNORECASE if ignore_case else 0) for p in patterns]

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for pattern in self._patterns:
            group = "it" if "it" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                start, end = match.span(group)
                if self.accepts(text[start:end]):
                    yield Span(self.kind, start, end)

    def accepts(self, found: str) -> bool:
        """Whether a match is one; subclasses validate here."""
        return bool(found)
