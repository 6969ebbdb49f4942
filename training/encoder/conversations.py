"""Tunes the encoder further, on conversations: `python -m training.encoder.conversations --start FILE --out FILE`.

This second stage starts from the file that `python -m training.encoder` wrote. Half of its texts are messages in their
conversations (`bot.nlu.context.joined`); the other half are single messages, so that those are not forgotten. The loss
is the cross-entropy of every label that a text has, and of each fact.
"""

import os
from pathlib import Path
from random import Random
from typing import Annotated, Callable, Dict, List, NamedTuple, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import onnx
import tensorflow as tf
import typer
from onnx import numpy_helper
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from bot.content.models import URGENCIES
from bot.nlu.context import ONE_OF, Turn, is_kept_back, joined, read_turns
from bot.settings import ROOT
from bot.weights import digest, tokenizer_path
from training.augment import augment
from training.encoder.adam import Adam
from training.encoder.bert import DIMENSION, POSITIONS, TYPES, WORDS, Bert, Floats, Weights, layer_of
from training.encoder.export import export
from training.examples import Examples, Numbers, read_examples

CONVERSATIONS = ROOT / "data" / "conversations"
#: Kinds of label; a text has at most one of each. The first is learned only from single messages.
KINDS = ("intent", *ONE_OF)
_LAYER_PARTS = ("attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense")


class Recipe(NamedTuple):
    """Training parameters; the defaults give the delivered encoder."""

    epochs: int = 2
    #: Single messages read in an epoch, in addition to every turn of the conversations.
    singles: int = 6_000
    batch: int = 32
    rate: float = 1e-4
    layer_decay: float = 0.85
    weight_decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.1
    smoothing: float = 0.1
    scale: float = 16.0
    facts_share: float = 2.0
    average: float = 0.98
    pieces: int = 128
    seed: int = 7


class Labelled(NamedTuple):
    """n texts with their known labels."""

    texts: List[str]
    labels: Numbers
    """(n, kinds) indices into the classes of each kind, -1 where unknown."""
    facts: Floats
    """(n, facts), 1 where a turn states the fact."""
    has_facts: Floats
    """(n,), 1 for turns of conversations."""


def read_tuned(path: Path) -> Weights:
    """Read the weights of a file that training/encoder/export.py wrote, as float32."""
    graph = onnx.load(str(path)).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    packed = held[f"{WORDS}.q"].astype(np.int16)
    words = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
    weights = {WORDS: words * held[f"{WORDS}.s"], TYPES: held["types"]}
    weights[POSITIONS] = held[f"{POSITIONS}.q"].astype(np.float32) * held[f"{POSITIONS}.s"]
    weights |= {name: value for name, value in held.items() if "LayerNorm" in name}
    # Files from before decision 24 hold int8 around 0.
    middle = np.float32(held.get("middle", 0))
    layers = 1 + max(int(name.split(".")[2]) for name in held if name.startswith("encoder.layer."))
    for layer in range(layers):
        for part in _LAYER_PARTS:
            name = f"encoder.layer.{layer}.{part}"
            kernel = ((held[f"{name}.q"].astype(np.float32) - middle) * held[f"{name}.s"]).T
            names = [name.replace("query", one) for one in ("query", "key", "value")] if "query" in name else [name]
            for one, rows, bias in zip(
                names, np.split(kernel, len(names)), np.split(held[f"{name}.bias"], len(names)), strict=True
            ):
                weights |= {f"{one}.weight": rows, f"{one}.bias": bias}
    return {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}


def label(turns: Sequence[Turn], examples: Examples, classes: Dict[str, List[str]], facts: List[str]) -> Labelled:
    """Join turns and single messages into one list, with all their known labels."""
    index = {kind: {name: place for place, name in enumerate(names)} for kind, names in classes.items()}
    place_of = {fact: place for place, fact in enumerate(facts)}
    labels = np.full((len(turns) + len(examples.texts), len(KINDS)), -1, np.int32)
    told = np.zeros((len(labels), len(facts)), np.float32)
    for row, turn in enumerate(turns):
        for column, kind in enumerate(KINDS[1:], start=1):
            labels[row, column] = index[kind][turn.labels[kind]]
        for fact in turn.facts:
            if fact in place_of:
                told[row, place_of[fact]] = 1.0
    singles = slice(len(turns), None)
    labels[singles, 0] = examples.intents
    topics = np.array([index["topic"][name] for name in examples.topic_names])
    labels[singles, KINDS.index("topic")] = topics[examples.topic_of[examples.intents]]
    urgencies = np.array([*(index["urgency"].get(name, -1) for name in URGENCIES), -1])
    labels[singles, KINDS.index("urgency")] = urgencies[examples.urgencies]
    has_facts = np.zeros(len(labels), np.float32)
    has_facts[: len(turns)] = 1.0
    return Labelled([*(joined(t.before, t.text) for t in turns), *examples.texts], labels, told, has_facts)


