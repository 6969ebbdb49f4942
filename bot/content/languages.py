"""The languages of content/, one folder each, and what each lacks compared with English."""

from pathlib import Path
from typing import Iterator, List

from bot.content.library import CONTENT_DIR
from bot.content.models import ENGLISH, Language
from bot.content.reader import Document, Part

MANIFEST = "language.yml"


def languages(directory: Path = CONTENT_DIR) -> List[str]:
    """The names of the language folders, English first."""
    found = sorted(path.parent.name for path in directory.glob(f"*/{MANIFEST}"))
    return sorted(found, key=lambda name: name != ENGLISH)


def lacks(language: str, directory: Path = CONTENT_DIR) -> List[str]:
    """What a language lacks compared with English: files, texts and reviews, in the order of the English files.

    Raises:
        ContentError: a file cannot be read.
    """
    manifest = Document(directory / language / MANIFEST, f"content/{language}/{MANIFEST}").parse(Language)
    return [lack for name in texts_of(directory) for lack in _lacks_of(name, language, manifest, directory)]


def texts_of(directory: Path = CONTENT_DIR, language: str = ENGLISH) -> List[str]:
    """The files of a language with words that people read, relative to its folder."""
    folder = directory / language
    names = (str(path.relative_to(folder)) for path in folder.rglob("*.yml"))
    return sorted(name for name in names if name not in (MANIFEST, "style.yml"))


def _lacks_of(name: str, language: str, manifest: Language, directory: Path) -> Iterator[str]:
    path = directory / language / name
    if not path.exists():
        yield f"content/{language}/{name} is missing"
        return
    if name not in manifest.reviewed:
        yield f"content/{language}/{name} is not marked as reviewed in {MANIFEST}"
    there = set(_places(path, language, name))
    for place in _places(directory / ENGLISH / name, ENGLISH, name):
        if place not in there:
            yield f"content/{language}/{name} lacks {place}"


def _places(path: Path, language: str, name: str) -> Iterator[str]:
    """The path of each text in a file, with list entries named by their ids if they have one."""
    document = Document(path, f"content/{language}/{name}")
    texts = document.texts()
    ids = {tuple(place[:-1]): text for place, text in texts if place[-1] == "id"}
    for place, _ in texts:
        if place[-1] not in ("id", "intent"):
            yield _named(place, ids)


def _named(place: List[Part], ids: "dict[tuple[Part, ...], str]") -> str:
    return " ".join(ids.get(tuple(place[: number + 1]), str(part)) for number, part in enumerate(place))
