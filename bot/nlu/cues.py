"""Finds what people say outright, such as who they are, whose story they are telling, or that the danger is over.

The patterns are regular expressions in `data/cues.yml`; `bot.nlu.phrases` describes the file's layout.
"""

import re
from pathlib import Path
from typing import Any, Dict, List, Optional

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.phrases import Alternatives, PatternError, Phrase, Sections, read_phrases
from bot.settings import ROOT
from bot.text.normalise import with_straight_apostrophes

ASKER, PLACE, ELSEWHERE = "asker", "place", "elsewhere"
#: Every kind of cue. The file must contain all of them.
KINDS = (
    ASKER,
    "anonymous",
    "own_story",
    "danger",
    "not_mine",
    "lead",
    "long_ago",
    "helped",
    "suicide",
    "said_no",
    "no_plan",
    "missing",
    "missed",
    "remark",
    "answer",
    "declined",
    ELSEWHERE,
)
#: The entity for an asker stated outright. Predictions from later messages do not replace it.
TOLD_ASKER = "told_asker"
#: The syntax for alternatives in a regular expression.
EXPRESSIONS = Alternatives(between="|", around="(?:{})")


class Cues:
    """The compiled cues from a file."""

    def __init__(self, sections: Sections) -> None:
        """Compile the cues.

        Raises:
            PatternError: a kind of cue is missing, or a regular expression is invalid. The message names it.
        """
        self._kinds: "Dict[str, Dict[str, List[re.Pattern[str]]]]" = {}
        for (kind, *value), phrases in sections.items():
            self._kinds.setdefault(kind, {})["".join(value) or "true"] = [_compiled(phrase) for phrase in phrases]
        missing = [kind for kind in KINDS if kind not in self._kinds]
        if missing:
            raise PatternError(f"The cues have no '{missing[0]}'. Add it to their file.")
        self._elsewhere = self._kinds.pop(ELSEWHERE)["true"]

    def find(self, text: str) -> Dict[str, str]:
        """Map each kind of cue found in `text` to its value. If several values match, the first in the file wins."""
        plain = with_straight_apostrophes(text)
        found = {kind: self._first(values, plain) for kind, values in self._kinds.items()}
        return {kind: value for kind, value in found.items() if value is not None}

    def is_elsewhere(self, before: str) -> bool:
        """Whether a place that follows the words `before` is somebody else's, as in "he's from …"."""
        plain = with_straight_apostrophes(before)
        return any(line.search(plain) for line in self._elsewhere)

    @staticmethod
    def _first(values: "Dict[str, List[re.Pattern[str]]]", text: str) -> Optional[str]:
        return next((value for value, lines in values.items() if any(line.search(text) for line in lines)), None)


def read_cues(path: Path) -> Cues:
    """Read cues from a file.

    Raises:
        PatternError: the file is missing, or a cue in it is invalid.
    """
    return Cues(read_phrases(path, EXPRESSIONS))


def _compiled(phrase: Phrase) -> "re.Pattern[str]":
    if phrase.but_not:
        raise PatternError(f"The cue '{phrase.id}' has 'but_not'. Write (?!...) in its pattern instead.")
    try:
        return re.compile(phrase.pattern, re.IGNORECASE)
    except re.error as error:
        raise PatternError(f"The cue '{phrase.id}' is no regular expression: {error}.") from error


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CueExtractor(GraphComponent, EntityExtractorMixin):
    """Adds cues as entities. If a message says outright who is asking, that overrides the classifier.

    Entities for other people's places are removed, because they must not determine the police force.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the default path of the cues file, relative to the project root."""
        return {"cues": "data/cues.yml"}

    def __init__(self, cues: Cues) -> None:
        """Store the cues."""
        self._cues = cues

    @classmethod
    def create(cls, config: Dict[str, Any], *_: Any) -> "CueExtractor":
        """Read the cues from their file."""
        return cls(read_cues(ROOT / config["cues"]))

    def process(self, messages: List[Message]) -> List[Message]:
        """Add each message's cues to its entities, and remove places that are not the writer's."""
        for message in messages:
            text = message.get(TEXT) or ""
            self._forget_other_places(message, text)
            found = self._cues.find(text)
            if found:
                if ASKER in found:
                    found[TOLD_ASKER] = found[ASKER]
                said = [
                    {"entity": kind, "value": value, "start": 0, "end": len(text), "confidence_entity": 1.0}
                    for kind, value in found.items()
                ]
                guessed = [e for e in message.get(ENTITIES, []) if not (ASKER in found and e["entity"] == ASKER)]
                message.set(ENTITIES, guessed + self.add_extractor_name(said), add_to_output=True)
        return messages

    def _forget_other_places(self, message: Message, text: str) -> None:
        entities = message.get(ENTITIES, [])
        own = [e for e in entities if e["entity"] != PLACE or not self._cues.is_elsewhere(text[: e["start"]])]
        if len(own) < len(entities):
            message.set(ENTITIES, own, add_to_output=True)
