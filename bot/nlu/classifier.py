"""Rasa component that classifies a message's intent, asker and urgency, both alone and in its conversation.

Each training example is labelled with its intent, that intent's topic and, if its block's metadata has them, an asker
and an urgency. Classification in a conversation is learned from annotated conversations; see context.py.
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
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from bot.nlu.context import (
    CONTEXT,
    CONVERSATION,
    ContextClassifiers,
    Turn,
    features_of,
    joined,
    read_turns,
    turns_before,
)
from bot.nlu.encoder import DIMENSION, SentenceEncoder
from bot.nlu.faq import read_wordings
from bot.nlu.linear import MessageClassifiers, TextFeatures, is_encoded
from bot.nlu.sentences import SENTENCE_RANKINGS, SENTENCES, Sentence, text_read
from bot.nlu.thresholds import read_topics
from bot.settings import ROOT

Array = NDArray[np.float32]
#: A message's sentences, each with the features of its text.
Sentences = Sequence[Tuple[Sentence, TextFeatures]]

#: The asker label for an example whose block has none.
UNKNOWN = "unknown"
#: Used as the vector of an example that is not encoded.
_NO_VECTOR = np.zeros(DIMENSION, np.float32)
ASKER, URGENCY = "asker", "urgency"


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class LinearClassifier(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Sets `intent`, `intent_ranking` and `context`, and adds entities for the urgency and for any likely asker."""

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
        """Return the default ranking length, the minimum probability for an asker, and paths relative to the root.

        `topics` is the file that `read_topics` reads, `conversations` is the folder of annotated conversations, and
        `faq` is the folder of wordings of frequently asked questions.
        """
        return {
            "ranking_length": 20,
            "asker_threshold": 0.4,
            "topics": "content/topics.yml",
            "conversations": "data/conversations",
            "faq": "data/faq",
        }

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Return each intent's topic, so that moving an intent to another topic retrains the component."""
        return str(read_topics(ROOT / config.get("topics", cls.get_default_config()["topics"])))

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        classifiers: Optional[MessageClassifiers] = None,
        context: Optional[ContextClassifiers] = None,
    ) -> None:
        """Store the arguments. If `classifiers` and `context` are not given, `train` creates them."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._classifiers = classifiers
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
            return cls(
                config, model_storage, resource, MessageClassifiers.load(directory), ContextClassifiers.load(directory)
            )

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and the annotated conversations, and save the result in the model."""
        examples = typed_examples(training_data)
        topics = read_topics(ROOT / self._config["topics"])
        self._classifiers = MessageClassifiers.learn(
            np.vstack([_vector(e) if is_encoded(text_read(e)) else _NO_VECTOR for e in examples]),
            [text_read(e) for e in examples],
            {
                "intent": [e.get(INTENT) for e in examples],
                "topic": [topics.get(e.get(INTENT), e.get(INTENT)) for e in examples],
                "asker": [_said(e, ASKER) or UNKNOWN for e in examples],
                "urgency": [_said(e, URGENCY) for e in examples],
            },
        )
        turns, wordings = read_turns(ROOT / self._config["conversations"]), read_wordings(ROOT / self._config["faq"])
        encoder = SentenceEncoder.load()
        # The pool already uses every core, so BLAS threads would only compete with it.
        with threadpool_limits(1):
            features = _features_of_turns(self._classifiers, encoder, turns)
            self._context = ContextClassifiers.learn(features, turns, wordings, encoder.encode(wordings.texts))
        with self._storage.write_to(self._resource) as directory:
            self._classifiers.save(directory)
            self._context.save(directory)
        return self._resource

    def process(self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None) -> List[Message]:
        """Classify each message that has text, both alone and in its conversation."""
        classifiers, context = self._learned()
        for message in messages:
            if message.get(TEXT):
                alone = classifiers.features(text_read(message), _vector(message))
                sentences = [
                    (sentence, classifiers.features(sentence.text, vector))
                    for sentence, vector in message.get(SENTENCES) or []
                ]
                self._read(message, alone, sentences, classifiers)
                self._read_in_context(message, alone, sentences, classifiers, context, tracker)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged, because no later component learns from the predictions."""
        return training_data

    def _learned(self) -> Tuple[MessageClassifiers, ContextClassifiers]:
        if self._classifiers is None or self._context is None:
            raise InvalidConfigException("The classifier was not trained. Run 'make train'.")
        return self._classifiers, self._context

    def _read(
        self, message: Message, alone: TextFeatures, sentences: Sentences, classifiers: MessageClassifiers
    ) -> None:
        ranking = self._ranking(classifiers, alone)
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        rankings = [self._ranking(classifiers, features) for sentence, features in sentences if sentence.has_intent]
        message.set(SENTENCE_RANKINGS, rankings)
        asker, confidence = classifiers.asker.best(alone.vector, alone.weighed)
        if asker != UNKNOWN and confidence >= self._config["asker_threshold"]:
            self._add(message, ASKER, asker, confidence)
        self._add(message, URGENCY, *classifiers.urgency.best(alone.vector, alone.weighed))

    def _ranking(self, classifiers: MessageClassifiers, read: TextFeatures) -> List[Dict[str, Any]]:
        """Return a text's likeliest intents, best first."""
        probabilities = classifiers.intents(read.vector, read.weighed)
        best = np.argsort(-probabilities)[: self._config["ranking_length"]]
        return [{"name": classifiers.intent.classes[i], "confidence": float(probabilities[i])} for i in best]

    def _read_in_context(
        self,
        message: Message,
        alone: TextFeatures,
        sentences: Sentences,
        classifiers: MessageClassifiers,
        context: ContextClassifiers,
        tracker: Optional[DialogueStateTracker],
    ) -> None:
        is_first = message.get(CONVERSATION) is None
        together = alone if is_first else classifiers.features(*message.get(CONVERSATION))
        before = turns_before(tracker)
        features = features_of(alone, together, before)
        parts = [(sentence, features_of(own, together, before)) for sentence, own in sentences]
        read = context.read(alone.text, together.text, features, parts)
        ranking = self._ranking(classifiers, together)
        message.set(CONTEXT, {**read, "intents": ranking, "is_first": is_first}, add_to_output=True)

    def _add(self, message: Message, kind: str, value: str, confidence: float) -> None:
        end = len(message.get(TEXT))
        entity = {"entity": kind, "value": value, "start": 0, "end": end, "confidence_entity": confidence}
        message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name([entity]), add_to_output=True)


