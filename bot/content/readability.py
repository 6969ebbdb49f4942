"""Measures the reading age of texts by converting their Flesch-Kincaid grade (Kincaid et al. 1975) to an age."""

import itertools
import re
from collections import defaultdict
from typing import Dict, Iterator, List, Mapping, Sequence, Tuple

import textstat

from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, PLACEHOLDER, ComparisonFile, GuidanceFile, Scene, Style, Version
from bot.content.reader import Document, Part, Problem

#: Added to a grade to get an age in years, because children enter first grade at 6.
BEFORE_FIRST_GRADE = 5
YOUNG_PERSON = "young_person"
#: The audiences that replies are written for. The young audiences are, or may be, children.
YOUNG_AUDIENCES = frozenset((YOUNG_PERSON, "unknown"))
AUDIENCES = YOUNG_AUDIENCES | {"adult", "parent", "other", "professional", "self_concern"}
#: Folders and files with the visible parts of answers.
VISIBLE_FOLDERS = ("replies", "next_steps", "faq")
VISIBLE_FILES = ("danger.yml", "turns.yml", "remarks.yml", "answers.yml")
#: Fields in these folders and files that hold the words for each audience.
TEXT_FIELDS = frozenset(("heard", "now", "words", "again", "versions"))
SENTENCE_END = re.compile(r"(?<=[.?])\W{1,5}")

#: A text's path in its file, its audience, and the text itself.
Text = Tuple[List[Part], str, str]


def reading_age(text: str) -> float:
    """Return the age, in years, at which people can read a text."""
    return float(textstat.flesch_kincaid_grade(text)) + BEFORE_FIRST_GRADE


def too_hard(content: Content = CONTENT) -> List[Problem]:
    """Return a problem for each text in guidance and comparisons whose reading age is above the house-style limit."""
    style, problems = load_library(content).style, []
    for folder, texts_of in (("guidance", _guidance), ("comparisons", _comparisons)):
        for name in content.names(f"{ENGLISH}/{folder}/*.yml"):
            document = content.document(name)
            problems += [
                document.problem(
                    place,
                    f"reads like a text for age {reading_age(text):.0f}; "
                    f"shorten its sentences and words until it fits age {_limit(asker, style)}",
                )
                for place, asker, text in texts_of(document)
                if reading_age(text) > _limit(asker, style)
            ]
    return problems


def too_hard_at_sight(content: Content = CONTENT) -> List[Problem]:
    """Return a problem for each visible part of a reply that is too hard to read or has too long a sentence."""
    style = load_library(content).style
    return [
        document.problem(place, problem)
        for name in [
            *(name for folder in VISIBLE_FOLDERS for name in content.names(f"{ENGLISH}/{folder}/*.yml")),
            *(f"{ENGLISH}/{one}" for one in VISIBLE_FILES),
        ]
        for document in [content.document(name)]
        for place, audience, text in _by_audience(document)
        for problem in _hard(text, audience, style)
    ]


def _by_audience(document: Document) -> Iterator[Text]:
    """Yield one text for each entry and audience, combining all the entry's words for that audience."""
    texts: Dict[Tuple[Tuple[Part, ...], str], List[str]] = defaultdict(list)
    for place, text in document.texts():
        for field, audience in itertools.pairwise(place):
            if field in TEXT_FIELDS and audience in AUDIENCES:
                texts[tuple(place[:2]), str(audience)].append(PLACEHOLDER.sub("this", text))
    for (entry, audience), said in texts.items():
        yield list(entry), audience, _joined(said)


def _hard(text: str, audience: str, style: Style) -> Iterator[str]:
    most = style.reply_age_young_person if audience in YOUNG_AUDIENCES else style.reply_age_others
    if round(reading_age(text)) > most:
        age = f"{reading_age(text):.0f}"
        yield f"for {audience} reads like a text for age {age}; use shorter words until it fits age {most}"
    for sentence in SENTENCE_END.split(text):
        if len(sentence.split()) > style.sentence_words:
            yield f"for {audience} has {len(sentence.split())} words in '{sentence}'; make two sentences of it"


def _limit(asker: str, style: Style) -> int:
    return style.reading_age_young_person if asker == YOUNG_PERSON else style.reading_age_others


def _guidance(document: Document) -> Iterator[Text]:
    file = document.parse(GuidanceFile)
    for asker, text in file.what_if.items():
        yield ["what_if", asker], asker, text
    for number, entry in enumerate(file.guidance):
        for asker, text in entry.what_if.items():
            yield ["guidance", number, "what_if", asker], asker, text
        for asker, version in entry.versions.items():
            yield ["guidance", number, "versions", asker], asker, _said(version)


def _comparisons(document: Document) -> Iterator[Text]:
    for number, entry in enumerate(document.parse(ComparisonFile).comparisons):
        scenes: Mapping[str, Scene] = {name: getattr(entry.versions, name) for name in (YOUNG_PERSON, "parent")}
        for asker, scene in scenes.items():
            texts = [scene.real_world, scene.online, scene.question, *(one.answer or "" for one in scene.choices)]
            yield ["comparisons", number, "versions", asker], asker, _joined(texts)


def _said(version: Version) -> str:
    return _joined([version.summary, *version.steps, version.say or ""])


def _joined(texts: Sequence[str]) -> str:
    """Join texts into one, adding a full stop to each text that does not end with a full stop or question mark."""
    return " ".join(text if text.endswith((".", "?")) else f"{text}." for text in texts if text)
