"""Names of people: by the words around them, and by spaCy's entity recogniser."""

import re
from functools import lru_cache
from pathlib import Path
from typing import FrozenSet, Iterator

import spacy

from bot.privacy.recognisers import Span

_KIN = (
    r"(?:son|daughter|boy|girl|brother|sister|step\s?(?:son|daughter|dad|mum|brother|sister)|mum|dad|husband|wife|partner|"
    r"boyfriend|girlfriend|bf|gf|ex|friend|mate|bff|bestie|cousin|uncle|aunt(?:ie|y)?|nan|grandad|teacher|coach|neighbour|kid|child|"
    r"nephew|niece|grandson|granddaughter|pupil|student)"
)
_WORD = r"[A-Za-z][a-zA-Z'’\-]{1,19}"
_CAPITAL = r"[A-Z][a-z'’\-]{1,19}(?:\s+[A-Z][a-z'’\-]{1,19})?"

#: Whatever the letters' case: after these words comes a name.
_STRONG = re.compile(
    r"\b(?i:(?:my|his|her|their|the|whose|real) name(?:['’]?s|\s+is)?|name\s+is|"
    r"(?:he|she|they|who|is|are|s)(?:['’]?s|['’]?re)?\s+called|named|known as|goes by)\s+(?P<it>"
    + _WORD
    + r"(?:\s+[A-Z][a-z'’\-]{1,19})?)"
)
#: A capital letter is needed, since "my son is" and "im scared" are no names.
_CASED = re.compile(
    r"(?:\b(?i:i'?m|i am|im|this is|it'?s|called|from|met|with|and)\s+|"
    r"\b(?i:my|our|her|his|their|a|the)\s+(?i:\w+\s+)?(?i:"
    + _KIN
    + r")\s*,?\s+|\b(?i:mr|mrs|miss|ms|mx|dr|sir|coach|uncle|auntie|aunty|aunt|father|pc|sgt|dc)\.?\s+)(?P<it>"
    + _CAPITAL
    + r")"
)

#: Words that stand where a name may stand and are none: places, brands, kin, everyday words. One a line.
KEPT_WORDS = Path(__file__).with_name("kept_words.txt")

#: What spaCy needs to find people; the rest of the pipeline is not loaded.
EXCLUDED = ("tagger", "parser", "lemmatizer", "attribute_ruler", "senter")


class NamePatternRecogniser:
    """Names by the words around them: "my name is", "called", kin and titles."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for pattern in (_STRONG, _CASED):
            for match in pattern.finditer(text):
                yield from _without_kept(text, *match.span("it"))


@lru_cache(maxsize=1)
def kept_words() -> FrozenSet[str]:
    """The words and phrases of `KEPT_WORDS`, in lower case."""
    lines = KEPT_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def is_kept(word: str) -> bool:
    """Whether a word is on the list, whatever its case and without what an apostrophe adds ("Bradford's", "I've")."""
    plain = word.lower().replace("’", "'").strip(_EDGES)
    return plain in kept_words() or plain.split("'")[0] in kept_words()


def _without_kept(text: str, start: int, end: int) -> Iterator[Span]:
    """The find from `start` to `end` without kept words before the name; a surname may be a town ("Tom Preston")."""
    words = [match.span() for match in re.finditer(r"\S+", text[start:end])]
    if is_kept(text[start:end]):
        return
    while words and is_kept(text[start + words[0][0] : start + words[0][1]]):
        words.pop(0)
    if words:
        yield Span("name", start + words[0][0], start + words[-1][1])


_EDGES = " .,;:!?\"'()"
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][\w'’]*")


class SpacyNameRecogniser:
    """Names by spaCy's small English entity recogniser, which knows capitalised ones best."""

    kind = "name"

    def __init__(self, pipeline: Path) -> None:
        """Load the entity recogniser from a pipeline's directory."""
        self._pipeline = spacy.load(pipeline, exclude=list(EXCLUDED))

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        # Only capitalised finds count, and reading takes spaCy 3 ms.
        if all(is_kept(word) for word in _CAPITALISED.findall(text)):
            return
        for entity in self._pipeline(text).ents:
            if entity.label_ == "PERSON":
                found = _without_kept(text, entity.start_char, entity.end_char)
                yield from (span for span in found if text[span.start].isupper())
