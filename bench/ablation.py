"""The pipelines that were compared, and what each understands: `python -m bench.ablation` writes `docs/pipelines.md`.

All learn from `data/nlu` and are asked the development set. Figures are the classifier's alone: no safety net, no "Do
you mean …?", no raised danger. The untuned encoder is all-MiniLM-L6-v2 as it comes, the tuned one is that which serves.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import re
import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np
import spacy
from jinja2 import Environment, StrictUndefined
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rich.console import Console
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from bench.understanding import DEVELOPMENT, Judged, measure, read_messages
from bot.content.library import load_library
from bot.logs import quiet_logs
from bot.nlu.encoder import SentenceEncoder
from bot.nlu.held_out import is_held_out
from bot.nlu.linear import Features, Linear, Reader
from bot.nlu.ngrams import NGrams
from bot.nlu.scope import Thresholds, judge
from bot.settings import ROOT, load_settings
from bot.training import ensure_model
from bot.weights import spacy_path, tokenizer_path, untuned_encoder_path

OUT = ROOT / "docs" / "pipelines.md"
TEMPLATE = ROOT / "bench" / "pipelines.jinja"
DEFAULT_CONFIG = "bench/default.yml"

#: Reads texts as intents.
Predict = Callable[[Sequence[str]], Sequence[str]]


class Data(NamedTuple):
    """Training texts and their intents."""

    texts: List[str]
    intents: List[str]


class Row(NamedTuple):
    """One line of the table."""

    name: str
    figures: Dict[str, Any]
    milliseconds: float
    minutes: float
    megabytes: float


class Remembering(NamedTuple):
    """An encoder that encodes the training texts once for all pipelines, and everything else anew."""

    encoder: SentenceEncoder
    known: Dict[int, Any]

    def encode(self, texts: Sequence[str]) -> Any:
        """See `SentenceEncoder`."""
        if len(texts) == 1:
            return self.encoder.encode(texts)
        if id(texts) not in self.known:
            self.known[id(texts)] = self.encoder.encode(texts)
        return self.known[id(texts)]


def linear(encode: Callable[[Sequence[str]], Any], machine: Any) -> Callable[[Data], Predict]:
    """A pipeline of features and one linear classifier."""

    def learn(data: Data) -> Predict:
        machine.fit(encode(data.texts), data.intents)
        return lambda texts: list(machine.predict(encode(texts)))

    return learn


def regression() -> LogisticRegression:
    """The classifier that serves."""
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=400)


def spacy_vectors() -> Callable[[Data], Predict]:
    """Means of spaCy's small pipeline's token vectors (it has no others)."""
    pipeline = spacy.load(spacy_path(), exclude=["tagger", "parser", "lemmatizer", "ner"])

    def encode(texts: Sequence[str]) -> Any:
        return np.stack([doc.tensor.mean(axis=0) if len(doc) else np.zeros(96) for doc in pipeline.pipe(texts)])

    return linear(encode, regression())


def n_grams(encoder: "Remembering | None", machine: Any) -> Callable[[Data], Predict]:
    """TF-IDF of character and word n-grams, beside an encoder's vectors or alone."""
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
        return linear(encode, machine)(data)

    return learn


def hierarchical(encoder: Remembering) -> Callable[[Data], Predict]:
    """First the topic, then the intent within it."""
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


def second_opinion(encoder: Remembering) -> Callable[[Data], Predict]:
    """Mean of the probabilities of the linear classifier and of the ten nearest neighbours."""

    def learn(data: Data) -> Predict:
        vectors = encoder.encode(data.texts)
        machine = regression().fit(vectors, data.intents)
        near = KNeighborsClassifier(10, weights="distance").fit(vectors, data.intents)

        def predict(texts: Sequence[str]) -> List[str]:
            read = encoder.encode(texts)
            shares = machine.predict_proba(read) + near.predict_proba(read)
            return [str(machine.classes_[i]) for i in shares.argmax(axis=1)]

        return predict

    return learn


def sentence_wise(encoder: Remembering) -> Callable[[Data], Predict]:
    """The whole message and each of its sentences are read; their probabilities are averaged."""

    def learn(data: Data) -> Predict:
        machine = regression().fit(encoder.encode(data.texts), data.intents)

        def predict(texts: Sequence[str]) -> List[str]:
            return [str(machine.classes_[_shares(text).argmax()]) for text in texts]

        def _shares(text: str) -> Any:
            parts = [part for part in re.split(r"(?<=[.!?])\s+", text) if len(part.split()) > 3]
            return machine.predict_proba(encoder.encoder.encode([text, *parts])).mean(axis=0)

        return predict

    return learn


