"""What a message is about and who writes it: two linear classifiers on the same features.

Features are the sentence vector of `EncoderFeaturizer` and TF-IDF weights of character and word n-grams, which know
spellings that the encoder has never met. Labels are the intent of an example and the `asker` in the metadata of its
block. Support vector machines, one against the rest, learn them in seconds, and a softmax at a temperature found by
cross-validation makes probabilities of their margins (Guo et al. 2017, https://arxiv.org/abs/1706.04599).
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
from scipy.sparse import csr_matrix, hstack
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import LinearSVC

Array = NDArray[np.float32]

UNKNOWN = "unknown"
FOLDS = 3
TEMPERATURES = tuple(np.geomspace(0.02, 2.0, 40))
_ARRAYS = "linear.npz"
_PLAIN = "linear.json"


class Calibrated(NamedTuple):
    """A linear classifier whose margins are made probabilities.

    `weights` has shape (d, k) for d features and k classes, `bias` has k entries.
    """

    classes: List[str]
    weights: Array
    bias: Array
    temperature: float

    @classmethod
    def learn(cls, features: csr_matrix, labels: Sequence[str], regularisation: float) -> "Calibrated":
        """Learn from features of shape (n, d) and n labels; the temperature is found on folds held out."""
        machine = LinearSVC(C=regularisation, class_weight="balanced", random_state=7)
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=7)
        margins = cross_val_predict(machine, features, labels, cv=folds, method="decision_function")
        machine.fit(features, labels)
        truth = np.searchsorted(machine.classes_, labels)
        losses = {t: _log_loss(softmax(margins / t, axis=1), truth) for t in TEMPERATURES}
        return cls(
            classes=[str(label) for label in machine.classes_],
            weights=np.ascontiguousarray(machine.coef_.T, dtype=np.float32),
            bias=machine.intercept_.astype(np.float32),
            temperature=float(min(losses, key=lambda t: losses[t])),
        )

    def probabilities(self, features: csr_matrix) -> Array:
        """Shape (n, k); each row sums to one."""
        return np.asarray(softmax((features @ self.weights + self.bias) / self.temperature, axis=1))


def _log_loss(probabilities: Array, truth: NDArray[np.intp]) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())


class NGrams(NamedTuple):
    """TF-IDF of character and word n-grams."""

    chars: TfidfVectorizer
    words: TfidfVectorizer

    @classmethod
    def make(cls, config: Dict[str, Any], saved: Optional[List[Any]] = None) -> "NGrams":
        """Vectorizers as configured; with the vocabulary and weights of `saved`, ready for use."""
        low, high = config["char_ngrams"]
        shared = {"min_df": 2, "sublinear_tf": True, "dtype": np.float32}
        settings = (
            {"analyzer": "char_wb", "ngram_range": (low, high)},
            {"token_pattern": r"(?u)\b\w+\b", "ngram_range": (1, 3)},
        )
        if saved is None:
            return cls(*(TfidfVectorizer(**one, **shared) for one in settings))
        ngrams = cls(
            *(
                TfidfVectorizer(**one, **shared, vocabulary=vocabulary)
                for one, (vocabulary, _) in zip(settings, saved, strict=True)
            )
        )
        for vectorizer, (_, idf) in zip(ngrams, saved, strict=True):
            vectorizer.idf_ = np.array(idf, dtype=np.float32)
        return ngrams

    def saved(self) -> List[Any]:
        """What `make` needs to build them again, as plain lists and mappings."""
        return [({term: int(column) for term, column in one.vocabulary_.items()}, one.idf_.tolist()) for one in self]


class LinearReader:
    """Both classifiers without Rasa around them: vectors and texts in, probabilities out."""

    def __init__(self, config: Dict[str, Any], ngrams: NGrams, intents: Calibrated, askers: Calibrated) -> None:
        """Keep what was learned; `config` is that of `LinearClassifier`."""
        self._config, self._ngrams = config, ngrams
        self.intents, self.askers = intents, askers

    @classmethod
    def learn(
        cls,
        config: Dict[str, Any],
        vectors: Array,
        texts: Sequence[str],
        intents: Sequence[str],
        askers: Sequence[str],
    ) -> "LinearReader":
        """Learn from vectors of shape (n, d) and n texts, intents and askers."""
        ngrams = NGrams.make(config)
        for vectorizer in ngrams:
            vectorizer.fit(texts)
        features = _features(config, ngrams, vectors, texts)
        learned = (Calibrated.learn(features, labels, config["C"]) for labels in (intents, askers))
        return cls(config, ngrams, *learned)

    def features(self, vectors: Array, texts: Sequence[str]) -> csr_matrix:
        """Vector and n-grams side by side, shape (n, d + number of n-grams)."""
        return _features(self._config, self._ngrams, vectors, texts)

    def save(self, directory: Path) -> None:
        """Write two files, both of plain data: nothing that is run when it is read."""
        arrays: Dict[str, Any] = {}
        for name, one in (("intents", self.intents), ("askers", self.askers)):
            arrays.update(
                {f"{name}_weights": one.weights, f"{name}_bias": one.bias, f"{name}_temperature": one.temperature}
            )
        np.savez_compressed(directory / _ARRAYS, **arrays)
        plain = {"ngrams": self._ngrams.saved(), "intents": self.intents.classes, "askers": self.askers.classes}
        (directory / _PLAIN).write_text(json.dumps(plain), encoding="utf-8")

    @classmethod
    def load(cls, config: Dict[str, Any], directory: Path) -> "LinearReader":
        """Read what `save` wrote."""
        plain = json.loads((directory / _PLAIN).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS) as arrays:
            read = (
                Calibrated(plain[n], arrays[f"{n}_weights"], arrays[f"{n}_bias"], float(arrays[f"{n}_temperature"]))
                for n in ("intents", "askers")
            )
            return cls(config, NGrams.make(config, plain["ngrams"]), *read)


def _features(config: Dict[str, Any], ngrams: NGrams, vectors: Array, texts: Sequence[str]) -> csr_matrix:
    chars = ngrams.chars.transform(texts) * config["char_weight"]
    words = ngrams.words.transform(texts) * config["word_weight"]
    return hstack([csr_matrix(vectors), chars, words], format="csr", dtype=np.float32)


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class LinearClassifier(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Sets `intent`, `intent_ranking` and, where the words tell who writes, an entity `asker`."""

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
        """`C` is scikit-learn's; the weights stand against the vector's 1; below `asker_threshold` nobody is named."""
        return {
            "C": 0.5,
            "char_ngrams": [2, 5],
            "char_weight": 1.0,
            "word_weight": 0.7,
            "ranking_length": 10,
            "asker_threshold": 0.5,
        }

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Refuse n-grams that are no range.

        Raises:
            InvalidConfigException: `char_ngrams` is not two numbers in order.
        """
        low, high = config.get("char_ngrams", [2, 5])
        if not 1 <= low <= high:
            raise InvalidConfigException(f"char_ngrams is {low}, {high}; it must be a range such as 2, 5.")

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Optional[LinearReader] = None,
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
            reader = LinearReader.load(config, directory)
        return cls(config, model_storage, resource, reader)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and keep what was learned in the model."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        self._reader = LinearReader.learn(
            self._config,
            self._vectors(examples),
            [e.get(TEXT) for e in examples],
            [e.get(INTENT) for e in examples],
            [_asker(e) for e in examples],
        )
        with self._storage.write_to(self._resource) as directory:
            self._reader.save(directory)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Read each message that has text."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            reader = self._learned()
            features = reader.features(self._vectors(spoken), [m.get(TEXT) for m in spoken])
            intents = reader.intents.probabilities(features)
            askers = reader.askers.probabilities(features)
            for message, intent, asker in zip(spoken, intents, askers, strict=True):
                self._set_intent(message, reader.intents.classes, intent)
                self._set_asker(message, reader.askers.classes, asker)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing that follows learns from our predictions."""
        return training_data

    def _learned(self) -> LinearReader:
        if self._reader is None:
            raise InvalidConfigException("The classifier was not trained. Run 'make train'.")
        return self._reader

    def _set_intent(self, message: Message, names: List[str], probabilities: Array) -> None:
        best = np.argsort(-probabilities)[: self._config["ranking_length"]]
        ranking = [{"name": names[i], "confidence": float(probabilities[i])} for i in best]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)

    def _set_asker(self, message: Message, names: List[str], probabilities: Array) -> None:
        best = int(np.argmax(probabilities))
        name, confidence = names[best], float(probabilities[best])
        if name == UNKNOWN or confidence < self._config["asker_threshold"]:
            return
        text = message.get(TEXT)
        entity = {"entity": "asker", "value": name, "start": 0, "end": len(text), "confidence_entity": confidence}
        message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name([entity]), add_to_output=True)

    def _vectors(self, messages: List[Message]) -> Array:
        return np.vstack([message.get_dense_features(TEXT)[1].features for message in messages])


def _asker(example: Message) -> str:
    metadata = (example.get(METADATA) or {}).get(INTENT) or {}
    return metadata.get("asker", UNKNOWN) if isinstance(metadata, dict) else UNKNOWN
