"""A text as it comes in: the safety net reads what was typed, then what identifies is taken out."""

from typing import Any, Dict, List, NamedTuple

from bot.nlu.safety_net import VERDICT, Phrases, Verdict
from bot.privacy.redact import Redactor


class Arrival(NamedTuple):
    """What goes on of a text: its words without what identifies, the kinds taken out, what the safety net found."""

    text: str
    removed: List[str]
    verdict: Verdict

    @property
    def metadata(self) -> Dict[str, Any]:
        """What the model is told beside the text."""
        return {VERDICT: self.verdict, **({"removed": self.removed} if self.removed else {})}


def arrive(text: str, net: Phrases, redactor: Redactor) -> Arrival:
    """Read and redact a text; the words of danger that the net found are kept as they were typed."""
    found: List[Verdict] = []

    def keep(typed: str) -> "List[tuple[int, int]]":
        reading = net.read(typed)
        found.append(reading.verdict)
        return reading.places

    redacted = redactor.redact(text, keep)
    return Arrival(redacted.text, redacted.removed, found[0])
