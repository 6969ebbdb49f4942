"""The second stage: learns from messages in their conversations, so that earlier messages count too.

It starts from the file that the first stage wrote. Half of its texts are messages in their conversations
(`bot.nlu.context.joined`); the other half are single messages, so that the encoder does not forget them. The loss is
the cross-entropy of every label that a text has, and of each fact.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Dict, List, NamedTuple

import numpy as np
import tensorflow as tf

from bot.content.models import URGENCIES
from bot.nlu.context import ONE_OF, Turn, joined, read_turns
from bot.settings import ROOT
from training.encoder import tuning
from training.encoder.bert import DIMENSION, Floats
from training.encoder.tuning import Rows, Task, cross_entropy, mean_where
from training.examples import Examples, Numbers

CONVERSATIONS = ROOT / "data" / "conversations"
#: Kinds of label; a text has at most one of each. The first is learned only from single messages. Tuning on remarks
#: gained little, and made danger and roles worse (decision 39).
KINDS = ("intent", *(kind for kind in ONE_OF if kind != "remark"))
#: The weight of each kind of label in the loss.
WEIGHTS = {"intent": 1.0, "topic": 1.0, "move": 0.3, "role": 0.4, "urgency": 0.4, "asks": 0.3}
#: Minimum number of turns that must state a fact for it to be learned.
FEWEST = 20


@dataclass(frozen=True, kw_only=True)
class Recipe(tuning.Recipe):
    """Training parameters of this stage."""

    # Number of single messages per epoch, in addition to every turn of the conversations.
    singles: int
    facts_share: float = 2.0


RECIPE = Recipe(
    epochs=2,
    singles=6_000,
    batch=32,
    parts=1,
    rate=1e-4,
    layer_decay=0.85,
    head_factor=10.0,
    augment=0.5,
    average=0.98,
)


class Labelled(NamedTuple):
    """n texts with their known labels."""

    texts: List[str]
    labels: Numbers
    """(n, kinds) indices into the classes of each kind, -1 where unknown."""
    facts: Floats
    """(n, facts), 1 where a turn states the fact."""
    has_facts: Floats
    """(n,), 1 for turns of conversations, which come first."""
    classes: List[int]
    """The number of classes of each kind."""


def read_labelled(examples: Examples) -> Labelled:
    """The examples, and the turns of all conversations except those reserved for evaluation."""
    turns = [turn for turn in read_turns(CONVERSATIONS) if not is_kept_back(turn)]
    classes = {"intent": examples.intent_names}
    classes |= {kind: sorted({turn.labels[kind] for turn in turns}) for kind in KINDS[1:]}
    counts = Counter(fact for turn in turns for fact in turn.facts)
    return label(turns, examples, classes, sorted(fact for fact, count in counts.items() if count >= FEWEST))


def is_kept_back(turn: Turn) -> bool:
    """Whether a turn's conversation is in the fifth that the encoder is not tuned on.

    The heads are overconfident on texts that the encoder was tuned on, and this fifth shows by how much.
    """
    opening = turn.before[0] if turn.before else turn.text
    return zlib.crc32(opening.encode("utf-8")) % 5 == 0


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
    texts = [*(joined(turn.before, turn.text) for turn in turns), *examples.texts]
    return Labelled(texts, labels, told, has_facts, [len(classes[kind]) for kind in KINDS])


class Conversations(Task):
    """The task of the second stage."""

    def __init__(self, data: Labelled, recipe: Recipe) -> None:
        """Build a head for each kind of label, and one for the facts."""
        self._recipe, self._turns = recipe, int(data.has_facts.sum())
        self.texts = data.texts
        self.labels = (data.labels, data.facts, data.has_facts)
        self.drawn = self._turns + recipe.singles
        counts = np.bincount(data.labels[self._turns :, 0])
        chance = counts[data.labels[self._turns :, 0]] ** -0.5
        self._chance = chance / chance.sum()
        draw = np.random.default_rng(recipe.seed)
        self._heads = [_head(size, kind, draw) for kind, size in zip(KINDS, data.classes, strict=True)]
        self._facts = _head(data.facts.shape[1], "facts", draw)
        self._fact_bias = tf.Variable(np.full(data.facts.shape[1], -4.0, np.float32), name="fact_bias")
        self.heads = (*self._heads, self._facts, self._fact_bias)

    def rows(self, draw: np.random.Generator) -> Rows:
        """Every turn and some single messages; see the base class."""
        singles = draw.choice(len(self._chance), self._recipe.singles, replace=False, p=self._chance)
        return np.concatenate([np.arange(self._turns), singles + self._turns])

    def loss(self, vectors: tf.Tensor, labels: Sequence[tf.Tensor]) -> tf.Tensor:
        """See the base class."""
        recipe, (of_kinds, facts, has_facts) = self._recipe, labels
        total = tf.constant(0.0)
        for column, (kind, head) in enumerate(zip(KINDS, self._heads, strict=True)):
            logits = recipe.scale * tf.matmul(vectors, head, transpose_b=True)
            total += WEIGHTS[kind] * cross_entropy(logits, of_kinds[:, column], recipe.smoothing)
        margins = recipe.scale * tf.matmul(vectors, self._facts, transpose_b=True) + self._fact_bias
        of_each = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(facts, margins), axis=1)
        return total + recipe.facts_share * mean_where(of_each, has_facts) / 10.0


def _head(classes: int, name: str, draw: np.random.Generator) -> tf.Variable:
    return tf.Variable(draw.normal(scale=0.05, size=(classes, DIMENSION)).astype(np.float32), name=name)
