"""Names of people: by the words around them, and by spaCy's entity recogniser."""

import re
from pathlib import Path
from typing import Iterator

from bot.privacy.kept import (
    SURNAMES,
    is_common,
    is_first_name,
    is_kept,
    is_misspelt_name,
    is_misspelt_word,
    listed,
    plain,
)
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


_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
#: After these a word that nobody uses otherwise is a name.
_BEFORE_A_NAME = frozenset(
    "called named told tell with by from n and mr mrs miss ms mx dr sir dc pc sgt uncle aunty auntie aunt cousin coach "
    "mate friend bestie bf gf ex boyfriend girlfriend brother sister bro sis son daughter hi hey its im me dear nan "
    "grandad".split()
)
#: Before these as well.
_AFTER_A_NAME = frozenset(
    "sent said says told keeps asked added showed made shared posted put has got did is was and n".split()
)


class ListedNameRecogniser:
    """Names in any case, by a list of first names, by their misspellings, and by the words beside an unknown word."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        tokens = list(_TOKEN.finditer(text))
        words = [plain(token.group()) for token in tokens]
        # In another language every word is unknown; names are guessed by their spelling only among words that are not.
        guess = 2 * sum(is_common(word) for word in words) >= len(words)
        place = 0
        while place < len(tokens):
            if not self._is_listed(words[place]) and not (guess and self._is_guessed(words, place)):
                place += 1
                continue
            last = place
            while self._goes_on(text, tokens, words, last):
                last += 1
            first = place - 1 if place and words[place - 1] == "big" else place
            yield Span(self.kind, tokens[first].start(), _end(tokens[last]))
            place = last + 1

    @staticmethod
    def _is_listed(word: str) -> bool:
        return len(word) > 1 and is_first_name(word) and not is_common(word)

    @staticmethod
    def _is_guessed(words: "list[str]", place: int) -> bool:
        """Whether an unknown word is a name by its spelling or by its neighbours."""
        word = words[place]
        if is_common(word) or len(word) < 3:
            return False
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        between = before in _BEFORE_A_NAME and after in _AFTER_A_NAME and not is_misspelt_word(word)
        return is_misspelt_name(word) or between or before in _TITLES

    @staticmethod
    def _goes_on(text: str, tokens: "list[re.Match[str]]", words: "list[str]", last: int) -> bool:
        """Whether the next word is part of the name: a surname, a second first name, an unknown one with a capital."""
        if last + 1 >= len(tokens) or text[tokens[last].end() : tokens[last + 1].start()].strip(" "):
            return False
        word, written = words[last + 1], tokens[last + 1].group()
        if len(word) == 1 and word not in "aixnu":
            return True
        if word in listed(SURNAMES) and (written[0].isupper() or not is_common(word)):
            return True
        return not is_common(word) and (is_first_name(word) or written[0].isupper())


_TITLES = frozenset("mr mrs miss ms mx dr sir uncle aunty auntie dc pc sgt".split())


def _end(token: "re.Match[str]") -> int:
    """Where a name ends: a possessive stays."""
    written = token.group().replace("’", "'")
    return token.end() - 2 if written.endswith("'s") else token.end()


def _without_kept(text: str, start: int, end: int) -> Iterator[Span]:
    """The find from `start` to `end` without kept words before the name; a surname may be a town ("Tom Preston")."""
    words = [match.span() for match in re.finditer(r"\S+", text[start:end])]
    if is_kept(text[start:end]):
        return
    while words and is_kept(text[start + words[0][0] : start + words[0][1]]):
        words.pop(0)
    if words:
        yield Span("name", start + words[0][0], start + words[-1][1])


_CAPITALISED = re.compile(r"\b[^\W\d_a-z][\w'’]*")


class SpacyNameRecogniser:
    """Names by spaCy's small English entity recogniser, which knows capitalised ones best."""

    kind = "name"

    def __init__(self, pipeline: Path) -> None:
        """Load the entity recogniser from a pipeline's directory."""
        # Whoever redacts by shape alone need not wait for spaCy (3 s).
        import spacy

        self._pipeline = spacy.load(pipeline, exclude=list(EXCLUDED))

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        # Only capitalised finds count, and reading takes spaCy 4 ms.
        if not any(self._may_be_name(text, match) for match in _CAPITALISED.finditer(text)):
            return
        for entity in self._pipeline(text).ents:
            if entity.label_ == "PERSON":
                found = _without_kept(text, entity.start_char, entity.end_char)
                yield from (span for span in found if text[span.start].isupper())

    @staticmethod
    def _may_be_name(text: str, match: "re.Match[str]") -> bool:
        """Whether a capitalised word is worth reading for: unknown, or capitalised though no sentence begins there."""
        if is_kept(match.group()) or is_first_name(match.group()):
            return False
        begins = not text[: match.start()].rstrip(" \"'“(") or text[: match.start()].rstrip()[-1:] in ".!?:"
        return not (begins and is_common(match.group()))