def typed_examples(training_data: TrainingData) -> List[Message]:
    """Return the examples that have an intent, except those such as "/choose", which nobody types."""
    return [e for e in training_data.intent_examples if not e.get(TEXT).startswith(INTENT_MESSAGE_PREFIX)]


def _features_of_turns(classifiers: MessageClassifiers, encoder: SentenceEncoder, turns: Sequence[Turn]) -> Array:
    """Return the features of n turns, shape (n, d)."""
    alone, together = [turn.text for turn in turns], [joined(turn.before, turn.text) for turn in turns]
    # Encode both lists together, because a conversation's first message is the same in both and is then encoded once.
    vectors, wider = np.split(encoder.encode([*alone, *together]), 2)
    return np.stack(
        [
            features_of(
                classifiers.features(turn.text, vectors[place]),
                classifiers.features(together[place], wider[place]),
                len(turn.before),
            )
            for place, turn in enumerate(turns)
        ]
    )


def _vector(message: Message) -> Array:
    """Return a message's sentence vector, shape (d,)."""
    return np.asarray(message.get_dense_features(TEXT)[1].features[0])


def _said(example: Message, kind: str) -> str:
    """Return a value from the metadata of an example's block, or an empty string if it is missing."""
    metadata = (example.get(METADATA) or {}).get(INTENT) or {}
    return str(metadata.get(kind) or "") if isinstance(metadata, dict) else ""
