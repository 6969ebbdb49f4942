"""A text as it comes in: its language and the words of danger in it are read, then what identifies is taken out."""

from functools import cache
from typing import Any, Dict, List, NamedTuple, Optional

from bot.content.cards import INTENTS, TOLD, load_cards
from bot.nlu.language import LANGUAGE, Foreign
from bot.nlu.safety_net import VERDICT, Phrases, Verdict
from bot.privacy.redact import Redactor
from bot.text.language_detection import Languages, Phrase, plain, words_of


class Arrival(NamedTuple):
    """What goes on of a text: its words without what identifies, the kinds taken out, what the safety net found.

    And which language it is in, if not English.
    """

    text: str
    removed: List[str]
    verdict: Verdict
    foreign: Optional[Foreign] = None

    @property
    def metadata(self) -> Dict[str, Any]:
        """What the model is told beside the text."""
        return {
            VERDICT: self.verdict,
            **({"removed": self.removed} if self.removed else {}),
            **({LANGUAGE: self.foreign._asdict()} if self.foreign else {}),
        }


def arrive(text: str, net: Phrases, redactor: Redactor) -> Arrival:
    """Read and redact a text; the words of danger that the net found are kept as they were typed."""
    found: List[Verdict] = []

    def keep(typed: str) -> "List[tuple[int, int]]":
        reading = net.read(typed)
        found.append(reading.verdict)
        return reading.places

    redacted = redactor.redact(text, keep)
    return Arrival(redacted.text, redacted.removed, found[0], foreign_language(text))


def foreign_language(text: str) -> Optional[Foreign]:
    """The language of a text that is not in English, with what its card tells apart; None for English."""
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
    """The languages of the cards and their phrases, loaded once; it takes a second."""
    _phrases()
    cues = {code: card.cues.dict().values() for code, card in load_cards().items()}
    return Languages({code: [phrase for phrases in of_card for phrase in phrases] for code, of_card in cues.items()})


@cache
def _phrases() -> Dict[str, Dict[str, List[Phrase]]]:
    return {
        code: {told: [Phrase(cue) for cue in getattr(card.cues, told)] for told in TOLD}
        for code, card in load_cards().items()
    }
