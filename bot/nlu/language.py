"""Recognises messages that are not in English, so that they are answered in their language rather than guessed at.

The language is detected before redaction (`bot.chat.arrival`). A text not recognised there still counts as another
language if most of its letters are not Latin, or if few of its words occur in the training examples. So does gibberish,
which is harmless, because the answer gives 999.
"""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, METADATA
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.sentences import text_read
from bot.text.language_detection import UNDETERMINED
from bot.text.normalise import without_apostrophes
from bot.text.placeholders import without_placeholders

OTHER_LANGUAGE = "other_language"
#: Key for the language in a message's metadata and parse data.
LANGUAGE = "language"
_FILE = "words.json"
_WORD = re.compile(r"[^\W\d_]{1,4000}")


class Foreign(NamedTuple):
    """A text's language and, if it contains a phrase from that language's card, the intent and the disclosure."""

    code: str
    intent: Optional[str] = None
    told: Optional[str] = None


def words_without_placeholders(text: str) -> List[str]:
    """Return a text's words in lower case, without apostrophes or placeholders."""
    return _WORD.findall(without_apostrophes(without_placeholders(text.lower())))


def is_other_language(text: str, known: FrozenSet[str], share: float, least: int) -> bool:
    """Whether `text` counts as another language.

    Args:
        text: a redacted message.
        known: words that occur in English messages.
        share: a text in Latin letters counts as English if more than this fraction of its words are known.
        least: a text in Latin letters with fewer words than this always counts as English.
    """
    words = words_without_placeholders(text)
    letters = "".join(words)
    foreign = sum("LATIN" not in unicodedata.name(letter, "") for letter in letters)
    if letters and foreign > len(letters) / 2:
        return True
    return len(words) >= least and sum(word in known for word in words) <= share * len(words)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageGuard(GraphComponent, IntentClassifier):
    """Sets the intent of messages in another language. The safety net runs later and may override it."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """See `is_other_language`."""
        return {"share": 0.3, "least": 3}

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        known: Optional[FrozenSet[str]] = None,
    ) -> None:
        """Store the arguments. If `known` is not given, `train` sets it."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._known = known or frozenset()

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageGuard":
        """See the base class."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LanguageGuard":
        """See the base class."""
        with model_storage.read_from(resource) as directory:
            known = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, frozenset(known))

    def train(self, training_data: TrainingData) -> Resource:
        """Store the training examples' words in the model."""
        texts = [text_read(example) for example in training_data.intent_examples]
        self._known = frozenset(word for text in texts for word in words_without_placeholders(text))
        with self._storage.write_to(self._resource) as directory:
            Path(directory / _FILE).write_text(json.dumps(sorted(self._known)), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the language and the intent of messages that are not in English."""
        for message in messages:
            foreign = self._foreign(message)
            if foreign is not None:
                message.set(LANGUAGE, foreign._asdict(), add_to_output=True)
                intent = {"name": foreign.intent or OTHER_LANGUAGE, "confidence": 1.0}
                message.set(INTENT, intent, add_to_output=True)
                message.set("intent_ranking", [intent, *(message.get("intent_ranking") or [])], add_to_output=True)
        return messages

    def _foreign(self, message: Message) -> Optional[Foreign]:
        told = (message.get(METADATA) or {}).get(LANGUAGE)
        if told is not None:
            return Foreign(**told)
        is_other = is_other_language(text_read(message), self._known, self._config["share"], self._config["least"])
        return Foreign(UNDETERMINED) if is_other else None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged, because it is in English."""
        return training_data
