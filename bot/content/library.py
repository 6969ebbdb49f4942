"""Reads content/ into one `Library`, checks it as a whole, and lists facts that are due for another check."""

from datetime import date
from functools import lru_cache
from typing import Dict, List, NamedTuple, Optional, Type, TypeVar

from bot.content.checks import Checks
from bot.content.files import CONTENT, Content
from bot.content.models import (
    ANSWERS,
    ENGLISH,
    MANIFEST,
    WORDS,
    AnswersFile,
    ComparisonFile,
    FaqFile,
    GuidanceFile,
    Language,
    Library,
    Service,
    Source,
    Style,
    Topic,
    Words,
)
from bot.content.reader import ContentError, Document, Problem

T = TypeVar("T")

#: Files that other modules parse. Checks that apply to every text cover these files too.
_READ_ELSEWHERE = (
    "page.yml",
    "triage.yml",
    "console.yml",
    "danger.yml",
    "turns.yml",
    "remarks.yml",
    "questions.yml",
    "story_questions.yml",
    "named.yml",
)


def load_library(content: Content = CONTENT) -> Library:
    """Read and check content/. The result is cached.

    Raises:
        ContentError: content/ has problems. The error lists every problem with its file, line and fix.
    """
    return _library(content)


@lru_cache(maxsize=4)
def _library(content: Content) -> Library:
    reading = _Reading(content)
    library = reading.library()
    if library is None or reading.manifest is None:
        raise ContentError(reading.problems)
    problems = Checks(library, reading.manifest, reading.documents).problems()
    if problems:
        raise ContentError(problems)
    return library


class _Reading:
    """Reads all the files and collects their problems, instead of stopping at the first problem."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.problems: List[Problem] = [*content.misplaced()]
        self.documents: Dict[str, Document] = {}
        self.manifest: Optional[Language] = None

    def library(self) -> Optional[Library]:
        topics = self._parse("topics.yml", Dict[str, Topic])
        services = self._parse("services.yml", Dict[str, Service])
        sources = self._parse("sources.yml", Dict[str, Source])
        words = self._parse(WORDS, Words)
        answers = self._parse(ANSWERS, AnswersFile)
        style = self._parse(f"{ENGLISH}/style.yml", Style)
        guidance = self._parse_folder("guidance", GuidanceFile)
        comparisons = self._parse_folder("comparisons", ComparisonFile)
        faq = self._parse_folder("faq", FaqFile)
        read_elsewhere = [f"{ENGLISH}/{one}" for one in _READ_ELSEWHERE]
        for name in [*read_elsewhere, *self._names("replies"), *self._names("next_steps")]:
            self._open(name)
        self.manifest = self._parse(MANIFEST, Language)
        if topics is None or services is None or sources is None or words is None or answers is None or style is None:
            return None
        if self.problems:
            return None
        return Library(
            topics=topics,
            services=services,
            sources=sources,
            guidance={entry.id: entry for file in guidance for entry in file.guidance},
            what_if={file.topic: dict(file.what_if.items()) for file in guidance},
            comparisons=tuple(entry for file in comparisons for entry in file.comparisons),
            answers=tuple(answers.answers),
            faq={answer.id: answer for file in faq for answer in file.answers},
            words=words,
            style=style,
        )

    def _names(self, folder: str) -> List[str]:
        return self.content.names(f"{ENGLISH}/{folder}/*.yml")

    def _parse_folder(self, folder: str, shape: Type[T]) -> List[T]:
        return [file for name in self._names(folder) if (file := self._parse(name, shape)) is not None]

    def _parse(self, name: str, shape: Type[T]) -> Optional[T]:
        document = self._open(name)
        try:
            return document.parse(shape) if document else None
        except ContentError as error:
            self.problems += error.problems
            return None

    def _open(self, name: str) -> Optional[Document]:
        try:
            self.documents[name] = self.content.document(name)
        except ContentError as error:
            self.problems += error.problems
            return None
        return self.documents[name]


class Stale(NamedTuple):
    """A fact in services.yml or sources.yml that was last checked too long ago."""

    file: str
    name: str
    checked_on: date
    days: int


def is_stale(library: Library, checked_on: date, today: date) -> bool:
    """Whether a fact is due for another check, because the last was more than house style's `fresh_for_days` ago."""
    return (today - checked_on).days > library.style.fresh_for_days


def stale_facts(library: Library, today: date) -> List[Stale]:
    """Return the services and sources that are due for another check, least recently checked first."""
    facts = [("content/services.yml", name, one.checked_on) for name, one in library.services.items()]
    facts += [("content/sources.yml", name, one.read_on) for name, one in library.sources.items()]
    found = [Stale(file, name, day, (today - day).days) for file, name, day in facts if is_stale(library, day, today)]
    return sorted(found, key=lambda fact: (-fact.days, fact.file, fact.name))
