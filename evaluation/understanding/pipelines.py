"""Pipelines to compare with the one that the chat uses. Each learns to predict intents from labelled texts."""

import asyncio
import re
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import spacy
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from bot.content.library import load_library
from bot.nlu.encoder import SentenceEncoder
from bot.nlu.linear import Features, Linear, MessageClassifiers, fit_sparse, fit_within_topics, in_calibration_split
from bot.nlu.ngrams import NGrams
from bot.nlu.thresholds import Thresholds, apply_thresholds
from bot.rasa_runtime.training import ensure_model
from bot.settings import load_settings
from bot.weights import spacy_path, tokenizer_path, untuned_encoder_path
from evaluation.speed.run import DEFAULT_CONFIG

#: Predicts the intent of each text.
Predict = Callable[[Sequence[str]], Sequence[str]]


class Data(NamedTuple):
    """Training texts and their intents."""

    texts: List[str]
    intents: List[str]


class CachedEncoder(NamedTuple):
    """An encoder that encodes the training texts only once, for all pipelines to use."""

    encoder: SentenceEncoder
    known: Dict[int, Any]

    def encode(self, texts: Sequence[str]) -> Any:
        """Encode texts as `SentenceEncoder` does, caching the result unless there is only one text."""
        if len(texts) == 1:
            return self.encoder.encode(texts)
        if id(texts) not in self.known:
            self.known[id(texts)] = self.encoder.encode(texts)
        return self.known[id(texts)]


def linear(encode: Callable[[Sequence[str]], Any], classifier: Any) -> Callable[[Data], Predict]:
    """Return a pipeline that passes features to one linear classifier."""

    def learn(data: Data) -> Predict:
        classifier.fit(encode(data.texts), data.intents)
        return lambda texts: list(classifier.predict(encode(texts)))

    return learn


def regression() -> LogisticRegression:
    """Return the default classifier for pipelines."""
    return LogisticRegression(C=3.0, class_weight="balanced", max_iter=400)


def spacy_vectors() -> Callable[[Data], Predict]:
    """Average the token vectors from spaCy's small pipeline, which has no other vectors."""
    pipeline = spacy.load(spacy_path(), exclude=["tagger", "parser", "lemmatizer", "ner"])

    def encode(texts: Sequence[str]) -> Any:
        return np.stack([doc.tensor.mean(axis=0) if len(doc) else np.zeros(96) for doc in pipeline.pipe(texts)])

    return linear(encode, regression())


def n_grams(encoder: "CachedEncoder | None", classifier: Any) -> Callable[[Data], Predict]:
    """Use TF-IDF weights for character and word n-grams, on their own or with an encoder's vectors."""
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, dtype=np.float32)
    words = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 3), min_df=2, sublinear_tf=True)

    def encode(texts: Sequence[str]) -> Any:
        parts = [chars.transform(texts), words.transform(texts)]
        if encoder is not None:
            parts.insert(0, csr_matrix(encoder.encode(texts)))
        return hstack(parts, format="csr", dtype=np.float32)

    def learn(data: Data) -> Predict:
        chars.fit(data.texts)
        words.fit(data.texts)
        return linear(encode, classifier)(data)

    return learn


def hierarchical(encoder: CachedEncoder) -> Callable[[Data], Predict]:
    """Predict the topic first, then the intent within that topic."""
    topic_of = load_library().topic_of

    def learn(data: Data) -> Predict:
        vectors = encoder.encode(data.texts)
        topics = np.array([topic_of(intent) for intent in data.intents])
        intents = np.array(data.intents)
        first = regression().fit(vectors, topics)
        second = {
            topic: regression().fit(vectors[topics == topic], intents[topics == topic])
            for topic in set(topics)
            if len(set(intents[topics == topic])) > 1
        }

        def predict(texts: Sequence[str]) -> List[str]:
            read = encoder.encode(texts)
            only = {topic: str(intents[topics == topic][0]) for topic in set(topics)}
            return [
                str(second[topic].predict(vector[None])[0]) if topic in second else only[topic]
                for topic, vector in zip(first.predict(read), read, strict=True)
            ]

        return predict

    return learn


def second_opinion(encoder: CachedEncoder) -> Callable[[Data], Predict]:
    """Average the probabilities from the linear classifier and the ten nearest neighbours."""

    def learn(data: Data) -> Predict:
        vectors = encoder.encode(data.texts)
        classifier = regression().fit(vectors, data.intents)
        near = KNeighborsClassifier(10, weights="distance").fit(vectors, data.intents)

        def predict(texts: Sequence[str]) -> List[str]:
            read = encoder.encode(texts)
            shares = classifier.predict_proba(read) + near.predict_proba(read)
            return [str(classifier.classes_[i]) for i in shares.argmax(axis=1)]

        return predict

    return learn


def sentence_wise(encoder: CachedEncoder) -> Callable[[Data], Predict]:
    """Average the probabilities for the whole message and for each of its longer sentences."""

    def learn(data: Data) -> Predict:
        classifier = regression().fit(encoder.encode(data.texts), data.intents)

        def predict(texts: Sequence[str]) -> List[str]:
            return [str(classifier.classes_[_shares(text).argmax()]) for text in texts]

        def _shares(text: str) -> Any:
            parts = [part for part in re.split(r"(?<=[.!?])\s+", text) if len(part.split()) > 3]
            return classifier.predict_proba(encoder.encoder.encode([text, *parts])).mean(axis=0)

        return predict

    return learn


