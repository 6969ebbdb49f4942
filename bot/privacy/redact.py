"""Takes what identifies out of a text and says what kinds it took."""

import re
import unicodedata
from typing import Callable, Collection, Iterable, List, NamedTuple, Sequence, Tuple

from bot.privacy.context import around
from bot.privacy.handles import HandleRecogniser
from bot.privacy.kept import forget, kept_phrases
from bot.privacy.names import ListedNameRecogniser, NamePatternRecogniser
from bot.privacy.recognisers import pattern_recognisers
from bot.privacy.spans import Recogniser, Span
from bot.privacy.tagger import TaggedRecogniser
from bot.weights import tagger_path

#: Longest text that the door takes, in characters.
MAX_LENGTH = 1000
#: How many times as long a text may be once its characters are made plain: one of them alone makes eighteen.
GROWN = 2
#: Times that a text is looked through at most. Of 3,953 messages of the tests none needs more than three; in a word
#: repeated a hundred times each find could lead to the next one.
PASSES = 4


#: Characters that emoji are joined and coloured with. Beside anything else they are invisible and could split a number.
_JOINERS = "\u200d\u034f\u115f\u1160\ufe00-\ufe0f"
_HIDING = re.compile(rf"(?:^|(?<=[\w\x00-\x7f]))[{_JOINERS}]{{1,4000}}|[{_JOINERS}]{{1,4000}}(?=[\w\x00-\x7f]|$)")


_WORD = re.compile(r"\w")
_BETWEEN = re.compile(r"[\W_]{1,4000}")


#: Says of a tidied text which parts stay as they are.
Keep = Callable[[str], Iterable[Tuple[int, int]]]


def keep_nothing(tidied: str) -> Iterable[Tuple[int, int]]:
    """Every part of a text may go."""
    return ()


class Redacted(NamedTuple):
    """A text without what identifies; `removed` holds the kinds in order of appearance."""

    text: str
    removed: List[str]


class Redactor:
    """Replaces each find by its kind in angle brackets: "call <phone>"."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        """Keep the recognisers; where two finds overlap, the later one keeps what the earlier does not cover."""
        self._recognisers = list(recognisers)
        # Only our own kinds are placeholders: whatever else a person puts in angle brackets is text.
        kinds = "|".join(sorted({recogniser.kind for recogniser in recognisers}))
        self._placeholder = re.compile(f"<(?:{kinds})>")

    @classmethod
    def load(cls) -> "Redactor":
        """The full redactor.

        Raises:
            WeightsError: the tagger is missing, or not the one that was tested.
        """
        return cls(
            [*pattern_recognisers(), NamePatternRecogniser(), ListedNameRecogniser(), TaggedRecogniser(tagger_path())]
        )

    @classmethod
    def by_shape(cls, kinds: Collection[str]) -> "Redactor":
        """Some kinds, by their shape and by the words around them: without lists, unknown words and the tagger."""
        by_shape = [*pattern_recognisers(), NamePatternRecogniser()]
        return cls([one for one in by_shape if one.kind in kinds and not isinstance(one, HandleRecogniser)])

    def redact(self, text: str, keep: Keep = keep_nothing) -> Redacted:
        """Redact one text, its control characters removed first. Idempotent: placeholders are left alone.

        Passes repeat until one finds nothing, since a name may be seen only once its surroundings are gone.

        Args:
            text: as it was typed.
            keep: what is left as it is, as pairs of start and end in the tidied text that it is given.
        """
        try:
            return self._redact(tidy(text), keep)
        finally:
            forget()

    def _redact(self, redacted: str, keep: Keep) -> Redacted:
        placed: List[Span] = []
        kept = [Span("", start, end) for start, end in keep(redacted)]
        for _ in range(PASSES):
            found = self._find(redacted, kept)
            if not found:
                break
            kept = _moved(kept, found)
            redacted, placed = _replace(redacted, placed, found)
        return Redacted(redacted, [span.kind for span in placed])

    def _find(self, text: str, kept: Sequence[Span]) -> List[Span]:
        phrases = (*self._placeholder.finditer(text), *kept_phrases().finditer(text.replace("’", "'")))
        taken = [*kept, *(Span("", *match.span()) for match in phrases)]
        found: List[Span] = []
        for recogniser in self._recognisers:
            for span in recogniser.find(text):
                pieces = [_grown(piece, text) for piece in _uncovered(span, taken) if _WORD.search(text, *piece[1:])]
                if any(_overlaps(span, other) for other in kept):
                    pieces = [piece for piece in pieces if not _is_said(text[piece.start : piece.end])]
                found += pieces
                taken += pieces
        return _joined(found, text)


def _joined(found: Sequence[Span], text: str) -> List[Span]:
    """Finds of one kind with nothing but white space between them, as one."""
    joined: List[Span] = []
    for span in sorted(found, key=lambda span: span.start):
        last = joined[-1] if joined else None
        if last and last.kind == span.kind and not text[last.end : span.start].strip():
            joined[-1] = Span(span.kind, last.start, span.end)
        else:
            joined.append(span)
    return joined


def _overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _is_said(rest: str) -> bool:
    """Whether what is left of a find between kept words is only what sentences are made of: "i_am_" of "i_am_dying"."""
    return all(word in around("handles", "spoken") for word in _BETWEEN.split(rest.lower()) if word)


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


def _grown(piece: Span, text: str) -> Span:
    """`piece` without white space at its ends, with the accents that would otherwise change its placeholder's ">"."""
    start, end = piece.start, piece.end
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return Span(piece.kind, start, end)


def _moved(kept: Sequence[Span], found: Sequence[Span]) -> List[Span]:
    """Where spans are once placeholders have replaced what was found, which covers none of them."""
    moved: List[Span] = []
    finds = sorted(found, key=lambda span: span.start)
    passed = shift = 0
    for span in sorted(kept, key=lambda span: span.start):
        while passed < len(finds) and finds[passed].end <= span.start:
            find = finds[passed]
            shift += len(f"<{find.kind}>") - (find.end - find.start)
            passed += 1
        moved.append(Span(span.kind, span.start + shift, span.end + shift))
    return moved


def _replace(text: str, placed: Sequence[Span], found: Sequence[Span]) -> "tuple[str, List[Span]]":
    """Put placeholders for `found` beside those of `placed`; returns the text and where they all stand now."""
    parts: List[str] = []
    standing: List[Span] = []
    position = length = 0
    for span in sorted([*placed, *found], key=lambda span: span.start):
        before, placeholder = text[position : span.start], f"<{span.kind}>"
        parts += [before, placeholder]
        standing.append(Span(span.kind, length + len(before), length + len(before) + len(placeholder)))
        length, position = standing[-1].end, span.end
    return "".join([*parts, text[position:]]), standing


def is_too_long(text: str, most: int) -> bool:
    """Whether a text has more characters than `most`, or far more once they are made plain."""
    return len(text) > most or len(unicodedata.normalize("NFKC", text)) > GROWN * most


def tidy(text: str) -> str:
    """`text` in NFKC (full-width digits and the like become plain), without control and invisible characters."""
    kept = (" " if c in "\t\n\r" else c for c in unicodedata.normalize("NFKC", text) if c in "\t\n\r" or _is_visible(c))
    return " ".join(unicodedata.normalize("NFKC", _HIDING.sub("", "".join(kept))).split())


def _is_visible(character: str) -> bool:
    # Cf holds zero-width characters, which would split a phone number for the eye of a pattern only.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn") or character == "\u200d"
