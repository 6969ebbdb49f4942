"""The second stage of tuning, which learns from the labels of conversations and single messages."""

from collections.abc import Callable
from dataclasses import replace
from typing import List

import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer

from bot.nlu.context import Turn
from bot.weights import tokenizer_path
from training.encoder.bert import Bert, Weights
from training.encoder.conversations import RECIPE, Conversations, label
from training.encoder.tuning import Tuner
from training.examples import Examples

EXAMPLES = Examples(
    texts=["how do i block him", "is minecraft ok"] * 4,
    intents=np.array([0, 1] * 4, np.int32),
    askers=np.full(8, -1, np.int32),
    urgencies=np.array([0, -1] * 4, np.int32),
    intent_names=["ask_block", "ask_app"],
    asker_names=[],
    topic_of=np.array([0, 1], np.int32),
    topic_names=["blocking", "apps"],
)
LABELS = {"move": "tells", "role": "asks", "urgency": "none", "asks": "none"}
TURNS = [
    Turn("he knows", ("a man writes",), {"topic": "blocking", **LABELS}, ("threat=true",), ""),
    Turn("roblox", ("a game",), {"topic": "apps", **LABELS}, (), ""),
] * 4
CLASSES = {
    "intent": ["ask_block", "ask_app"],
    "topic": ["apps", "blocking"],
    "move": ["tells"],
    "role": ["asks"],
    "urgency": ["none"],
    "asks": ["none"],
}


def test_a_turn_has_no_intent_and_a_single_message_no_move() -> None:
    data = label(TURNS, EXAMPLES, CLASSES, ["threat=true"])
    assert (data.labels[0].tolist(), data.labels[len(TURNS)].tolist()) == ([-1, 1, 0, 0, 0, 0], [0, 1, -1, -1, 0, -1])


def test_only_turns_have_facts() -> None:
    data = label(TURNS, EXAMPLES, CLASSES, ["threat=true"])
    assert (data.facts[:2].ravel().tolist(), data.has_facts.tolist()) == ([1.0, 0.0], [1.0] * 8 + [0.0] * 8)


def test_tuning_reduces_the_loss(random_weights: Callable[[int], Weights]) -> None:
    recipe = replace(RECIPE, epochs=12, singles=8, batch=8, rate=1e-3, dropout=0.0)
    tf.keras.utils.set_random_seed(recipe.seed)
    losses: List[float] = []
    task = Conversations(label(TURNS, EXAMPLES, CLASSES, ["threat=true"]), recipe)
    tuner = Tuner(Bert(random_weights(1)), Tokenizer.from_file(str(tokenizer_path())), task, recipe)
    tuner.run(lambda step, steps, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 1.2
