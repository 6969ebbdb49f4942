"""What a message is about and who writes it: two linear classifiers on the same features.

Features are the sentence vector of `EncoderFeaturizer` and TF-IDF weights of character and word n-grams, which know
spellings that the encoder has never met. Labels are the intent of an example and the `asker` in the metadata of its
block. Support vector machines, one against the rest, learn them in seconds, and a softmax at a temperature found by
cross-validation makes probabilities of their margins (Guo et al. 2017, https://arxiv.org/abs/1706.04599).
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

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

    def probabilities(self, vector: Array, columns: "NDArray[np.intp]", weights: Array) -> Array:
        """Probabilities of the k classes for one text: its vector and what stands in some of the columns after it."""
        margins = vector @ self.weights[: len(vector)] + weights @ self.weights[len(vector) + columns] + self.bias
        return np.asarray(softmax(margins / self.temperature))


def _log_loss(probabilities: Array, truth: NDArray[np.intp]) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())


class NGrams:
    """TF-IDF weights of character and word n-grams, as scikit-learn's `TfidfVectorizer` learns them.

    Its `transform` is made for many texts; for one it spends 3 ms on building matrices, and this 0.5.
    """

    def __init__(self, config: Dict[str, Any]) -> None:
        """Vectorizers as configured, which know nothing yet."""
        low, high = config["char_ngrams"]
        shared = {"min_df": 2, "sublinear_tf": True, "dtype": np.float32}
        self._kinds = (
            (TfidfVectorizer(analyzer="char_wb", ngram_range=(low, high), **shared), config["char_weight"]),
            (TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 3), **shared), config["word_weight"]),
        )
        self._known: List[Known] = []

    def learn(self, texts: Sequence[str]) -> None:
        """Learn which n-grams there are and how rare each is."""
        for vectorizer, _ in self._kinds:
            vectorizer.fit(texts)
        self._recall([(vectorizer.vocabulary_, vectorizer.idf_) for vectorizer, _ in self._kinds])

    def weigh(self, text: str) -> "Tuple[NDArray[np.intp], Array]":
        """Columns of the n-grams in `text` that are known, and their weights; each kind has its own length."""
        columns, weights = zip(*(known.weigh(text) for known in self._known), strict=True)
        return np.concatenate(columns), np.concatenate(weights)

    def saved(self) -> List[Any]:
        """What `restore` needs, as plain lists and mappings."""
        return [({gram: int(column) for gram, column in one.columns.items()}, one.idf.tolist()) for one in self._known]

    def restore(self, saved: List[Any]) -> None:
        """Know again what `saved` gave."""
        self._recall(saved)

    def _recall(self, learned: Sequence[Any]) -> None:
        self._known, first = [], 0
        for (vectorizer, length), (columns, idf) in zip(self._kinds, learned, strict=True):
            self._known.append(
                Known(vectorizer.build_analyzer(), columns, np.asarray(idf, dtype=np.float32), length, first)
            )
            first += len(idf)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return sum(len(one.idf) for one in self._known)


class Known(NamedTuple):
    """One kind of n-gram: how a text falls into them, the column of each, its rarity, the length of a weighed text."""

    split: Callable[[str], List[str]]
    columns: Dict[str, int]
    idf: Array
    length: float
    first: int

    def weigh(self, text: str) -> "Tuple[NDArray[np.intp], Array]":
        """See `NGrams.weigh`; columns count from `first`."""
        found = Counter(self.columns[gram] for gram in self.split(text) if gram in self.columns)
        columns = np.fromiter(found.keys(), dtype=np.intp, count=len(found))
        counts = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        weights = (1 + np.log(counts)) * self.idf[columns]
        scale = self.length / max(float(np.linalg.norm(weights)), 1e-9)
        return columns + self.first, np.asarray(weights * scale, dtype=np.float32)


class LinearReader:
    """Both classifiers without Rasa around them: vectors and texts in, probabilities out."""

    def __init__(self, ngrams: NGrams, intents: Calibrated, askers: Calibrated) -> None:
        """Keep what was learned."""
        self._ngrams = ngrams
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
        ngrams = NGrams(config)
        ngrams.learn(texts)
        features = _side_by_side(vectors, ngrams, texts)
        learned = (Calibrated.learn(features, labels, config["C"]) for labels in (intents, askers))
        return cls(ngrams, *learned)

    def read(self, vector: Array, text: str) -> "Tuple[Array, Array]":
        """Probabilities of each intent and of each asker for a text and its vector of length d."""
        columns, weights = self._ngrams.weigh(text)
        return (
            self.intents.probabilities(vector, columns, weights),
            self.askers.probabilities(vector, columns, weights),
        )

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
            ngrams = NGrams(config)
            ngrams.restore(plain["ngrams"])
            return cls(ngrams, *read)


def _side_by_side(vectors: Array, ngrams: NGrams, texts: Sequence[str]) -> csr_matrix:
    """Vectors and n-grams, shape (n, d + number of n-grams)."""
    weighed = [ngrams.weigh(text) for text in texts]
    starts = np.cumsum([0, *(len(columns) for columns, _ in weighed)])
    columns, weights = (np.concatenate(part) for part in zip(*weighed, strict=True))
    sparse = csr_matrix((weights, columns, starts), shape=(len(texts), ngrams.width))
    return hstack([csr_matrix(vectors), sparse], format="csr", dtype=np.float32)


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
            for message, vector in zip(spoken, self._vectors(spoken), strict=True):
                intent, asker = reader.read(vector, message.get(TEXT))
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
