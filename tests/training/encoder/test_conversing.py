"""The second stage of tuning: it starts from the delivered file and learns the labels of conversations."""

from collections.abc import Callable
from pathlib import Path
from typing import List

import numpy as np
import tensorflow as tf

from bot.nlu.context import Turn
from bot.weights import ENCODER
from training.encoder.bert import Weights
from training.encoder.conversations import Recipe, Tuner, label, read_tuned
from training.encoder.export import export
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


def test_the_delivered_file_gives_its_weights_back(random_weights: Callable[[int], Weights], tmp_path: Path) -> None:
    weights = random_weights(2)
    export(weights, tmp_path / "encoder.onnx")
    back = read_tuned(tmp_path / "encoder.onnx")
    # Each row was rounded to whole numbers of which the largest is 127.
    assert {n: v for n, v in weights.items() if np.abs(v - back[n]).max() > np.abs(v).max() / 127} == {}


def test_the_committed_file_can_be_read_as_weights() -> None:
    weights = read_tuned(ENCODER)
    assert np.abs(weights["encoder.layer.0.intermediate.dense.weight"].mean()) < 0.01


def test_a_turn_has_no_intent_and_a_single_message_no_move() -> None:
    data = label(TURNS, EXAMPLES, CLASSES, ["threat=true"])
    assert (data.labels[0].tolist(), data.labels[len(TURNS)].tolist()) == ([-1, 1, 0, 0, 0, 0], [0, 1, -1, -1, 0, -1])


def test_only_turns_tell_facts() -> None:
    data = label(TURNS, EXAMPLES, CLASSES, ["threat=true"])
    assert (data.facts[:2].ravel().tolist(), data.has_facts.tolist()) == ([1.0, 0.0], [1.0] * 8 + [0.0] * 8)


def test_a_run_brings_the_loss_down(random_weights: Callable[[int], Weights]) -> None:
    recipe = Recipe(epochs=12, singles=8, batch=8, rate=1e-3, dropout=0.0)
    tf.keras.utils.set_random_seed(recipe.seed)
    losses: List[float] = []
    data = label(TURNS, EXAMPLES, CLASSES, ["threat=true"])
    Tuner(random_weights(1), data, len(TURNS), CLASSES, recipe).run(lambda step, steps, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 1.2
