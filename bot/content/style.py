"""House style as a lint: content/en/style.yml says what never to write and what to write instead."""

import re
from typing import Iterator, List

from bot.content.models import Style
from bot.content.reader import Document, Problem

#: Files and fields that hold facts, patterns or notes for editors rather than words people read.
_NOT_READ_FILES = frozenset(("en/style.yml", "topics.yml", "sources.yml", "referral.yml"))
_NOT_READ_FIELDS = frozenset(("phone", "text", "url", "doubts", "sources", "id", "topics", "intents", "topic", "sites"))


class Lint:
    """The rules, compiled."""

    def __init__(self, style: Style) -> None:
        """Compile the rules of `style`."""
        flags = re.IGNORECASE | re.MULTILINE
        self._rules = [(re.compile(rule.never, flags), rule.instead) for rule in style.rules]
        # Nearly every text breaks none: one look for all of them is many times faster.
        self._any = re.compile("|".join(f"(?:{rule.never})" for rule in style.rules), flags)

    def check(self, name: str, document: Document) -> List[Problem]:
        """Every breach in a document; `name` is its path within content/."""
        if name in _NOT_READ_FILES:
            return []
        return [
            Problem(document.name, document.line(path), f"holds {found}")
            for path, text in document.texts()
            if path[-1] not in _NOT_READ_FIELDS and not _NOT_READ_FIELDS.intersection(map(str, path[-2:-1]))
            for found in self.breaches(text)
        ]

    def breaches(self, text: str) -> Iterator[str]:
        """What in `text` house style forbids, with what to write instead."""
        for pattern, instead in self._rules if self._any.search(text) else ():
            match = pattern.search(text)
            if match:
                yield f"'{match.group()}'; {instead}"