def dense_and_sparse(encoder: CachedEncoder) -> Callable[[Data], Predict]:
    """Combine dense and sparse heads, using mixture weights from the calibration split. The likeliest intent wins."""
    return lambda data: _Both.learn(encoder, data).likeliest({})


def likeliest_topic(encoder: CachedEncoder) -> Callable[[Data], Predict]:
    """Do the same as `dense_and_sparse`, but choose the likeliest intent within the likeliest topic."""
    return lambda data: _Both.learn(encoder, data).likeliest(_topics())


def topics_asked_too(encoder: CachedEncoder) -> Callable[[Data], Predict]:
    """Do the same as `likeliest_topic`, but with separate classifiers for topics, as in `MessageClassifiers`."""
    return lambda data: _Both.learn_topics_too(encoder, data).likeliest(_topics())


class _Both(NamedTuple):
    """A model learned from both vectors and n-grams. `read` returns the probability of each intent."""

    encoder: CachedEncoder
    ngrams: NGrams
    intent: Linear
    read: Callable[[Any, Any], Any]

    @classmethod
    def learn(cls, encoder: CachedEncoder, data: Data) -> "_Both":
        ngrams, features, calibration = _features(encoder, data)
        intent = Linear.learn(features, data.intents, calibration)
        return cls(encoder, ngrams, intent, intent.probabilities)

    @classmethod
    def learn_topics_too(cls, encoder: CachedEncoder, data: Data) -> "_Both":
        ngrams, features, calibration = _features(encoder, data)
        topic_of, rows = _topics(), ~calibration
        intents, topics = np.array(data.intents), np.array([topic_of[name] for name in data.intents])
        sparse = fit_sparse(features.ngrams, topics, rows)
        topic = Linear.learn(features, list(topics), calibration, sparse=sparse)
        within = fit_within_topics(sparse, features.ngrams, intents, topics, rows)
        intent = Linear.learn(features, data.intents, calibration, sparse=within)
        places = np.array([topic.classes.index(topic_of[name]) for name in intent.classes])
        classifiers = MessageClassifiers(ngrams, places, intent, topic, asker=topic, urgency=topic)
        return cls(encoder, ngrams, intent, classifiers.intents)

    def likeliest(self, topic_of: Dict[str, str]) -> Predict:
        nothing_raised = Thresholds(danger=[], raise_at=1.0, sentence_at=1.0, outside_at=1.0, unsure_below=0.0)

        def one(text: str) -> str:
            shares = self.read(self.encoder.encode([text])[0], self.ngrams.weigh(text))
            ranking = [{"name": self.intent.classes[i], "confidence": float(shares[i])} for i in np.argsort(-shares)]
            return str(apply_thresholds(ranking, nothing_raised, topic_of)[0]["name"])

        return lambda texts: [one(text) for text in texts]


def _features(encoder: CachedEncoder, data: Data) -> Tuple[NGrams, Features, Any]:
    ngrams, weighed = NGrams.learn(data.texts)
    return (
        ngrams,
        Features(encoder.encode(data.texts), weighed),
        np.array([in_calibration_split(text) for text in data.texts]),
    )


def _topics() -> Dict[str, str]:
    return {intent: name for name, topic in load_library().topics.items() for intent in topic.intents}


def default_pipeline() -> Callable[[Data], Predict]:
    """Use Rasa's default classifier, DIET, trained as configured in `evaluation/speed/default.yml`."""

    def learn(data: Data) -> Predict:
        from rasa.core.agent import Agent

        agent = Agent.load(str(ensure_model(load_settings().model_dir, config=DEFAULT_CONFIG)))

        async def read(texts: Sequence[str]) -> List[str]:
            return [str((await agent.parse_message(text))["intent"]["name"]) for text in texts]

        return lambda texts: asyncio.run(read(texts))

    return learn


def encoders(texts: Sequence[str]) -> Tuple[CachedEncoder, CachedEncoder]:
    """Return the untuned and the tuned encoder.

    The training texts are encoded in advance, so that all pipelines learn from the same vectors and their training
    times do not include encoding.
    """
    untuned = CachedEncoder(SentenceEncoder(untuned_encoder_path(), tokenizer_path()), {})
    tuned = CachedEncoder(SentenceEncoder.load(), {})
    for encoder in (untuned, tuned):
        encoder.encode(texts)
    return untuned, tuned


def all_pipelines(untuned: CachedEncoder, tuned: CachedEncoder) -> Dict[str, Callable[[Data], Predict]]:
    """Return every pipeline, keyed by its name in the table."""
    return {
        "spaCy vectors + logistic regression": spacy_vectors(),
        "n-grams + linear SVM": n_grams(None, LinearSVC(C=0.5, class_weight="balanced")),
        "untuned encoder + logistic regression": linear(untuned.encode, regression()),
        "untuned encoder + n-grams + linear SVM": n_grams(untuned, LinearSVC(C=0.5, class_weight="balanced")),
        "tuned encoder + logistic regression": linear(tuned.encode, regression()),
        "tuned encoder + n-grams, mixture weights from the calibration split": dense_and_sparse(tuned),
        "the same, choosing an intent of the likeliest topic": likeliest_topic(tuned),
        "the same, with separate topic classifiers (in use)": topics_asked_too(tuned),
        "tuned encoder, topic first, then intent": hierarchical(tuned),
        "tuned encoder, averaged with nearest neighbours": second_opinion(tuned),
        "tuned encoder, averaged over sentences": sentence_wise(tuned),
        "Rasa's default (DIET, 2 of its 100 epochs)": default_pipeline(),
    }
