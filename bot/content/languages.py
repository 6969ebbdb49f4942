"""Lists the languages in content/, and the English texts that each of them lacks."""

from typing import Iterator, List

from bot.content.files import CONTENT, Content
from bot.content.models import ENGLISH, Language
from bot.content.reader import Part

MANIFEST = "language.yml"


def languages(content: Content = CONTENT) -> List[str]:
    """Return the names of the language folders, English first."""
    found = [name.partition("/")[0] for name in content.names(f"*/{MANIFEST}")]
    return sorted(found, key=lambda name: name != ENGLISH)


def lacks(language: str, content: Content = CONTENT) -> List[str]:
    """Describe each English file or text that is missing or unreviewed in a language, in the order of the files.

    Raises:
        ContentError: a file cannot be read.
    """
    manifest = content.document(f"{language}/{MANIFEST}").parse(Language)
    return [lack for name in texts_of(content) for lack in _lacks_of(name, language, manifest, content)]


def texts_of(content: Content = CONTENT, language: str = ENGLISH) -> List[str]:
    """Return the paths, within a language's folder, of the files that contain text that people read."""
    names = (name.partition("/")[2] for name in content.names(f"{language}/**/*.yml"))
    return [name for name in names if name not in (MANIFEST, "style.yml")]


def _lacks_of(name: str, language: str, manifest: Language, content: Content) -> Iterator[str]:
    if not content.names(f"{language}/{name}"):
        yield f"content/{language}/{name} is missing"
        return
    if name not in manifest.reviewed:
        yield f"content/{language}/{name} is not marked as reviewed in {MANIFEST}"
    there = set(_places(language, name, content))
    for place in _places(ENGLISH, name, content):
        if place not in there:
            yield f"content/{language}/{name} lacks {place}"


def _places(language: str, name: str, content: Content) -> Iterator[str]:
    """Yield the path of each text in a file, with list entries named by id, or by index if they have no id."""
    texts = content.document(f"{language}/{name}").texts()
    ids = {tuple(place[:-1]): text for place, text in texts if place[-1] == "id"}
    for place, _ in texts:
        if place[-1] not in ("id", "intent"):
            yield _named(place, ids)


def _named(place: List[Part], ids: "dict[tuple[Part, ...], str]") -> str:
    return " ".join(ids.get(tuple(place[: number + 1]), str(part)) for number, part in enumerate(place))
