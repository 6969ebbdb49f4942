"""Replaces identifying details with placeholders, and reports which kinds it removed."""

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

#: Maximum length of a chat message, in characters.
MAX_LENGTH = 1000
#: Maximum factor by which NFKC normalisation may lengthen a text. It can turn one character into eighteen.
GROWN = 2
#: Maximum number of passes over a text. None of the 3,953 test messages needs more than three, but in a text that
#: repeats one word a hundred times, each match could lead to another.
PASSES = 4


#: Characters that join emoji or set their colour. Next to anything else they are invisible and could split a number.
_JOINERS = "\u200d\u034f\u115f\u1160\ufe00-\ufe0f"
_HIDING = re.compile(rf"(?:^|(?<=[\w\x00-\x7f]))[{_JOINERS}]{{1,4000}}|[{_JOINERS}]{{1,4000}}(?=[\w\x00-\x7f]|$)")
_WORD = re.compile(r"\w")
_BETWEEN = re.compile(r"[\W_]{1,4000}")

#: A function that takes a tidied text and returns the parts that must not be redacted, as (start, end) pairs.
Keep = Callable[[str], Iterable[Tuple[int, int]]]


def keep_nothing(tidied: str) -> Iterable[Tuple[int, int]]:
    """Return no spans, so that the whole text may be redacted."""
    return ()


class Redacted(NamedTuple):
    """A redacted text. `removed` lists the kinds of identifier removed, in order of appearance."""

    text: str
    removed: List[str]


class Redactor:
    """Replaces each match with its kind in angle brackets, as in "call <phone>"."""

    def __init__(self, recognizers: Sequence[Recognizer]) -> None:
        """Set the recognizers, highest priority first. Where two match the same characters, the first wins."""
        self._recognizers = list(recognizers)
        # Only our own kinds are placeholders. Anything else in angle brackets is ordinary text.
        self._placeholder = placeholders_of(recognizer.kind for recognizer in recognizers)

    @classmethod
    def load(cls) -> "Redactor":
        """Return a redactor with every recognizer.

        Raises:
            WeightsError: the tagger's weights are missing, or are not the weights that were tested.
        """
        return cls(
            [*pattern_recognizers(), NamePatternRecognizer(), ListedNameRecognizer(), TaggerRecognizer(tagger_path())]
        )

    @classmethod
    def patterns_only(cls, kinds: Collection[str]) -> "Redactor":
        """Return a redactor for `kinds` that uses patterns and context words but no name lists, guesses or tagger."""
        recognizers = [*pattern_recognizers(), NamePatternRecognizer()]
        return cls([one for one in recognizers if one.kind in kinds and not isinstance(one, HandleRecognizer)])

    def redact(self, text: str, keep: Keep = keep_nothing) -> Redacted:
        """Tidy a text and redact it. This is idempotent, because placeholders are left alone.

        The redactor makes up to `PASSES` passes and stops when a pass finds nothing. Some names are recognised only
        once their neighbours have been replaced.

        Args:
            text: the text as typed.
            keep: a function that returns the spans of the tidied text that must not be redacted.
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
    """Merge matches of the same kind that have only white space between them."""
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
    """Whether the rest of a partly protected match is only ordinary words, like the "i_am_" in "i_am_dying"."""
    return all(word in context_words("handles", "spoken") for word in _BETWEEN.split(rest.lower()) if word)


def _uncovered(span: Span, taken: Sequence[Span]) -> List[Span]:
    """Return the parts of `span` that are not covered by any of the spans in `taken`."""
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
    """Trim white space from `piece`, and extend it over any combining accents that follow.

    Left behind, the accents would attach to the placeholder's ">".
    """
    start, end = piece.start, piece.end
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return Span(piece.kind, start, end)


def _shifted(kept: Sequence[Span], found: Sequence[Span]) -> List[Span]:
    """Return the new positions of protected spans after placeholders replace the matches, which never overlap them."""
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
    """Replace `found` with placeholders. Return the text and the spans of all placeholders, including `placed`."""
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
    """Whether a text has more than `most` characters, or more than `GROWN * most` after NFKC normalisation."""
    return len(text) > most or len(unicodedata.normalize("NFKC", text)) > GROWN * most


def tidy(text: str) -> str:
    """Normalise `text` to NFKC and remove control and invisible characters.

    NFKC turns full-width digits into plain ones, for example.
    """
    if text.isascii() and text.isprintable():
        # Most messages are plain ASCII, with nothing to normalise or remove.
        return " ".join(text.split())
    kept = (" " if c in "\t\n\r" else c for c in unicodedata.normalize("NFKC", text) if c in "\t\n\r" or _is_visible(c))
    return " ".join(unicodedata.normalize("NFKC", _HIDING.sub("", "".join(kept))).split())


def _is_visible(character: str) -> bool:
    # Cf includes zero-width characters. A phone number that contains such a character looks normal to a reader, but no
    # pattern matches it.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn") or character == "\u200d"
