"""What a message is about, who writes it and how urgent it is: three linear classifiers on the sentence vector.

Labels are the intent of an example and, where the metadata of its block says them, the asker and the urgency. Each is a
multinomial logistic regression. The encoder was tuned on most of the examples and is surer of them than of what people
will type; so the temperature that makes honest probabilities (Guo et al. 2017, https://arxiv.org/abs/1706.04599) is
found on those that were held out from it.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from bot.nlu.held_out import is_held_out

Array = NDArray[np.float32]

#: The label of an example whose block does not say.
UNKNOWN = "unknown"
ASKER, URGENCY = "asker", "urgency"
TEMPERATURES = tuple(np.geomspace(0.5, 5.0, 60))
_ARRAYS = "linear.npz"
_CLASSES = "classes.json"


class Calibrated(NamedTuple):
    """A linear classifier with honest probabilities: `weights` has shape (d, k), `bias` has k entries."""

    classes: List[str]
    weights: Array
    bias: Array
    temperature: float

    @classmethod
    def learn(
        cls, vectors: Array, labels: Sequence[str], held_out: "NDArray[np.bool_]", strength: float
    ) -> "Calibrated":
        """Learn from vectors of shape (n, d) and n labels.

        The temperature is the one at which a classifier that lacks the held-out examples is least surprised by them;
        the classifier that is kept learns from all.
        """
        truth = np.array(labels)
        probe = cls._fit(vectors[~held_out], truth[~held_out], strength)
        known = held_out & np.isin(truth, probe.classes)
        temperature = 1.0
        if known.any():
            margins = vectors[known] @ probe.weights + probe.bias
            right = np.searchsorted(probe.classes, truth[known])
            losses = {t: _log_loss(softmax(margins / t, axis=1), right) for t in TEMPERATURES}
            temperature = float(min(losses, key=lambda t: losses[t]))
        return cls._fit(vectors, truth, strength)._replace(temperature=temperature)

    @classmethod
    def _fit(cls, vectors: Array, truth: "NDArray[np.str_]", strength: float) -> "Calibrated":
        learned = LogisticRegression(C=strength, class_weight="balanced", max_iter=400).fit(vectors, truth)
        weights, bias = learned.coef_.T, learned.intercept_
        if len(learned.classes_) == 2:
            # For two classes scikit-learn keeps one margin, which is the second's lead over the first.
            weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls(
            classes=[str(name) for name in learned.classes_],
            weights=np.ascontiguousarray(weights, dtype=np.float32),
            bias=bias.astype(np.float32),
            temperature=1.0,
        )

    def probabilities(self, vector: Array) -> Array:
        """Probabilities of the k classes for a vector of length d."""
        return np.asarray(softmax((vector @ self.weights + self.bias) / self.temperature))

    def best(self, vector: Array) -> "tuple[str, float]":
        """The most likely class and its probability."""
        probabilities = self.probabilities(vector)
        place = int(np.argmax(probabilities))
        return self.classes[place], float(probabilities[place])


def _log_loss(probabilities: Array, truth: "NDArray[np.intp]") -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())


class Reader(NamedTuple):
    """The three classifiers without Rasa around them."""

    intent: Calibrated
    asker: Calibrated
    urgency: Calibrated

    @classmethod
    def learn(cls, vectors: Array, texts: Sequence[str], labels: Dict[str, Sequence[str]], strength: float) -> "Reader":
        """Learn from vectors of shape (n, d), n texts and n labels of each kind, named as the fields are.

        Examples whose asker or urgency is unknown teach nothing about it; "unknown" is learned where it was said.
        """
        held_out = np.array([is_held_out(text) for text in texts])
        learned = {}
        for kind in cls._fields:
            told = np.array([label != "" for label in labels[kind]])
            known = [label for label in labels[kind] if label]
            learned[kind] = Calibrated.learn(vectors[told], known, held_out[told], strength)
        return cls(**learned)

    def save(self, directory: Path) -> None:
        """Write two files of plain data: nothing that is run when it is read."""
        arrays = {
            f"{kind}_{name}": getattr(getattr(self, kind), name)
            for kind in self._fields
            for name in ("weights", "bias", "temperature")
        }
        np.savez_compressed(directory / _ARRAYS, **arrays)
        classes = {kind: getattr(self, kind).classes for kind in self._fields}
        (directory / _CLASSES).write_text(json.dumps(classes), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "Reader":
        """Read what `save` wrote."""
        classes = json.loads((directory / _CLASSES).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS) as arrays:
            return cls(
                **{
                    kind: Calibrated(
                        classes[kind],
                        arrays[f"{kind}_weights"],
                        arrays[f"{kind}_bias"],
                        float(arrays[f"{kind}_temperature"]),
                    )
                    for kind in cls._fields
                }
            )


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class LinearClassifier(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Sets `intent` and `intent_ranking`, and as entities the urgency and, where the words tell it, the asker."""

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
        """`strength` is scikit-learn's C; below `asker_threshold` nobody is named."""
        return {"strength": 10.0, "ranking_length": 20, "asker_threshold": 0.5}

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Optional[Reader] = None,
    ) -> None:
        """Keep the parts; without a `reader`, `train` makes one."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._reader = reader

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
            return cls(config, model_storage, resource, Reader.load(directory))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and keep what was learned in the model."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        self._reader = Reader.learn(
            np.vstack([_vector(e) for e in examples]),
            [e.get(TEXT) for e in examples],
            {
                "intent": [e.get(INTENT) for e in examples],
                "asker": [_said(e, ASKER) or UNKNOWN for e in examples],
                "urgency": [_said(e, URGENCY) for e in examples],
            },
            self._config["strength"],
        )
        with self._storage.write_to(self._resource) as directory:
            self._reader.save(directory)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Read each message that has text."""
        for message in messages:
            if message.get(TEXT):
                self._read(message, self._learned())
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing that follows learns from our predictions."""
        return training_data

    def _learned(self) -> Reader:
        if self._reader is None:
            raise InvalidConfigException("The classifier was not trained. Run 'make train'.")
        return self._reader

    def _read(self, message: Message, reader: Reader) -> None:
        vector = _vector(message)
        probabilities = reader.intent.probabilities(vector)
        best = np.argsort(-probabilities)[: self._config["ranking_length"]]
        ranking = [{"name": reader.intent.classes[i], "confidence": float(probabilities[i])} for i in best]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        asker, confidence = reader.asker.best(vector)
        if asker != UNKNOWN and confidence >= self._config["asker_threshold"]:
            self._add(message, ASKER, asker, confidence)
        self._add(message, URGENCY, *reader.urgency.best(vector))

    def _add(self, message: Message, kind: str, value: str, confidence: float) -> None:
        end = len(message.get(TEXT))
        entity = {"entity": kind, "value": value, "start": 0, "end": end, "confidence_entity": confidence}
        message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name([entity]), add_to_output=True)


def _vector(message: Message) -> Array:
    """The sentence vector, of length d."""
    return np.asarray(message.get_dense_features(TEXT)[1].features[0])


def _said(example: Message, kind: str) -> str:
    """What the metadata of an example's block says of it, or nothing."""
    metadata = (example.get(METADATA) or {}).get(INTENT) or {}
    return str(metadata.get(kind) or "") if isinstance(metadata, dict) else ""