class Tuner:
    """One training run."""

    def __init__(self, start: Weights, data: Labelled, singles: int, classes: Dict[str, List[str]], recipe: Recipe):
        """Build the model and a head for each kind of label.

        Args:
            start: the weights to start from.
            data: the texts; turns of conversations come first.
            singles: the index of the first single message.
            classes: the names of each kind's labels.
            recipe: training parameters.
        """
        self._recipe, self._data, self._singles = recipe, data, singles
        self._random, self._draw = Random(recipe.seed), np.random.default_rng(recipe.seed)
        self._tokenizer = Tokenizer.from_file(str(tokenizer_path()))
        self._tokenizer.enable_truncation(recipe.pieces)
        self._tokenizer.enable_padding()
        self.bert = Bert(start)
        counts = np.bincount(data.labels[singles:, 0])
        chance = counts[data.labels[singles:, 0]] ** -0.5
        self._chance = chance / chance.sum()
        self._steps = recipe.epochs * ((singles + recipe.singles) // recipe.batch)
        self._heads = {kind: self._head(len(names), kind) for kind, names in classes.items()}
        self._facts = self._head(data.facts.shape[1], "facts")
        self._fact_bias = tf.Variable(np.full(data.facts.shape[1], -4.0, np.float32), name="fact_bias")
        self._build()

    def run(self, report: Callable[[int, int, float], None]) -> Weights:
        """Train, and return the averaged weights."""
        step = 0
        for _ in range(self._recipe.epochs):
            for rows in self._batches():
                texts = [augment(self._data.texts[row], self._random, 0.5) for row in rows]
                encoded = self._tokenizer.encode_batch(texts)
                ids = np.array([one.ids for one in encoded], np.int32)
                mask = np.array([one.attention_mask for one in encoded], np.float32)
                parts = (self._data.labels[rows], self._data.facts[rows], self._data.has_facts[rows])
                loss = self._step(ids, mask, *parts, self._rate(step), step + 1.0)
                step += 1
                report(step, self._steps, float(loss))
        weights = self.bert.weights()
        weights |= {name: mean.numpy() for name, mean in self._mean.items()}
        return weights

    def _head(self, classes: int, name: str) -> tf.Variable:
        return tf.Variable(self._draw.normal(scale=0.05, size=(classes, DIMENSION)).astype(np.float32), name=name)

    def _batches(self) -> List[Numbers]:
        """One epoch: every turn and some single messages, in batches of similar length."""
        recipe = self._recipe
        drawn = self._draw.choice(len(self._chance), recipe.singles, replace=False, p=self._chance) + self._singles
        rows = np.concatenate([np.arange(self._singles), drawn])
        lengths = np.array([len(self._data.texts[row]) for row in rows]) * self._draw.uniform(0.85, 1.15, len(rows))
        order = rows[np.argsort(lengths, kind="stable")]
        batches = [order[at : at + recipe.batch] for at in range(0, len(order) - recipe.batch + 1, recipe.batch)]
        self._draw.shuffle(batches)
        return batches

    def _rate(self, step: int) -> float:
        warm = self._recipe.warm_up * self._steps
        return self._recipe.rate * (step / warm if step < warm else (self._steps - step) / (self._steps - warm))

    def _build(self) -> None:
        recipe, names = self._recipe, self.bert.trainable()
        heads = [*self._heads.values(), self._facts, self._fact_bias]
        variables = [*(self.bert.variables[name] for name in names), *heads]
        factors = [recipe.layer_decay ** (self.bert.layers - layer_of(name)) for name in names] + [10.0] * len(heads)
        decays = [recipe.weight_decay if self.bert.variables[name].shape.rank > 1 else 0.0 for name in names]
        optimiser = Adam(variables, factors, decays + [0.0] * len(heads))
        self._mean = {name: tf.Variable(self.bert.variables[name], trainable=False) for name in names}

        def step(
            ids: tf.Tensor,
            mask: tf.Tensor,
            labels: tf.Tensor,
            facts: tf.Tensor,
            has_facts: tf.Tensor,
            rate: tf.Tensor,
            count: tf.Tensor,
        ) -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = self._loss(self.bert.vectors(ids, mask, recipe.dropout), labels, facts, has_facts)
            gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]
            optimiser.apply(gradients, rate, count)
            keep = tf.minimum(recipe.average, count / (count + 10.0))
            for name in names:
                self._mean[name].assign(keep * self._mean[name] + (1.0 - keep) * self.bert.variables[name])
            return loss

        number, row = tf.TensorSpec((), tf.float32), tf.TensorSpec((None, None), tf.float32)
        whole = tf.TensorSpec((None, None), tf.int32)
        signature = [whole, row, whole, row, tf.TensorSpec((None,), tf.float32), number, number]
        self._step = tf.function(step, autograph=False, input_signature=signature)

    def _loss(self, vectors: tf.Tensor, labels: tf.Tensor, facts: tf.Tensor, has_facts: tf.Tensor) -> tf.Tensor:
        recipe, total = self._recipe, tf.constant(0.0)
        for column, kind in enumerate(KINDS):
            logits = recipe.scale * tf.matmul(vectors, self._heads[kind], transpose_b=True)
            classes, truth = logits.shape[1], labels[:, column]
            known = tf.cast(truth >= 0, tf.float32)
            right = tf.one_hot(tf.maximum(truth, 0), classes) * (1.0 - recipe.smoothing) + recipe.smoothing / classes
            losses = tf.nn.softmax_cross_entropy_with_logits(right, logits)
            total += WEIGHTS[kind] * tf.reduce_sum(losses * known) / tf.maximum(tf.reduce_sum(known), 1.0)
        margins = recipe.scale * tf.matmul(vectors, self._facts, transpose_b=True) + self._fact_bias
        of_each = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(facts, margins), axis=1) * has_facts
        mean = tf.reduce_sum(of_each) / tf.maximum(tf.reduce_sum(has_facts), 1.0)
        return total + recipe.facts_share * mean / 10.0


