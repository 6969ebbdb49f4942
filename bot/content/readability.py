"""How old a reader must be for a text: the grade of Flesch and Kincaid, in years (Kincaid et al. 1975)."""

import itertools
import re
from collections import defaultdict
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Sequence, Tuple

import textstat

from bot.content.checks import ENGLISH, PLACEHOLDER
from bot.content.library import CONTENT_DIR, load_library
from bot.content.models import ComparisonFile, GuidanceFile, Scene, Style, Version
from bot.content.reader import Document, Part, Problem

#: Age at which children enter the first grade, less one.
BEFORE_FIRST_GRADE = 5
YOUNG_PERSON = "young_person"
#: Readers of replies, and those of them who are or may be children.
YOUNG_READERS = frozenset((YOUNG_PERSON, "unknown"))
READERS = YOUNG_READERS | {"adult", "parent", "other", "professional", "self_concern"}
#: Beside replies/, what is seen first of an answer.
AT_SIGHT = ("danger.yml", "turns.yml", "answers.yml")
#: Fields of them that hold what is said to each reader.
SAID = frozenset(("heard", "now", "words", "again", "versions"))
SENTENCE_END = re.compile(r"(?<=[.?])\W{1,5}")

#: Where a text stands in its file, for whom it is, and the text.
Text = Tuple[List[Part], str, str]


def reading_age(text: str) -> float:
    """Years of age at which a text can be read."""
    return float(textstat.flesch_kincaid_grade(text)) + BEFORE_FIRST_GRADE


def too_hard(directory: Path = CONTENT_DIR) -> List[Problem]:
    """Every text of guidance and comparisons that asks for an older reader than house style allows."""
    style, problems = load_library(directory).style, []
    for folder in ("guidance", "comparisons"):
        for path in sorted((directory / ENGLISH / folder).glob("*.yml")):
            document = Document(path, f"content/{ENGLISH}/{folder}/{path.name}")
            texts = _guidance(document) if folder == "guidance" else _comparisons(document)
            problems += [
                Problem(
                    document.name,
                    document.line(place),
                    f"reads like a text for age {reading_age(text):.0f}; "
                    f"shorten its sentences and words until it fits age {_limit(asker, style)}",
                )
                for place, asker, text in texts
                if reading_age(text) > _limit(asker, style)
            ]
    return problems


def too_hard_at_sight(directory: Path = CONTENT_DIR) -> List[Problem]:
    """Every reply that asks for an older reader than house style allows for what is seen first, or is long-winded."""
    style, folder = load_library(directory).style, directory / ENGLISH
    files = [*sorted((folder / "replies").glob("*.yml")), *(folder / name for name in AT_SIGHT)]
    return [
        Problem(document.name, document.line(place), problem)
        for path in files
        for document in [Document(path, f"content/{path.relative_to(directory)}")]
        for place, reader, text in _by_reader(document)
        for problem in _hard(text, reader, style)
    ]


def _by_reader(document: Document) -> Iterator[Text]:
    """What each reader may read of each entry, as one text."""
    texts: Dict[Tuple[Tuple[Part, ...], str], List[str]] = defaultdict(list)
    for place, text in document.texts():
        for field, reader in itertools.pairwise(place):
            if field in SAID and reader in READERS:
                texts[tuple(place[:2]), str(reader)].append(PLACEHOLDER.sub("this", text))
    for (entry, reader), said in texts.items():
        yield list(entry), reader, _joined(said)


def _hard(text: str, reader: str, style: Style) -> Iterator[str]:
    most = style.reply_age_young_person if reader in YOUNG_READERS else style.reply_age_others
    if round(reading_age(text)) > most:
        age = f"{reading_age(text):.0f}"
        yield f"for {reader} reads like a text for age {age}; use shorter words until it fits age {most}"
    for sentence in SENTENCE_END.split(text):
        if len(sentence.split()) > style.sentence_words:
            yield f"for {reader} has {len(sentence.split())} words in '{sentence}'; make two sentences of it"


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
    """One text of several; each ends a sentence."""
    return " ".join(text if text.endswith((".", "?")) else f"{text}." for text in texts if text)
