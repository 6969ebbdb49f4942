"""Reads content/en/console.yml, the messages that the console shows when something cannot be done."""

from functools import lru_cache
from typing import Dict, Mapping

from bot.content.files import CONTENT, Content
from bot.content.models import ENGLISH, Shape


class ProblemWords(Shape):
    """A message that explains why something cannot be done and what to do instead.

    `detail` may contain placeholders in braces.
    """

    status: int
    title: str
    detail: str

    def filled(self, values: Mapping[str, object]) -> "ProblemWords":
        """Return a copy with the placeholders in `detail` replaced by `values`."""
        return self.copy(update={"detail": self.detail.format(**values)})


class ConsoleWords(Shape):
    """The contents of content/en/console.yml."""

    problems: Dict[str, ProblemWords]


@lru_cache(maxsize=4)
def load_console_words(content: Content = CONTENT) -> ConsoleWords:
    """Read and check console.yml.

    Raises:
        ContentError: the file cannot be read or does not match the model.
    """
    return content.document(f"{ENGLISH}/console.yml").parse(ConsoleWords)
