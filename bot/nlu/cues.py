"""Finds what people state outright: who they are, that they want to give no name, that a danger is over.

The patterns are in `data/cues.yml`.
"""

import re
from pathlib import Path
from typing import Any, Dict, List, Optional

import rasa.shared.utils.io
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.settings import ROOT

ASKER, ANONYMOUS, DANGER = "asker", "anonymous", "danger"
PLACE, ELSEWHERE = "place", "elsewhere"
#: An asker who was stated outright; guesses from later messages do not replace it.
TOLD_ASKER = "told_asker"


class Cues:
    """The cues of a file, compiled."""

    def __init__(self, cues: Dict[str, Any]) -> None:
        """Compile the cues.

        Raises:
            InvalidConfigException: a kind is missing, or an expression is invalid; the message names it.
        """
        try:
            self._kinds = {
                ASKER: {name: _compiled(lines) for name, lines in cues[ASKER].items()},
                ANONYMOUS: {"true": _compiled(cues[ANONYMOUS])},
                DANGER: {name: _compiled(lines) for name, lines in cues[DANGER].items()},
            }
            self._elsewhere = _compiled(cues[ELSEWHERE])
        except (KeyError, AttributeError, TypeError) as error:
            raise InvalidConfigException(
                f"The cues lack a kind or its expressions: {error}. Mend their file."
            ) from error

    def find(self, text: str) -> Dict[str, str]:
        """The kinds found in `text` with their values; if several values match, the first in the file."""
        plain = text.replace("’", "'")
        found = {kind: self._first(values, plain) for kind, values in self._kinds.items()}
        return {kind: value for kind, value in found.items() if value is not None}

    def is_elsewhere(self, before: str) -> bool:
        """Whether a place after these words is somebody else's: "he's from …"."""
        plain = before.replace("’", "'")
        return any(line.search(plain) for line in self._elsewhere)

    @staticmethod
    def _first(values: "Dict[str, List[re.Pattern[str]]]", text: str) -> Optional[str]:
        return next((value for value, lines in values.items() if any(line.search(text) for line in lines)), None)


def read_cues(path: Path) -> Cues:
    """Read the cues of a file.

    Raises:
        InvalidConfigException: the file cannot be read.
    """
    try:
        return Cues(rasa.shared.utils.io.read_yaml_file(path))
    except (OSError, ValueError) as error:
        raise InvalidConfigException(f"{path} cannot be read: {error}. Restore it, or mend config.yml.") from error


def _compiled(lines: List[str]) -> "List[re.Pattern[str]]":
    compiled = []
    for line in lines:
        try:
            compiled.append(re.compile(line, re.IGNORECASE))
        except re.error as error:
            raise InvalidConfigException(f"The cue '{line}' is no regular expression: {error}.") from error
    return compiled


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CueExtractor(GraphComponent, EntityExtractorMixin):
    """Adds cues as entities; a stated asker replaces the guessed one.

    A place that belongs to somebody else is removed, because it must not choose the police force.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`cues` is the path of the file, from the project root."""
        return {"cues": "data/cues.yml"}

    def __init__(self, cues: Cues) -> None:
        """Keep the cues."""
        self._cues = cues

    @classmethod
    def create(cls, config: Dict[str, Any], *_: Any) -> "CueExtractor":
        """Read the cues from their file."""
        return cls(read_cues(ROOT / config["cues"]))

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the cues of each message, and remove places that are not the writer's."""
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
