"""Checks data/faq/, the wordings from which the model learns to recognise the questions in content/en/faq/."""

from pathlib import Path
from typing import Dict, Iterator, List, Set

from pydantic import validator

from bot.content.library import load_library
from bot.content.models import Shape
from bot.content.reader import ContentError, Document, Problem
from bot.settings import ROOT

WORDINGS = ROOT / "data" / "faq"


class WordingsFile(Shape):
    """A data/faq/*.yml file."""

    questions: Dict[str, List[str]]

    @validator("questions", each_item=True)
    def _worded(cls, value: List[str]) -> List[str]:
        if not value or not all(text.strip() for text in value):
            raise ValueError("has no wordings, or an empty one; write them")
        return value


def check_faq_data(directory: Path = WORDINGS) -> None:
    """Check that every question has wordings and all wordings belong to a question.

    Raises:
        ContentError: the files have problems. The error lists each problem with its file, line and fix.
    """
    answered = set(load_library().faq)
    worded: Set[str] = set()
    problems = [problem for path in sorted(directory.glob("*.yml")) for problem in _problems(path, answered, worded)]
    problems += [
        Problem(f"data/{directory.name}", 1, f"has no wordings for '{question}'; write at least a dozen")
        for question in sorted(answered - worded)
    ]
    if problems:
        raise ContentError(problems)


def _problems(path: Path, answered: Set[str], worded: Set[str]) -> Iterator[Problem]:
    """Yield a file's problems, and add its questions to `worded`."""
    document = Document.read(path, f"data/{path.parent.name}/{path.name}")
    for question in document.parse(WordingsFile).questions:
        if question not in answered:
            yield document.problem(["questions", question], f"'{question}' is no question of content/en/faq; rename it")
        if question in worded:
            yield document.problem(["questions", question], f"'{question}' is in another file, too; join them")
        worded.add(question)
