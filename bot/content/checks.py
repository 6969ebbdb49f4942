"""Checks that content/ is consistent, has been read by a second person, and follows house style."""

import re
from functools import lru_cache
from typing import Dict, Iterator, List, Mapping

from bot.content.models import (
    ANSWERS,
    ENGLISH,
    MANIFEST,
    NAMED_SERVICES,
    PLACEHOLDER,
    QUESTION_KINDS,
    WORDS,
    ComparisonFile,
    FaqFile,
    GuidanceFile,
    Language,
    Library,
    Style,
)
from bot.content.reader import Document, Part, Problem

#: Topics whose intents need no guidance, because they are answered with fixed sentences.
WITHOUT_GUIDANCE = frozenset(("small_talk", "out_of_scope"))

#: Kinds of direct question that the guidance itself answers.
WITHOUT_ANSWER = frozenset(("what_next", "other"))

#: Files in a language's folder that contain no text that people read.
_NO_TEXTS = ("language.yml", "style.yml")
#: Files and fields that contain facts, patterns or editors' notes rather than text that people read.
_NOT_READ_FILES = frozenset(("en/style.yml", "topics.yml", "sources.yml", "referral.yml"))
_NOT_READ_FIELDS = frozenset(("phone", "text", "url", "doubts", "sources", "id", "topics", "intents", "topic", "sites"))

#: Cache size for `_matches`, larger than the number of texts in content/.
MOST_TEXTS = 2**15


class Checks:
    """Checks that involve several content files. Run them after every file has been parsed."""

    def __init__(self, library: Library, manifest: Language, documents: Mapping[str, Document]) -> None:
        """Prepare to check `library`, whose files are in `documents`, keyed by path within content/."""
        self._library = library
        self._manifest = manifest
        self._documents = documents

    def problems(self) -> List[Problem]:
        """Return every problem, with its file, line and fix."""
        return [
            *self._reviews(),
            *self._services(),
            *self._guidance(),
            *self._comparisons(),
            *self._answers(),
            *self._faq(),
            *self._words(),
            *self._placeholders(),
            *self._house_style(),
        ]

    def _reviews(self) -> List[Problem]:
        """Return a problem for each text file that the manifest does not list as reviewed by a second person."""
        texts = [name for name in self._documents if name.startswith(f"{ENGLISH}/") and not name.endswith(_NO_TEXTS)]
        return [
            self._at(
                MANIFEST,
                ["reviewed"],
                f"does not name {text[len(ENGLISH) + 1 :]}; have a second person read it, then add it",
            )
            for text in texts
            if text[len(ENGLISH) + 1 :] not in self._manifest.reviewed
        ]

    def _at(self, name: str, path: List[Part], message: str) -> Problem:
        return self._documents[name].problem(path, message)

    def _services(self) -> List[Problem]:
        name = "services.yml"
        found = [
            self._at(name, [], f"lacks the service '{missing}', which the program shows by its id; add it")
            for missing in NAMED_SERVICES
            if missing not in self._library.services
        ]
        for key, service in self._library.services.items():
            if not (service.phone or service.text or service.url):
                found.append(self._at(name, [key], f"'{key}' can be reached by nothing; give a phone, text or url"))
            found += [
                self._at(
                    name, [key, "topics"], f"'{key}' names the topic '{topic}', which topics.yml lacks; correct it"
                )
                for topic in service.topics
                if topic not in self._library.topics
            ]
            found += self._sources(name, [key, "sources"], key, service.sources)
        return found

    def _guidance(self) -> List[Problem]:
        found: List[Problem] = []
        answered: Dict[str, str] = {}
        seen: Dict[str, str] = {}
        for name in self._of("guidance"):
            file = self._documents[name].parse(GuidanceFile)
            if file.topic not in self._library.topics:
                found.append(self._at(name, ["topic"], f"'{file.topic}' is no topic of topics.yml; correct it"))
                continue
            for index, entry in enumerate(file.guidance):
                path: List[Part] = ["guidance", index]
                if entry.id in seen:
                    found.append(self._at(name, path, f"'{entry.id}' stands in {seen[entry.id]} too; rename one"))
                seen[entry.id] = name
                for intent in entry.intents:
                    if intent not in self._library.topics[file.topic].intents:
                        found.append(self._at(name, path, f"'{intent}' is no intent of {file.topic}; correct it"))
                    if intent in answered:
                        found.append(self._at(name, path, f"'{intent}' is answered in {answered[intent]} too"))
                    answered[intent] = entry.id
                found += self._sources(name, [*path, "sources"], entry.id, entry.sources)
        for topic_name, topic in self._library.topics.items():
            if topic_name not in WITHOUT_GUIDANCE:
                found += [
                    self._at("topics.yml", [topic_name, "intents", intent], f"'{intent}' has no guidance; write it")
                    for intent in topic.intents
                    if intent not in answered
                ]
        return found

    def _comparisons(self) -> List[Problem]:
        found: List[Problem] = []
        seen: Dict[str, str] = {}
        for name in self._of("comparisons"):
            for index, entry in enumerate(self._documents[name].parse(ComparisonFile).comparisons):
                path: List[Part] = ["comparisons", index]
                if entry.id in seen:
                    found.append(self._at(name, path, f"'{entry.id}' stands in {seen[entry.id]} too; rename one"))
                seen[entry.id] = name
                found += [
                    self._at(name, [*path, "topics"], f"'{topic}' is no topic of topics.yml; correct it")
                    for topic in entry.topics
                    if topic not in self._library.topics
                ]
                found += self._sources(name, [*path, "sources"], entry.id, entry.sources)
                for version in ("young_person", "parent"):
                    choices = getattr(entry.versions, version).choices
                    ids = [choice.id for choice in choices]
                    found += [
                        self._at(name, [*path, "versions", version], f"'{choice.leads_to}' is no intent; correct it")
                        for choice in choices
                        if choice.leads_to and self._library.intent(choice.leads_to) is None
                    ]
                    if len(ids) != len(set(ids)):
                        found.append(self._at(name, [*path, "versions", version], "has two choices of one id; rename"))
        return found

    def _answers(self) -> List[Problem]:
        found: List[Problem] = []
        seen: Dict[str, int] = {}
        for index, answer in enumerate(self._library.answers):
            path: List[Part] = ["answers", index]
            if answer.id in seen:
                found.append(self._at(ANSWERS, path, f"'{answer.id}' is the id of two answers; rename one"))
            seen[answer.id] = index
            found += [
                self._at(ANSWERS, path, f"'{topic}' is no topic of topics.yml; correct it")
                for topic in answer.topics or []
                if topic not in self._library.topics
            ]
            found += [
                self._at(ANSWERS, path, f"'{intent}' is no intent of topics.yml; correct it")
                for intent in answer.intents
                if self._library.intent(intent) is None
            ]
            found += self._sources(ANSWERS, path, answer.id, answer.sources)
        answered = {answer.asks for answer in self._library.answers if answer.topics is None}
        return found + [
            self._at(ANSWERS, ["answers"], f"'{kind}' has no answer that fits every topic; write one")
            for kind in QUESTION_KINDS
            if kind not in answered and kind not in WITHOUT_ANSWER
        ]

    def _faq(self) -> List[Problem]:
        found: List[Problem] = []
        # Ids must be unique: conversations record straight answers by id, and the evaluation questions by kind or id.
        taken = {*QUESTION_KINDS, *(answer.id for answer in self._library.answers)}
        for name in self._of("faq"):
            for index, answer in enumerate(self._documents[name].parse(FaqFile).answers):
                path: List[Part] = ["answers", index]
                if answer.id in taken:
                    found.append(self._at(name, path, f"'{answer.id}' is the id of another answer; rename one"))
                taken.add(answer.id)
                found += self._sources(name, path, answer.id, answer.sources)
        return found

    def _words(self) -> List[Problem]:
        found: List[Problem] = []
        words = self._library.words
        menus = ("askers", "about", "capabilities", "own_capabilities")
        lists = (*menus, "offer_comparison_choices", "child_ages", "did_it_help_choices")
        for field in (*lists, "something_else"):
            choices = getattr(words, field) if field in lists else [words.something_else]
            for index, choice in enumerate(choices):
                if self._library.intent(choice.intent) is None:
                    path: List[Part] = [field, index]
                    found.append(self._at(WORDS, path, f"'{choice.intent}' is no intent of topics.yml; correct it"))
        return found

    def _sources(self, name: str, path: List[Part], key: str, sources: List[str]) -> List[Problem]:
        return [
            self._at(name, path, f"'{key}' cites '{source}', which sources.yml lacks; add it there or correct it")
            for source in sources
            if source not in self._library.sources
        ]

    def _placeholders(self) -> List[Problem]:
        found: List[Problem] = []
        for document in self._documents.values():
            for path, text in document.texts():
                for match in PLACEHOLDER.finditer(text):
                    service = self._library.services.get(match.group(1))
                    if service is None or getattr(service, match.group(2)) is None:
                        found.append(document.problem(path, f"{match.group()} is not in services.yml; correct it"))
        return found

    def _house_style(self) -> List[Problem]:
        lint = Lint(self._library.style)
        return [problem for name, document in self._documents.items() for problem in lint.check(name, document)]

    def _of(self, folder: str) -> List[str]:
        return [name for name in self._documents if name.startswith(f"{ENGLISH}/{folder}/")]


