"""The linear classifiers: what they learn, how confident they are, and how they are saved."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.classifier import typed_examples
from bot.nlu.linear import Features, Linear, MessageClassifiers, fit_sparse, in_calibration_split, is_encoded
from bot.nlu.ngrams import NGrams

RANDOM = np.random.default_rng(7)
SIDES = {"left": np.array([1.0, 0.0, 0.0]), "right": np.array([0.0, 1.0, 0.0]), "up": np.array([0.0, 0.0, 1.0])}
WORDS = {"left": "links linkswards", "right": "rechts rechtwards", "up": "oben upwards"}
#: Two of the classes share a topic.
TOPICS = {"left": "sideways", "right": "sideways", "up": "upwards"}
NOWHERE = np.zeros(3, dtype=np.float32)


def examples(noise: float) -> "tuple[np.ndarray, list[str], list[str]]":
    labels = [name for name in SIDES for _ in range(200)]
    vectors = np.stack([SIDES[label] for label in labels]) + RANDOM.normal(0, noise, (600, 3))
    texts = [f"number {number} {WORDS[label]}" for number, label in enumerate(labels)]
    return vectors.astype(np.float32), texts, labels


@pytest.fixture(scope="module")
def classifiers() -> MessageClassifiers:
    vectors, texts, labels = examples(0.2)
    urgencies = ["none" if label == "left" else "" for label in labels]
    urgencies[-100:] = ["concern"] * 100
    topics = [TOPICS[label] for label in labels]
    return MessageClassifiers.learn(
        vectors, texts, {"intent": labels, "topic": topics, "asker": labels, "urgency": urgencies}
    )


@pytest.mark.parametrize("side", SIDES)
def test_the_classifier_tells_classes_apart_by_dense_features(classifiers: MessageClassifiers, side: str) -> None:
    assert classifiers.intent.best(SIDES[side].astype(np.float32), classifiers.ngrams.weigh(""))[0] == side


@pytest.mark.parametrize("side", SIDES)
def test_the_classifier_tells_classes_apart_by_sparse_features(classifiers: MessageClassifiers, side: str) -> None:
    assert classifiers.intent.best(NOWHERE, classifiers.ngrams.weigh(WORDS[side]))[0] == side


def test_vectors_of_texts_that_are_not_encoded_are_not_learned_from(classifiers: MessageClassifiers) -> None:
    vectors, texts, labels = examples(0.2)
    vectors[[not is_encoded(text) for text in texts]] = 100.0
    topics = [TOPICS[label] for label in labels]
    kinds = {"intent": labels, "topic": topics, "asker": labels, "urgency": labels}
    again = MessageClassifiers.learn(vectors, texts, kinds)
    assert again.intent.best(SIDES["up"].astype(np.float32), again.ngrams.weigh(""))[0] == "up"


def test_probabilities_sum_to_one(classifiers: MessageClassifiers) -> None:
    assert classifiers.intents(NOWHERE, classifiers.ngrams.weigh("links")).sum() == pytest.approx(1.0)


def test_a_topic_has_the_geometric_mean_of_both_classifiers(classifiers: MessageClassifiers) -> None:
    vector, weighed = np.array([0.3, 0.1, 0.6], dtype=np.float32), classifiers.ngrams.weigh("")
    sideways = classifiers.topic.classes.index("sideways")
    both = classifiers.topic.probabilities(vector, weighed)
    alone = classifiers.intent.probabilities(vector, weighed)
    means = np.sqrt([alone[classifiers.topic_of == place].sum() * both[place] for place in range(len(both))])
    agreed = classifiers.intents(vector, weighed)[classifiers.topic_of == sideways].sum()
    assert agreed == pytest.approx(means[sideways] / means.sum(), abs=1e-5)


def test_within_a_topic_the_intents_keep_their_proportions(classifiers: MessageClassifiers) -> None:
    vector, weighed = np.array([0.6, 0.4, 0.2], dtype=np.float32), classifiers.ngrams.weigh("")
    left, right = classifiers.intent.classes.index("left"), classifiers.intent.classes.index("right")
    alone, agreed = classifiers.intent.probabilities(vector, weighed), classifiers.intents(vector, weighed)
    assert agreed[left] / agreed[right] == pytest.approx(alone[left] / alone[right], rel=1e-3)


def test_an_empty_label_is_not_learned(classifiers: MessageClassifiers) -> None:
    assert classifiers.urgency.classes == ["concern", "none"]


def test_two_classes_work_as_well_as_many(classifiers: MessageClassifiers) -> None:
    assert classifiers.urgency.best(SIDES["left"].astype(np.float32), classifiers.ngrams.weigh("links"))[0] == "none"


def test_the_classifier_is_less_confident_if_the_calibration_split_contradicts_it() -> None:
    vectors, texts, labels = examples(0.05)
    ngrams, weighed = NGrams.learn(texts)
    features = Features(vectors, weighed)
    calibration = np.arange(len(labels)) % 10 == 0
    honest = Linear.learn(features, labels, calibration)
    turned = ["up" if hidden and RANDOM.random() < 0.5 else labels[row] for row, hidden in enumerate(calibration)]
    warned = Linear.learn(features, turned, calibration)
    seen = SIDES["left"].astype(np.float32), ngrams.weigh(WORDS["left"])
    assert warned.best(*seen)[1] < honest.best(*seen)[1]


def test_saved_classifiers_load_unchanged(classifiers: MessageClassifiers, tmp_path: Path) -> None:
    classifiers.save(tmp_path)
    again = MessageClassifiers.load(tmp_path)
    vector = RANDOM.normal(size=3).astype(np.float32)
    np.testing.assert_array_equal(classifiers.topic_of, again.topic_of)
    for kind in ("intent", "topic", "asker", "urgency"):
        np.testing.assert_array_equal(
            getattr(classifiers, kind).probabilities(vector, classifiers.ngrams.weigh("number 7 oben")),
            getattr(again, kind).probabilities(vector, again.ngrams.weigh("number 7 oben")),
        )


def test_n_grams_have_the_weights_of_scikit_learn() -> None:
    texts = ["he asked me for a photo", "he asked for my number", "asked me for money", "for a photo of me"]
    ngrams, learned = NGrams.learn(texts)
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True).fit(texts)
    words = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 3), min_df=3, sublinear_tf=True).fit(texts)
    theirs = np.hstack([chars.transform(texts).toarray(), words.transform(texts).toarray()])
    np.testing.assert_allclose(learned.toarray(), theirs, atol=1e-6)
    columns, weights = ngrams.weigh(texts[0])
    np.testing.assert_allclose(theirs[0][columns], weights, atol=1e-6)


def test_one_example_in_twenty_is_in_the_calibration_split() -> None:
    share = np.mean([in_calibration_split(f"example {number}") for number in range(4000)])
    assert 0.035 < share < 0.065


def test_heads_fitted_in_parallel_equal_heads_fitted_alone() -> None:
    random = np.random.default_rng(7)
    texts = csr_matrix(random.random((3000, 300)) * (random.random((3000, 300)) < 0.1))
    truth = np.array([f"class {number}" for number in random.integers(0, 5, 3000)])
    rows = [np.arange(3000) % 4 != part for part in range(4)]
    alone = [fit_sparse(texts, truth, some) for some in rows]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda some: fit_sparse(texts, truth, some), rows))
    assert all(np.array_equal(one.weights, other.weights) for one, other in zip(alone, together, strict=True))


def test_examples_in_rasas_intent_notation_are_not_learned_from() -> None:
    texts = {"hi": "greet", "/choose": "choose", "/choose{}": "choose"}
    data = TrainingData([Message({TEXT: text, INTENT: intent}) for text, intent in texts.items()])
    assert [example.get(TEXT) for example in typed_examples(data)] == ["hi"]
