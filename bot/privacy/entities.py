"""Names of people that are in no list: by spaCy's entity recogniser."""

import re
from pathlib import Path
from typing import Iterator

import spacy

from bot.privacy.kept import is_word
from bot.privacy.names import is_acronym, without_kept
from bot.privacy.spans import Span

#: What spaCy needs to find people; the rest of the pipeline is not loaded.
EXCLUDED = ("tagger", "parser", "lemmatizer", "attribute_ruler", "senter")
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][^\W\d_]{2,}")


class SpacyNameRecogniser:
    """Names by spaCy's small English entity recogniser, which knows capitalised ones best.

    Reading takes spaCy 4 ms, so it reads only where a capitalised word is left that is none we know.
    """

    kind = "name"

    def __init__(self, pipeline: Path) -> None:
        """Load the entity recogniser from a pipeline's directory."""
        self._pipeline = spacy.load(pipeline, exclude=list(EXCLUDED))

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        if not any(_may_be_name(match.group()) for match in _CAPITALISED.finditer(text)):
            return
        for entity in self._pipeline(text).ents:
            if entity.label_ == "PERSON":
                found = without_kept(text, entity.start_char, entity.end_char)
                yield from (span for span in found if text[span.start].isupper())


def _may_be_name(written: str) -> bool:
    """Whether a capitalised word is worth reading for."""
    return not (is_word(written) or is_acronym(written))
