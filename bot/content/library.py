"""All content in one object, read once and checked as a whole."""

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from bot.content.models import (
    Comparison,
    ComparisonFile,
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
from bot.content.reader import ContentError, Document, Part, Problem
from bot.content.style import Lint

CONTENT_DIR = Path(__file__).resolve().parent.parent.parent / "content"
#: The folder of content/ that holds the texts; facts and rules stand beside it and are for every language.
ENGLISH = "en"
WORDS = f"{ENGLISH}/words.yml"

#: Every service id of DESIGN §4.
SERVICE_IDS = frozenset(
    "police_999 police_101 essex_police_online essex_police_live_chat crimestoppers fearless ceop ceop_education "
    "lucy_faithfull stop_it_now shore stopso childline nspcc report_remove iwf take_it_down stopncii "
    "revenge_porn_helpline professionals_online_safety report_harmful_content samaritans shout papyrus victim_support "
    "report_fraud police_scotland psni".split()
)

#: Intents that need no guidance: a rule answers them with a fixed sentence.
WITHOUT_GUIDANCE = frozenset(("small_talk", "out_of_scope"))

#: Files of a language that hold no words people read.
_NO_TEXTS = ("language.yml", "style.yml")
_PLACEHOLDER = re.compile(r"\{(\w+)\.(phone|text|name)\}")


class Library(NamedTuple):
    """What content/ holds. Texts may name a service's number as {childline.phone}; `fill` puts it in."""

    topics: Mapping[str, Topic]
    services: Mapping[str, Service]
    sources: Mapping[str, Source]
    guidance: Mapping[str, Guidance]
    what_if: Mapping[str, Mapping[str, str]]
    """By topic and asker, what is said to "and what if …?" after an answer; see `what_if_after`."""
    comparisons: Tuple[Comparison, ...]
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
        return _PLACEHOLDER.sub(lambda m: str(getattr(self.services[m.group(1)], m.group(2))), text)


@lru_cache(maxsize=4)
def load_library(directory: Path = CONTENT_DIR) -> Library:
    """Read and check content/.

    Raises:
        ContentError: something in it is wrong; names every problem with file, line and mend.
    """
    reading = _Reading(directory)
    library = reading.library()
    problems = reading.problems + (reading.cross_check(library) if library else [])
    if problems or library is None:
        raise ContentError(problems)
    return library


class _Reading:
    """One pass over the files, collecting problems instead of stopping at the first."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.problems: List[Problem] = []
        self.documents: Dict[str, Document] = {}

    def library(self) -> Optional[Library]:
        topics = self._parse("topics.yml", Dict[str, Topic])
        services = self._parse("services.yml", Dict[str, Service])
        sources = self._parse("sources.yml", Dict[str, Source])
        words = self._parse(WORDS, Words)
        style = self._parse(f"{ENGLISH}/style.yml", Style)
        guidance = [self._parse(name, GuidanceFile) for name in self._names("guidance")]
        comparisons = [self._parse(name, ComparisonFile) for name in self._names("comparisons")]
        if self.problems or None in (topics, services, sources, words, style):
            return None
        return Library(
            topics=topics,
            services=services,
            sources=sources,
            guidance={entry.id: entry for file in guidance for entry in file.guidance},
            what_if={file.topic: dict(file.what_if.items()) for file in guidance},
            comparisons=tuple(entry for file in comparisons for entry in file.comparisons),
            words=words,
            style=style,
        )

    def cross_check(self, library: Library) -> List[Problem]:
        return [
            *self._reviews(),
            *self._intents(library),
            *self._services(library),
            *self._guidance(library),
            *self._comparisons(library),
            *self._words(library),
            *self._placeholders(library),
            *self._house_style(library),
        ]

    def _reviews(self) -> List[Problem]:
        """Texts that nobody but their writer has read are not served."""
        name = f"{ENGLISH}/language.yml"
        manifest = self._parse(name, Language)
        if manifest is None:
            return []
        texts = [name for name in self.documents if name.startswith(f"{ENGLISH}/") and not name.endswith(_NO_TEXTS)]
        return [
            self._at(
                name,
                ["reviewed"],
                f"does not name {text[len(ENGLISH) + 1 :]}; have a second person read it, then add it",
            )
            for text in texts
            if text[len(ENGLISH) + 1 :] not in manifest.reviewed
        ]

    def _names(self, folder: str) -> List[str]:
        return [f"{ENGLISH}/{folder}/{path.name}" for path in sorted((self.directory / ENGLISH / folder).glob("*.yml"))]

    def _parse(self, name: str, shape):  # type: ignore[no-untyped-def]
        try:
            self.documents[name] = Document(self.directory / name, f"content/{name}")
            return self.documents[name].parse(shape)
        except ContentError as error:
            self.problems += error.problems
            return None

    def _at(self, name: str, path: List[Part], message: str) -> Problem:
        document = self.documents[name]
        return Problem(document.name, document.line(path), message)

    def _intents(self, library: Library) -> List[Problem]:
        return [
            self._at("topics.yml", [name, "intents", intent], f"'{intent}' stays with '{other}', which is no intent")
            for name, topic in library.topics.items()
            for intent, description in topic.intents.items()
            for other in description.stays_with
            if library.intent(other) is None
        ]

    def _services(self, library: Library) -> List[Problem]:
        name = "services.yml"
        found = [
            self._at(name, [], f"lacks the service '{missing}'; add it")
            for missing in sorted(SERVICE_IDS - set(library.services))
        ]
        for key, service in library.services.items():
            if key not in SERVICE_IDS:
                found.append(self._at(name, [key], f"'{key}' is no service id of the design; rename or remove it"))
            if not (service.phone or service.text or service.url):
                found.append(self._at(name, [key], f"'{key}' can be reached by nothing; give a phone, text or url"))
            found += [
                self._at(
                    name, [key, "topics"], f"'{key}' names the topic '{topic}', which topics.yml lacks; correct it"
                )
                for topic in service.topics
                if topic not in library.topics
            ]
            found += self._sources(name, [key, "sources"], key, service.sources, library)
        return found

    def _guidance(self, library: Library) -> List[Problem]:
        found: List[Problem] = []
        answered: Dict[str, str] = {}
        seen: Dict[str, str] = {}
        for name in self._names("guidance"):
            file = self.documents[name].parse(GuidanceFile)
            if file.topic not in library.topics:
                found.append(self._at(name, ["topic"], f"'{file.topic}' is no topic of topics.yml; correct it"))
                continue
            for index, entry in enumerate(file.guidance):
                path: List[Part] = ["guidance", index]
                if entry.id in seen:
                    found.append(self._at(name, path, f"'{entry.id}' stands in {seen[entry.id]} too; rename one"))
                seen[entry.id] = name
                for intent in entry.intents:
                    if intent not in library.topics[file.topic].intents:
                        found.append(self._at(name, path, f"'{intent}' is no intent of {file.topic}; correct it"))
                    if intent in answered:
                        found.append(self._at(name, path, f"'{intent}' is answered in {answered[intent]} too"))
                    answered[intent] = entry.id
                found += self._sources(name, [*path, "sources"], entry.id, entry.sources, library)
        for topic_name, topic in library.topics.items():
            if topic_name not in WITHOUT_GUIDANCE:
                found += [
                    self._at("topics.yml", [topic_name, "intents", intent], f"'{intent}' has no guidance; write it")
                    for intent in topic.intents
                    if intent not in answered
                ]
        return found

    def _comparisons(self, library: Library) -> List[Problem]:
        found: List[Problem] = []
        seen: Dict[str, str] = {}
        for name in self._names("comparisons"):
            for index, entry in enumerate(self.documents[name].parse(ComparisonFile).comparisons):
                path: List[Part] = ["comparisons", index]
                if entry.id in seen:
                    found.append(self._at(name, path, f"'{entry.id}' stands in {seen[entry.id]} too; rename one"))
                seen[entry.id] = name
                found += [
                    self._at(name, [*path, "topics"], f"'{topic}' is no topic of topics.yml; correct it")
                    for topic in entry.topics
                    if topic not in library.topics
                ]
                found += self._sources(name, [*path, "sources"], entry.id, entry.sources, library)
                for version in ("young_person", "parent"):
                    choices = getattr(entry.versions, version).choices
                    ids = [choice.id for choice in choices]
                    found += [
                        self._at(name, [*path, "versions", version], f"'{choice.leads_to}' is no intent; correct it")
                        for choice in choices
                        if choice.leads_to and library.intent(choice.leads_to) is None
                    ]
                    if len(ids) != len(set(ids)):
                        found.append(self._at(name, [*path, "versions", version], "has two choices of one id; rename"))
        return found

    def _words(self, library: Library) -> List[Problem]:
        found: List[Problem] = []
        words = library.words
        lists = ("askers", "capabilities", "offer_comparison_choices", "child_ages", "did_it_help_choices")
        for field in (*lists, "something_else"):
            choices = getattr(words, field) if field in lists else [words.something_else]
            for index, choice in enumerate(choices):
                if library.intent(choice.intent) is None:
                    path: List[Part] = [field, index]
                    found.append(self._at(WORDS, path, f"'{choice.intent}' is no intent of topics.yml; correct it"))
        return found

    def _sources(self, name: str, path: List[Part], key: str, sources: List[str], library: Library) -> List[Problem]:
        return [
            self._at(name, path, f"'{key}' cites '{source}', which sources.yml lacks; add it there or correct it")
            for source in sources
            if source not in library.sources
        ]

    def _placeholders(self, library: Library) -> List[Problem]:
        found: List[Problem] = []
        for _name, document in self.documents.items():
            for path, text in document.texts():
                for match in _PLACEHOLDER.finditer(text):
                    service = library.services.get(match.group(1))
                    if service is None or getattr(service, match.group(2)) is None:
                        found.append(
                            Problem(
                                document.name, document.line(path), f"{match.group()} stands for nothing; correct it"
                            )
                        )
        return found

    def _house_style(self, library: Library) -> List[Problem]:
        lint = Lint(library.style)
        return [problem for name, document in self.documents.items() for problem in lint.check(name, document)]
