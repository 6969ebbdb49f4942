"""What a message is about, who writes it and how urgent it is, alone and in its conversation, as a Rasa component.

Labels are the intent of an example, the topic that it belongs to and, where the metadata of its block says them, the
asker and the urgency. What a message means in its conversation is learned from annotated conversations; see context.py.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from bot.nlu.context import (
    CONTEXT,
    CONVERSATION,
    ContextReader,
    Turn,
    features_of,
    joined,
    read_turns,
    turns_before,
)
from bot.nlu.encoder import DIMENSION, SentenceEncoder
from bot.nlu.held_out import is_encoded
from bot.nlu.linear import Reader
from bot.nlu.ngrams import Weighed
from bot.nlu.scope import read_topics
from bot.nlu.sentences import SENTENCE_RANKINGS, SENTENCES, text_read
from bot.settings import ROOT

Array = NDArray[np.float32]

#: The label of an example whose block does not say.
UNKNOWN = "unknown"
#: In place of the vector of an example that is not encoded.
_NO_VECTOR = np.zeros(DIMENSION, np.float32)
ASKER, URGENCY = "asker", "urgency"


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class LinearClassifier(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Sets `intent`, `intent_ranking` and `context`, and as entities the urgency and, where it is told, the asker."""

    @classmethod
    def required_components(cls) -> List[type]:
        """See the base class."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> List[str]:
        """See the base class."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`ranking_length` intents are told; below `asker_threshold` nobody is named; `topics` see `read_topics`.

        `conversations` is the folder of annotated conversations.
        """
        return {
            "ranking_length": 20,
            "asker_threshold": 0.4,
            "topics": "content/topics.yml",
            "conversations": "data/conversations",
        }

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Which intents are one topic, so that changing it trains anew."""
        return str(read_topics(ROOT / config.get("topics", cls.get_default_config()["topics"])))

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Optional[Reader] = None,
        context: Optional[ContextReader] = None,
    ) -> None:
        """Keep the parts; without a `reader` and a `context`, `train` makes them."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._reader = reader
        self._context = context

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LinearClassifier":
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
    ) -> "LinearClassifier":
        """See the base class."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, Reader.load(directory), ContextReader.load(directory))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and keep what was learned in the model."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        topics = read_topics(ROOT / self._config["topics"])
        self._reader = Reader.learn(
            np.vstack([_vector(e) if is_encoded(text_read(e)) else _NO_VECTOR for e in examples]),
            [text_read(e) for e in examples],
            {
                "intent": [e.get(INTENT) for e in examples],
                "topic": [topics.get(e.get(INTENT), e.get(INTENT)) for e in examples],
                "asker": [_said(e, ASKER) or UNKNOWN for e in examples],
                "urgency": [_said(e, URGENCY) for e in examples],
            },
        )
        turns = read_turns(ROOT / self._config["conversations"])
        # The pool uses every core already; threads of its own would only wait for each other.
        with threadpool_limits(1):
            self._context = ContextReader.learn(_features_of_turns(self._reader, turns), turns)
        with self._storage.write_to(self._resource) as directory:
            self._reader.save(directory)
            self._context.save(directory)
        return self._resource

    def process(self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None) -> List[Message]:
        """Read each message that has text, alone and in its conversation."""
        reader, context = self._learned()
        for message in messages:
            if message.get(TEXT):
                self._read(message, reader)
                self._read_in_context(message, reader, context, tracker)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing that follows learns from our predictions."""
        return training_data

    def _learned(self) -> Tuple[Reader, ContextReader]:
        if self._reader is None or self._context is None:
            raise InvalidConfigException("The classifier was not trained. Run 'make train'.")
        return self._reader, self._context

    def _read(self, message: Message, reader: Reader) -> None:
        features = _vector(message), reader.ngrams.weigh(text_read(message))
        ranking = self._ranking(reader, *features)
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        parts = [(vector, reader.ngrams.weigh(text)) for text, vector in message.get(SENTENCES) or []]
        message.set(SENTENCE_RANKINGS, [self._ranking(reader, *part) for part in parts])
        asker, confidence = reader.asker.best(*features)
        if asker != UNKNOWN and confidence >= self._config["asker_threshold"]:
            self._add(message, ASKER, asker, confidence)
        self._add(message, URGENCY, *reader.urgency.best(*features))

    def _ranking(self, reader: Reader, vector: Array, weighed: Weighed) -> List[Dict[str, Any]]:
        """The likeliest intents of a text, best first."""
        probabilities = reader.intents(vector, weighed)
        best = np.argsort(-probabilities)[: self._config["ranking_length"]]
        return [{"name": reader.intent.classes[i], "confidence": float(probabilities[i])} for i in best]

    def _read_in_context(
        self, message: Message, reader: Reader, context: ContextReader, tracker: Optional[DialogueStateTracker]
    ) -> None:
        alone = (text_read(message), _vector(message))
        together = message.get(CONVERSATION) or alone
        read = context.read(features_of(reader, alone, together, turns_before(tracker)))
        ranking = self._ranking(reader, together[1], reader.ngrams.weigh(together[0]))
        is_first = message.get(CONVERSATION) is None
        message.set(CONTEXT, {**read, "intents": ranking, "is_first": is_first}, add_to_output=True)

    def _add(self, message: Message, kind: str, value: str, confidence: float) -> None:
        end = len(message.get(TEXT))
        entity = {"entity": kind, "value": value, "start": 0, "end": end, "confidence_entity": confidence}
        message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name([entity]), add_to_output=True)


def _features_of_turns(reader: Reader, turns: Sequence[Turn]) -> Array:
    """Features of n turns, shape (n, d)."""
    encoder = SentenceEncoder.load()
    alone, together = [turn.text for turn in turns], [joined(turn.before, turn.text) for turn in turns]
    vectors, wider = encoder.encode(alone), encoder.encode(together)
    return np.stack(
        [
            features_of(reader, (turn.text, vectors[place]), (together[place], wider[place]), len(turn.before))
            for place, turn in enumerate(turns)
        ]
    )


def _vector(message: Message) -> Array:
    """The sentence vector, of length d."""
    return np.asarray(message.get_dense_features(TEXT)[1].features[0])


def _said(example: Message, kind: str) -> str:
    """What the metadata of an example's block says of it, or nothing."""
    metadata = (example.get(METADATA) or {}).get(INTENT) or {}
    return str(metadata.get(kind) or "") if isinstance(metadata, dict) else ""