def meaning_and_spelling(encoder: Remembering, by_topic: bool, topics_too: bool = False) -> Callable[[Data], Predict]:
    """Both linear classifiers, shares found on held-out examples.

    Args:
        encoder: see `Remembering`.
        by_topic: the likeliest topic's intent wins, instead of the likeliest intent.
        topics_too: the topics have classifiers of their own, as `Reader` has them.
    """
    library = load_library()
    topic_of = {intent: name for name, topic in library.topics.items() for intent in topic.intents}
    nothing_raised = Thresholds(danger=[], raise_at=1.0, outside_at=1.0, unsure_below=0.0)

    def learn(data: Data) -> Predict:
        ngrams, weighed = NGrams.learn(data.texts)
        features = Features(encoder.encode(data.texts), weighed)
        held_out = np.array([is_held_out(text) for text in data.texts])
        intent = Linear.learn(features, data.intents, held_out)
        read = intent.probabilities
        if topics_too:
            topic = Linear.learn(features, [topic_of[name] for name in data.intents], held_out)
            places = np.array([topic.classes.index(topic_of[name]) for name in intent.classes])
            read = Reader(ngrams, places, intent, topic, asker=topic, urgency=topic).intents

        def one(text: str) -> str:
            shares = read(encoder.encode([text])[0], ngrams.weigh(text))
            ranking = [{"name": intent.classes[i], "confidence": float(shares[i])} for i in np.argsort(-shares)]
            return str(judge(ranking, nothing_raised, topic_of if by_topic else {})[0]["name"])

        return lambda texts: [one(text) for text in texts]

    return learn


def default_pipeline() -> Callable[[Data], Predict]:
    """Rasa's default, DIET, trained as `bench/default.yml` says."""

    def learn(data: Data) -> Predict:
        from rasa.core.agent import Agent

        agent = Agent.load(str(ensure_model(load_settings().model_dir, config=DEFAULT_CONFIG)))

        async def read(texts: Sequence[str]) -> List[str]:
            return [str((await agent.parse_message(text))["intent"]["name"]) for text in texts]

        return lambda texts: asyncio.run(read(texts))

    return learn


def run(out: Path = OUT) -> None:
    """Learn and ask each pipeline, and write the table."""
    quiet_logs("ERROR")
    console = Console(stderr=True)
    library = load_library()
    examples = load_data(str(ROOT / "data" / "nlu")).intent_examples
    data = Data([e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples])
    messages = read_messages(DEVELOPMENT, library.topics)
    untuned = Remembering(SentenceEncoder(untuned_encoder_path(), tokenizer_path()), {})
    tuned = Remembering(SentenceEncoder.load(), {})
    pipelines = {
        "spaCy vectors + logistic regression": spacy_vectors(),
        "n-grams + linear SVM": n_grams(None, LinearSVC(C=0.5, class_weight="balanced")),
        "untuned encoder + logistic regression": linear(untuned.encode, regression()),
        "untuned encoder + n-grams + linear SVM": n_grams(untuned, LinearSVC(C=0.5, class_weight="balanced")),
        "tuned encoder + logistic regression": linear(tuned.encode, regression()),
        "tuned encoder + n-grams, shares from held-out examples": meaning_and_spelling(tuned, by_topic=False),
        "the same, the likeliest topic's intent": meaning_and_spelling(tuned, by_topic=True),
        "the same, with classifiers of the topics beside (serves)": meaning_and_spelling(tuned, True, topics_too=True),
        "tuned encoder, topic first, then intent": hierarchical(tuned),
        "tuned encoder, neighbours as a second opinion": second_opinion(tuned),
        "tuned encoder, read sentence by sentence": sentence_wise(tuned),
        "Rasa's default (DIET, 2 epochs: no fair comparison)": default_pipeline(),
    }
    # Encoded before the pipelines part ways, so that all learn from the same vectors and none pays for another's.
    for encoder in (untuned, tuned):
        encoder.encode(data.texts)
    rows = []
    for name, learn in pipelines.items():
        console.print(name)
        rows.append(_apart(_measured, name, learn, data, messages))
        out.write_text(_render(rows, len(data.texts), len(messages)), encoding="utf-8")


def _apart(work: Callable[..., Row], *arguments: Any) -> Row:
    """What `work` gives in a process of its own: what it holds in memory is its alone."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=lambda: there.send(work(*arguments)))
    child.start()
    there.close()
    row: Row = here.recv()
    child.join()
    return row


def _measured(name: str, learn: Callable[[Data], Predict], data: Data, messages: Sequence[Dict[str, Any]]) -> Row:
    started = time.perf_counter()
    predict = learn(data)
    minutes = (time.perf_counter() - started) / 60
    return _row(name, predict, messages, minutes)


def _own_megabytes() -> float:
    """Memory that this process shares with no other, once what is no longer used was given back."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8")
    return sum(int(kilobytes) for kilobytes in re.findall(r"Private_\w+: +(\d+) kB", rollup)) / 1000


def _row(name: str, predict: Predict, messages: Sequence[Dict[str, Any]], minutes: float) -> Row:
    library, judged, took = load_library(), [], []
    for message in messages:
        started = time.perf_counter()
        intent = predict([message["text"]])[0]
        took.append(time.perf_counter() - started)
        read = {"topic": library.topic_of(intent), "intent": intent, "confidence": 1.0, "asker": "", "urgency": ""}
        judged.append(Judged(message, read))
    return Row(name, measure(judged), statistics.median(took) * 1000, minutes, _own_megabytes())


def _render(rows: Sequence[Row], examples: int, messages: int) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(rows=rows, examples=examples, messages=messages, day=date.today().isoformat()) + "\n"


if __name__ == "__main__":
    run()