#: The weight of each kind of label in the loss.
WEIGHTS = {"intent": 1.0, "topic": 1.0, "move": 0.3, "role": 0.4, "urgency": 0.4, "asks": 0.3}


def main(
    start: Annotated[Path, typer.Option(help="The ONNX file to start from, as training.encoder writes it.")],
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
    epochs: Annotated[int, typer.Option(help="How often every conversation is read.")] = Recipe().epochs,
) -> None:
    """Tune the sentence encoder on conversations, except those that are kept back for measuring."""
    tf.config.threading.set_intra_op_parallelism_threads(2)
    recipe = Recipe(epochs=epochs)
    tf.keras.utils.set_random_seed(recipe.seed)
    turns, examples = [turn for turn in read_turns(CONVERSATIONS) if not is_kept_back(turn)], read_examples()
    classes = {"intent": examples.intent_names}
    classes |= {kind: sorted({turn.labels[kind] for turn in turns}) for kind in ONE_OF}
    counts: Dict[str, int] = {}
    for turn in turns:
        for fact in turn.facts:
            counts[fact] = counts.get(fact, 0) + 1
    facts = sorted(fact for fact, count in counts.items() if count >= 20)
    tuner = Tuner(read_tuned(start), label(turns, examples, classes, facts), len(turns), classes, recipe)
    console = Console(stderr=True)
    console.print(f"{len(turns)} turns, {len(examples.texts)} single messages, {len(facts)} facts")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Tuning", total=None)

        def report(step: int, steps: int, loss: float) -> None:
            progress.update(task, completed=step, total=steps, description=f"Tuning, loss {loss:.2f}")

        export(tuner.run(report), out)
    typer.echo(digest(out))


if __name__ == "__main__":
    typer.run(main)
