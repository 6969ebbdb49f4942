"""Replaces what identifies a person by placeholders, and reports the kinds it removed."""

import re
import unicodedata
from typing import Callable, Collection, Iterable, List, NamedTuple, Sequence, Tuple

from bot.redaction.lexicon import allowed_phrases, clear_caches, context_words
from bot.redaction.recognizers import pattern_recognizers
from bot.redaction.recognizers.base import Recognizer, Span
from bot.redaction.recognizers.handles import HandleRecognizer
from bot.redaction.recognizers.names import ListedNameRecognizer, NamePatternRecognizer
from bot.redaction.recognizers.tagger import TaggerRecognizer
from bot.text.normalise import with_straight_apostrophes
from bot.text.placeholders import placeholder, placeholders_of
from bot.weights import tagger_path

#: Longest message that the chat accepts, in characters.
MAX_LENGTH = 1000
#: How many times longer a text may become by NFKC normalisation: a single character can become eighteen.
GROWN = 2
#: Most passes over a text. None of the 3,953 test messages needs more than three; in a word repeated a hundred times
#: each match could lead to the next one.
PASSES = 4


#: Characters that join and colour emoji. Next to anything else they are invisible and could split a number.
_JOINERS = "\u200d\u034f\u115f\u1160\ufe00-\ufe0f"
_HIDING = re.compile(rf"(?:^|(?<=[\w\x00-\x7f]))[{_JOINERS}]{{1,4000}}|[{_JOINERS}]{{1,4000}}(?=[\w\x00-\x7f]|$)")
_WORD = re.compile(r"\w")
_BETWEEN = re.compile(r"[\W_]{1,4000}")

#: Returns the parts of a tidied text that stay as they are, as pairs of start and end.
Keep = Callable[[str], Iterable[Tuple[int, int]]]


def keep_nothing(tidied: str) -> Iterable[Tuple[int, int]]:
    """Protect no part of a text."""
    return ()


class Redacted(NamedTuple):
    """A redacted text; `removed` lists the kinds in order of appearance."""

    text: str
    removed: List[str]


class Redactor:
    """Replaces each match by its kind in angle brackets: "call <phone>"."""

    def __init__(self, recognizers: Sequence[Recognizer]) -> None:
        """Take the recognizers in order of priority: of two overlapping matches the later gets what the first left."""
        self._recognizers = list(recognizers)
        # Only our own kinds are placeholders; anything else in angle brackets is text.
        self._placeholder = placeholders_of(recognizer.kind for recognizer in recognizers)

    @classmethod
    def load(cls) -> "Redactor":
        """The full redactor.

        Raises:
            WeightsError: the tagger is missing, or not the one that was tested.
        """
        return cls(
            [*pattern_recognizers(), NamePatternRecognizer(), ListedNameRecognizer(), TaggerRecognizer(tagger_path())]
        )

    @classmethod
    def patterns_only(cls, kinds: Collection[str]) -> "Redactor":
        """A redactor of some kinds by patterns and context words only: no name lists, unknown words or tagger."""
        recognizers = [*pattern_recognizers(), NamePatternRecognizer()]
        return cls([one for one in recognizers if one.kind in kinds and not isinstance(one, HandleRecognizer)])

    def redact(self, text: str, keep: Keep = keep_nothing) -> Redacted:
        """Redact one text after removing its control characters. Idempotent: placeholders are left alone.

        Passes repeat until one finds nothing, since a name may only be recognised after its neighbours were replaced.

        Args:
            text: as typed.
            keep: returns the spans of the tidied text that stay as they are.
        """
        try:
            return self._redact(tidy(text), keep)
        finally:
            clear_caches()

    def _redact(self, redacted: str, keep: Keep) -> Redacted:
        placed: List[Span] = []
        kept = [Span("", start, end) for start, end in keep(redacted)]
        for _ in range(PASSES):
            found = self._find(redacted, kept)
            if not found:
                break
            kept = _shifted(kept, found)
            redacted, placed = _replace(redacted, placed, found)
        return Redacted(redacted, [span.kind for span in placed])

    def _find(self, text: str, kept: Sequence[Span]) -> List[Span]:
        phrases = (*self._placeholder.finditer(text), *allowed_phrases().finditer(with_straight_apostrophes(text)))
        taken = [*kept, *(Span("", *match.span()) for match in phrases)]
        found: List[Span] = []
        for recognizer in self._recognizers:
            for span in recognizer.find(text):
                pieces = [_trimmed(piece, text) for piece in _uncovered(span, taken) if _WORD.search(text, *piece[1:])]
                if any(_overlaps(span, other) for other in kept):
                    pieces = [piece for piece in pieces if not _is_sentence_words(text[piece.start : piece.end])]
                found += pieces
                taken += pieces
        return _merged(found, text)


