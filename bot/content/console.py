"""Reads content/en/console.yml: what the console says if something cannot be done."""

from functools import lru_cache
from pathlib import Path
from typing import Dict, Mapping

from bot.content.library import CONTENT_DIR
from bot.content.models import ENGLISH, Shape
from bot.content.reader import Document


class ProblemWords(Shape):
    """Why something cannot be done, and what to do instead; `detail` may have placeholders in braces."""

    status: int
    title: str
    detail: str

    def filled(self, values: Mapping[str, object]) -> "ProblemWords":
        """A copy with the placeholders in `detail` replaced by `values`."""
        return self.copy(update={"detail": self.detail.format(**values)})


class ConsoleWords(Shape):
    """All of content/en/console.yml."""

    problems: Dict[str, ProblemWords]


@lru_cache(maxsize=4)
def load_console_words(directory: Path = CONTENT_DIR) -> ConsoleWords:
    """Read and check console.yml.

    Raises:
        ContentError: it cannot be read.
    """
    return Document(directory / ENGLISH / "console.yml", "content/en/console.yml").parse(ConsoleWords)
