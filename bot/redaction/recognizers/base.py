"""Base classes for recognizers, and the spans that they find.

The structure (pattern, context, validator, table test) follows Presidio, whose current version cannot be installed
alongside the pydantic version that Rasa needs.
"""

import re
from typing import Iterator, NamedTuple, Protocol, Sequence


class Span(NamedTuple):
    """The kind and position of an identifier in a text. `end` is exclusive."""

    kind: str
    start: int
    end: int


class Recognizer(Protocol):
    """Finds spans of one kind."""

    kind: str

    def find(self, text: str) -> Iterator[Span]:
        """Yield every span of this kind in `text`."""


#: For recognizers whose matches all contain a digit. Four in five messages contain none.
A_DIGIT = re.compile(r"\d")


class PatternRecognizer:
    """Finds matches of several regular expressions. If a pattern has a group named `it`, the span is that group."""

    #: A pattern that occurs in or next to every identifier of this kind. Texts without it are skipped, because one
    #: search is faster than several.
    needs: "re.Pattern[str]" = re.compile("")

    def __init__(self, kind: str, patterns: Sequence[str], ignore_case: bool = True) -> None:
        """Compile the patterns."""
        self.kind = kind
        self._patterns = [re.compile(p, re.IGNORECASE if ignore_case else 0) for p in patterns]

    def find(self, text: str) -> Iterator[Span]:
        """See `Recognizer`."""
        return self.matches(text) if self.needs.search(text) else iter(())

    def matches(self, text: str) -> Iterator[Span]:
        """Yield every span in a text that matches `needs`. Subclasses may yield more."""
        for pattern in self._patterns:
            group = "it" if "it" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                start, end = match.span(group)
                if self.accepts(text[start:end]):
                    yield Span(self.kind, start, end)

    def accepts(self, found: str) -> bool:
        """Whether a match counts. Subclasses override this to validate matches."""
        return bool(found)