def _merged(found: Sequence[Span], text: str) -> List[Span]:
    """Merge matches of one kind with only white space between them."""
    merged: List[Span] = []
    for span in sorted(found, key=lambda span: span.start):
        last = merged[-1] if merged else None
        if last and last.kind == span.kind and not text[last.end : span.start].strip():
            merged[-1] = Span(span.kind, last.start, span.end)
        else:
            merged.append(span)
    return merged


def _overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _is_sentence_words(rest: str) -> bool:
    """Whether the rest of a match around protected words is ordinary sentence words: "i_am_" of "i_am_dying"."""
    return all(word in context_words("handles", "spoken") for word in _BETWEEN.split(rest.lower()) if word)


def _uncovered(span: Span, taken: Sequence[Span]) -> List[Span]:
    """The parts of `span` that no span of `taken` covers."""
    pieces = [span]
    for other in taken:
        if other.end <= span.start or span.end <= other.start:
            continue
        pieces = [
            Span(span.kind, start, end)
            for piece in pieces
            for start, end in ((piece.start, min(piece.end, other.start)), (max(piece.start, other.end), piece.end))
            if start < end
        ]
    return pieces


def _trimmed(piece: Span, text: str) -> Span:
    """`piece` without white space at its ends, with combining accents that would attach to the placeholder's ">"."""
    start, end = piece.start, piece.end
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return Span(piece.kind, start, end)


def _shifted(kept: Sequence[Span], found: Sequence[Span]) -> List[Span]:
    """The protected spans after the matches, which do not overlap them, were replaced by placeholders."""
    shifted: List[Span] = []
    matches = sorted(found, key=lambda span: span.start)
    passed = shift = 0
    for span in sorted(kept, key=lambda span: span.start):
        while passed < len(matches) and matches[passed].end <= span.start:
            match = matches[passed]
            shift += len(placeholder(match.kind)) - (match.end - match.start)
            passed += 1
        shifted.append(Span(span.kind, span.start + shift, span.end + shift))
    return shifted


def _replace(text: str, placed: Sequence[Span], found: Sequence[Span]) -> "tuple[str, List[Span]]":
    """Replace `found` by placeholders; returns the text and the positions of all placeholders, `placed` included."""
    parts: List[str] = []
    positions: List[Span] = []
    position = length = 0
    for span in sorted([*placed, *found], key=lambda span: span.start):
        before, put = text[position : span.start], placeholder(span.kind)
        parts += [before, put]
        positions.append(Span(span.kind, length + len(before), length + len(before) + len(put)))
        length, position = positions[-1].end, span.end
    return "".join([*parts, text[position:]]), positions


def is_too_long(text: str, most: int) -> bool:
    """Whether a text is longer than `most` characters, or than `GROWN` times that after NFKC normalisation."""
    return len(text) > most or len(unicodedata.normalize("NFKC", text)) > GROWN * most


def tidy(text: str) -> str:
    """`text` in NFKC (full-width digits become plain ones, for example), without control and invisible characters."""
    kept = (" " if c in "\t\n\r" else c for c in unicodedata.normalize("NFKC", text) if c in "\t\n\r" or _is_visible(c))
    return " ".join(unicodedata.normalize("NFKC", _HIDING.sub("", "".join(kept))).split())


def _is_visible(character: str) -> bool:
    # Cf has the zero-width characters, which would split a phone number for a pattern and not for a reader.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn") or character == "\u200d"