class Lint:
    """A linter for house style. content/en/style.yml lists what not to write, and what to write instead."""

    def __init__(self, style: Style) -> None:
        """Compile the rules in `style`."""
        flags = re.IGNORECASE | re.MULTILINE
        self._rules = [(re.compile(rule.never, flags), rule.instead) for rule in style.rules]
        # Few texts break a rule, so searching for all the rules at once first is many times faster.
        self._any = re.compile("|".join(f"(?:{rule.never})" for rule in style.rules), flags)

    def check(self, name: str, document: Document) -> List[Problem]:
        """Return a problem for each rule that a document breaks. `name` is its path within content/."""
        if name in _NOT_READ_FILES:
            return []
        return [
            document.problem(path, f"holds {found}")
            for path, text in document.texts()
            if path[-1] not in _NOT_READ_FIELDS and not _NOT_READ_FIELDS.intersection(map(str, path[-2:-1]))
            for found in self.breaches(text)
        ]

    def breaches(self, text: str) -> Iterator[str]:
        """Yield each breach in `text`, with advice on what to write instead."""
        for pattern, instead in self._rules if _matches(self._any, text) else ():
            match = pattern.search(text)
            if match:
                yield f"'{match.group()}'; {instead}"


@lru_cache(maxsize=MOST_TEXTS)
def _matches(pattern: "re.Pattern[str]", text: str) -> bool:
    """Whether a text matches. Cached for the tests, which load nearly the same content over a hundred times."""
    return pattern.search(text) is not None
