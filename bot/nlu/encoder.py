"""The sentence encoder, which maps texts of similar meaning to nearby vectors.

It is a tuned version of e5-small, quantised to int8, and runs in ONNX Runtime.

Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084; Wang et al. 2022, https://arxiv.org/abs/2212.03533.
"""

import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer as RasaTokenizer
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer

from bot.nlu.context import CONVERSATION, RECENT, joined
from bot.nlu.linear import is_encoded
from bot.nlu.sentences import SENTENCES, sentences_of, text_read
from bot.text.folding import fold
from bot.weights import WeightsError, encoder_path, tokenizer_path

#: Length of a sentence vector.
DIMENSION = 384
#: Texts are truncated after this many word pieces. A message of 1,000 characters has about 250.
MAX_PIECES = 256

#: Minimum number of texts to encode in parallel batches, as in training.
MANY = 100
#: Maximum number of texts in a batch. All texts in a batch have the same length.
BATCH = 16

Array = NDArray[np.float32]


class SentenceEncoder:
    """Encodes texts. Only one thread is used for a small number of texts, to leave the other core free."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        """Load the model and its tokenizer.

        Args:
            model: an ONNX file with inputs `input_ids`, `attention_mask` and `token_type_ids`, and an output of shape
                (n, t, 384).
            tokenizer: the model's `tokenizer.json`.

        Raises:
            WeightsError: a file cannot be read.
        """
        self._pieces = _read(tokenizer, "STREETWISE_TOKENIZER", lambda: Tokenizer.from_file(str(tokenizer)))
        self._pieces.enable_truncation(MAX_PIECES)
        # tokenizer.json pads every text to 128 pieces, which would make a short message take twelve times as long.
        self._pieces.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = _read(
            model,
            "STREETWISE_ENCODER",
            lambda: onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"]),
        )

    @classmethod
    def load(cls) -> "SentenceEncoder":
        """Load this deployment's encoder and check the files' digests.

        Raises:
            WeightsError: a file is missing, cannot be read, or is not the one that was tested.
        """
        return cls(encoder_path(), tokenizer_path())

    def encode(self, texts: Sequence[str]) -> Array:
        """Encode texts as float32 vectors of unit length, shape (len(texts), 384), in the order given.

        The rounding of activations depends on the whole batch. Fewer than `MANY` texts are therefore encoded one by
        one, so that a message's vector does not depend on other texts. With more texts, speed matters more than the
        third decimal place. Texts with the same word pieces, which may differ after the point of truncation, are
        encoded once.
        """
        places: Dict[Tuple[int, ...], List[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            places[tuple(self._pieces.encode(text).ids)].append(place)
        pieces, vectors = list(places), np.empty((len(texts), DIMENSION), np.float32)

        def encode(batch: Sequence[int]) -> None:
            for one, vector in zip(batch, self._encode([pieces[one] for one in batch]), strict=True):
                vectors[places[pieces[one]]] = vector

        if len(texts) < MANY:
            for one in range(len(pieces)):
                encode([one])
            return vectors
        # The session releases the GIL, so training uses every core.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(encode, _of_one_length(pieces)))
        return vectors

    def _encode(self, pieces: Sequence[Sequence[int]]) -> Array:
        ids = np.array(pieces, dtype=np.int64)
        ones = np.ones_like(ids)
        states = self._session.run(
            None, {"input_ids": ids, "attention_mask": ones, "token_type_ids": np.zeros_like(ids)}
        )[0]
        means = states.mean(axis=1)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _read(path: Path, setting: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception as error:  # Both libraries raise types that derive from it directly.
        raise WeightsError(f"{path} cannot be read ({error}). Correct {setting}, or remove it.") from error


def _recent(tracker: Optional[DialogueStateTracker]) -> List[str]:
    """Return a conversation's redacted messages from its `recent` slot, folded, or an empty list if it is new."""
    return [] if tracker is None else [fold(str(text)).text for text in tracker.get_slot(RECENT) or []]


def _of_one_length(pieces: Sequence[Sequence[int]]) -> List[List[int]]:
    """Group the indices of texts into batches with equal numbers of word pieces, so that no text needs padding."""
    places: Dict[int, List[int]] = defaultdict(list)
    for place, ids in enumerate(pieces):
        places[len(ids)].append(place)
    return [same[start : start + BATCH] for same in places.values() for start in range(0, len(same), BATCH)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the sentence vector to each message as its sentence feature, and as the sequence feature Rasa requires."""

    @classmethod
    def required_components(cls) -> List[type]:
        """See the base class."""
        return [RasaTokenizer]

    @staticmethod
    def required_packages() -> List[str]:
        """See the base class."""
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """See the base class."""
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """See the base class. There is nothing to validate."""

    def __init__(self, config: Dict[str, Any], name: str) -> None:
        """Load the encoder."""
        super().__init__(name, config)
        self._encoder = SentenceEncoder.load()

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EncoderFeaturizer":
        """See the base class."""
        return cls(config, execution_context.node_name)

    def process(self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None) -> List[Message]:
        """Add vectors to each message for its text, its sentences, and its text joined with earlier messages."""
        recent = _recent(tracker)
        for message in messages:
            text = text_read(message)
            sentences = sentences_of(text)
            together = joined(recent, text) if recent and text else text
            texts = list(dict.fromkeys([text, *(sentence.text for sentence in sentences), together]))
            vectors = dict(zip(texts, self._encoder.encode(texts), strict=True))
            if message.get(TEXT):
                self._add(message, vectors[text][None, :])
            message.set(SENTENCES, [(sentence, vectors[sentence.text]) for sentence in sentences])
            if together != text:
                message.set(CONVERSATION, (together, vectors[together]))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add vectors to the examples that `is_encoded` selects. Training does not use the examples' sentences."""
        self._featurize([e for e in training_data.training_examples if is_encoded(text_read(e))])
        return training_data

    def _featurize(self, messages: List[Message]) -> None:
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            vectors = self._encoder.encode([text_read(message) for message in spoken])
            for message, vector in zip(spoken, vectors, strict=True):
                self._add(message, vector[None, :])

    def _add(self, message: Message, vector: Array) -> None:
        for kind in (FEATURE_TYPE_SEQUENCE, FEATURE_TYPE_SENTENCE):
            message.add_features(Features(vector, kind, TEXT, self._config[FEATURIZER_CLASS_ALIAS]))
