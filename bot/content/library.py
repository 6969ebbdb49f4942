"""All content in one object, read once and checked as a whole."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from bot.content.checks import ANSWERS, ENGLISH, MANIFEST, PLACEHOLDER, WORDS, Checks
from bot.content.models import (
    AnswersFile,
    Comparison,
    ComparisonFile,
    DirectAnswer,
    Guidance,
    GuidanceFile,
    Intent,
    Language,
    Service,
    Source,
    Style,
    Topic,
    Words,
)
from bot.content.reader import ContentError, Document, Problem

CONTENT_DIR = Path(__file__).resolve().parent.parent.parent / "content"
#: Files of words that others give their shape to; what is asked of every text is asked of them here.
_READ_ELSEWHERE = ("page.yml", "triage.yml", "console.yml", "danger.yml", "turns.yml")


class Library(NamedTuple):
    """What content/ holds. Texts may name a service's number as {childline.phone}; `fill` puts it in."""

    topics: Mapping[str, Topic]
    services: Mapping[str, Service]
    sources: Mapping[str, Source]
    guidance: Mapping[str, Guidance]
    what_if: Mapping[str, Mapping[str, str]]
    """By topic and asker, what is said to "and what if …?" after an answer; see `what_if_after`."""
    comparisons: Tuple[Comparison, ...]
    answers: Tuple[DirectAnswer, ...]
    words: Words
    style: Style

    def topic_of(self, intent: str) -> str:
        """The topic of an intent; what is not known (a fallback, say) is out of scope."""
        for name, topic in self.topics.items():
            if intent in topic.intents:
                return name
        return "out_of_scope"

    def intent(self, name: str) -> Optional[Intent]:
        """The description of an intent, or None."""
        return next((t.intents[name] for t in self.topics.values() if name in t.intents), None)

    def guidance_for(self, intent: str) -> Optional[Guidance]:
        """The guidance that answers an intent, or None."""
        return next((g for g in self.guidance.values() if intent in g.intents), None)

    def what_if_after(self, intent: str) -> Mapping[str, str]:
        """By asker, what is said to "and what if …?" after the answer to an intent."""
        entry = self.guidance_for(intent)
        if entry is not None and entry.what_if:
            return dict(entry.what_if.items())
        return self.what_if.get(self.topic_of(intent), {})

    def direct_answer(self, asks: str, topic: str) -> Optional[DirectAnswer]:
        """The straight answer to a kind of question in a conversation about a topic: the first that fits, or None."""
        fitting = (one for one in self.answers if one.asks == asks and (one.topics is None or topic in one.topics))
        return next(fitting, None)

    def checked_on(self, entry: Guidance) -> date:
        """The day on which a piece of guidance was checked: that of its source which was read longest ago."""
        return min(self.sources[source].read_on for source in entry.sources)

    def comparisons_for(self, topic: str) -> List[Comparison]:
        """The comparisons offered for a topic, in the order of the files."""
        return [c for c in self.comparisons if topic in c.topics]

    def comparison(self, comparison_id: str) -> Optional[Comparison]:
        """One comparison, or None."""
        return next((c for c in self.comparisons if c.id == comparison_id), None)

    def fill(self, text: str) -> str:
        """`text` with {service.phone}, {service.text} and {service.name} filled in."""
        return PLACEHOLDER.sub(lambda m: str(getattr(self.services[m.group(1)], m.group(2))), text)


def load_library(directory: Path = CONTENT_DIR) -> Library:
    """Read and check content/, once.

    Raises:
        ContentError: something in it is wrong; names every problem with file, line and mend.
    """
    return _library(directory)


@lru_cache(maxsize=4)
def _library(directory: Path) -> Library:
    reading = _Reading(directory)
    library = reading.library()
    if library is None or reading.manifest is None:
        raise ContentError(reading.problems)
    problems = Checks(library, reading.manifest, reading.documents).problems()
    if problems:
        raise ContentError(problems)
    return library


class _Reading:
    """One pass over the files, collecting problems instead of stopping at the first."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.problems: List[Problem] = []
        self.documents: Dict[str, Document] = {}
        self.manifest: Optional[Language] = None

    def library(self) -> Optional[Library]:
        topics = self._parse("topics.yml", Dict[str, Topic])
        services = self._parse("services.yml", Dict[str, Service])
        sources = self._parse("sources.yml", Dict[str, Source])
        words = self._parse(WORDS, Words)
        answers = self._parse(ANSWERS, AnswersFile)
        style = self._parse(f"{ENGLISH}/style.yml", Style)
        guidance = [self._parse(name, GuidanceFile) for name in self._names("guidance")]
        comparisons = [self._parse(name, ComparisonFile) for name in self._names("comparisons")]
        for name in [*(f"{ENGLISH}/{one}" for one in _READ_ELSEWHERE), *self._names("replies")]:
            self._open(name)
        self.manifest = self._parse(MANIFEST, Language)
        if self.problems or None in (topics, services, sources, words, answers, style):
            return None
        return Library(
            topics=topics,
            services=services,
            sources=sources,
            guidance={entry.id: entry for file in guidance for entry in file.guidance},
            what_if={file.topic: dict(file.what_if.items()) for file in guidance},
            comparisons=tuple(entry for file in comparisons for entry in file.comparisons),
            answers=tuple(answers.answers),
            words=words,
            style=style,
        )

    def _names(self, folder: str) -> List[str]:
        return [f"{ENGLISH}/{folder}/{path.name}" for path in sorted((self.directory / ENGLISH / folder).glob("*.yml"))]

    def _parse(self, name: str, shape):  # type: ignore[no-untyped-def]
        document = self._open(name)
        try:
            return document.parse(shape) if document else None
        except ContentError as error:
            self.problems += error.problems
            return None

    def _open(self, name: str) -> Optional[Document]:
        try:
            self.documents[name] = Document(self.directory / name, f"content/{name}")
        except ContentError as error:
            self.problems += error.problems
            return None
        return self.documents[name]
