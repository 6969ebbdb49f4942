"""Prepares incoming texts. The safety net and the language detector see the original text before it is redacted."""

from functools import cache
from typing import Dict, List, NamedTuple, Optional

from bot.content.cards import DISCLOSURES, INTENTS, load_cards
from bot.nlu.language import LANGUAGE, Foreign
from bot.nlu.safety_net import VERDICT, Phrases, Verdict
from bot.redaction.redactor import Redactor
from bot.text.language_detection import Languages, Phrase, plain, words_of


class Arrival(NamedTuple):
    """A redacted text, the kinds of detail removed, the safety net's verdict, and the language if it is not English."""

    text: str
    removed: List[str]
    verdict: Verdict
    foreign: Optional[Foreign] = None

    @property
    def metadata(self) -> Dict[str, object]:
        """The metadata for the Rasa message."""
        return {
            VERDICT: self.verdict,
            **({"removed": self.removed} if self.removed else {}),
            **({LANGUAGE: self.foreign._asdict()} if self.foreign else {}),
        }


def arrive(text: str, net: Phrases, redactor: Redactor) -> Arrival:
    """Read and redact a text, keeping the words in which the safety net found danger."""
    found: List[Verdict] = []

    def keep(typed: str) -> "List[tuple[int, int]]":
        reading = net.read(typed)
        found.append(reading.verdict)
        return reading.places

    redacted = redactor.redact(text, keep)
    return Arrival(redacted.text, redacted.removed, found[0], foreign_language(text))


def tells_of_danger(text: str, net: Phrases) -> bool:
    """Whether the safety net finds danger in a text. Much faster than `arrive`, because it needs no model."""
    return net.read(text).verdict.intent is not None


def foreign_language(text: str) -> Optional[Foreign]:
    """Return a text's language and any disclosure that the language's card finds in it, or None for English."""
    code = load_languages().of(text)
    if code is None:
        return None
    typed, words = plain(text), words_of(text)
    told = next(
        (told for told, phrases in _phrases().get(code, {}).items() if any(one.is_in(typed, words) for one in phrases)),
        None,
    )
    return Foreign(code, INTENTS[told] if told else None, told)


@cache
def load_languages() -> Languages:
    """Load the language detector with the cards' phrases. Cached, because loading takes a second."""
    _phrases()
    cues = {code: card.cues.dict().values() for code, card in load_cards().items()}
    return Languages({code: [phrase for phrases in of_card for phrase in phrases] for code, of_card in cues.items()})


@cache
def _phrases() -> Dict[str, Dict[str, List[Phrase]]]:
    return {
        code: {told: [Phrase(cue) for cue in getattr(card.cues, told)] for told in DISCLOSURES}
        for code, card in load_cards().items()
    }
