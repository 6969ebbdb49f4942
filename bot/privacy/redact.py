"""Takes what identifies out of a text and says what kinds it took."""

import re
import unicodedata
from pathlib import Path
from typing import List, NamedTuple, Sequence

from bot.privacy.names import NamePatternRecogniser, SpacyNameRecogniser
from bot.privacy.recognisers import Recogniser, Span, pattern_recognisers

#: Longest text that the door takes, in characters.
MAX_LENGTH = 1000


#: Characters that emoji are joined and coloured with. Beside anything else they are invisible and could split a number.
_JOINERS = "\u200d\u034f\u115f\u1160\ufe00-\ufe0f"
_HIDING = re.compile(rf"(?:^|(?<=[\w\x00-\x7f]))[{_JOINERS}]+|[{_JOINERS}]+(?=[\w\x00-\x7f]|$)")


class Redacted(NamedTuple):
    """A text without what identifies; `removed` holds the kinds in order of appearance."""

    text: str
    removed: List[str]


class Redactor:
    """Replaces each find by its kind in angle brackets: "call <phone>"."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        """Keep the recognisers; where two finds overlap, the earlier recogniser's wins."""
        self._recognisers = list(recognisers)

    @classmethod
    def load(cls, pipeline: Path) -> "Redactor":
        """The full redactor, with spaCy's pipeline from `pipeline`."""
        return cls([*pattern_recognisers(), NamePatternRecogniser(), SpacyNameRecogniser(pipeline)])

    def redact(self, text: str) -> Redacted:
        """Redact one text, its control characters removed first. Idempotent: placeholders are left alone."""
        clean = tidy(text)
        spans = self._spans(clean)
        parts, position = [], 0
        for span in spans:
            parts += [clean[position : span.start], f"<{span.kind}>"]
            position = span.end
        return Redacted("".join([*parts, clean[position:]]), [span.kind for span in spans])

    def _spans(self, text: str) -> List[Span]:
        taken: List[Span] = []
        for recogniser in self._recognisers:
            for span in recogniser.find(text):
                if not _inside_placeholder(text, span) and not any(
                    s.start < span.end and span.start < s.end for s in taken
                ):
                    taken.append(span)
        return sorted(taken, key=lambda span: span.start)


def tidy(text: str) -> str:
    """`text` in NFKC (full-width digits and the like become plain), without control and invisible characters."""
    kept = (" " if c in "\t\n\r" else c for c in unicodedata.normalize("NFKC", text) if c in "\t\n\r" or _is_visible(c))
    return " ".join(unicodedata.normalize("NFKC", _HIDING.sub("", "".join(kept))).split())


def _is_visible(character: str) -> bool:
    # Cf holds zero-width characters, which would split a phone number for the eye of a pattern only.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn") or character == "\u200d"


def _inside_placeholder(text: str, span: Span) -> bool:
    return text[: span.start].endswith("<") and text[span.end :].startswith(">")
