"""The first stage of tuning: what an epoch reads, and what a run learns."""

from collections.abc import Callable
from dataclasses import replace
from typing import List

import numpy as np
import pytest
import tensorflow as tf
from tokenizers import Tokenizer

from bot.weights import tokenizer_path
from training.encoder.bert import Bert, Weights
from training.encoder.singles import RECIPE, Recipe, Singles, drawn, intent_means
from training.encoder.tuning import Tuner
from training.examples import Examples

#: Compiles and trains with TensorFlow.
pytestmark = pytest.mark.slow

CHANCE = np.array([0.4, 0.3, 0.2, 0.05, 0.03, 0.02])


@pytest.mark.parametrize("count", [1, 5, 60])
def test_the_requested_number_of_items_is_drawn(count: int) -> None:
    assert len(drawn(CHANCE, count, np.random.default_rng(7))) == count


@pytest.mark.parametrize("seed", range(20))
def test_each_item_is_drawn_in_proportion_to_its_probability_give_or_take_one(seed: int) -> None:
    times = np.bincount(drawn(CHANCE, 60, np.random.default_rng(seed)), minlength=len(CHANCE))
    assert np.abs(times - 60 * CHANCE).max() < 1


def test_a_smaller_draw_leaves_out_different_items_each_time() -> None:
    generator = np.random.default_rng(7)
    alike = np.full(100, 0.01)
    left_out = [frozenset(range(100)) - frozenset(drawn(alike, 70, generator)) for _ in range(3)]
    assert len(set(left_out)) == 3


def test_the_same_random_state_draws_the_same_items() -> None:
    assert list(drawn(CHANCE, 60, np.random.default_rng(7))) == list(drawn(CHANCE, 60, np.random.default_rng(7)))


TWO_TOPICS = Examples(
    texts=[
        "how do i block him",
        "block this man",
        "can i block people",
        "is minecraft ok",
        "minecraft age",
        "minecraft?",
    ],
    intents=np.array([0, 0, 0, 1, 1, 1], np.int32),
    askers=np.array([0, -1, -1, 1, -1, -1], np.int32),
    urgencies=np.array([0, -1, -1, 1, -1, -1], np.int32),
    intent_names=["ask_block", "ask_app"],
    asker_names=["parent", "young_person"],
    topic_of=np.array([0, 1], np.int32),
    topic_names=["blocking", "apps"],
)
SHORT = replace(RECIPE, epochs=30, batch=6, augment=0.0, dropout=0.0, rate=1e-3)


def a_tuner(weights: Weights, recipe: Recipe) -> Tuner:
    tf.keras.utils.set_random_seed(recipe.seed)
    bert, tokenizer = Bert(weights), Tokenizer.from_file(str(tokenizer_path()))
    return Tuner(bert, tokenizer, Singles(TWO_TOPICS, intent_means(bert, tokenizer, TWO_TOPICS), recipe), recipe)


def test_tuning_reduces_the_loss(random_weights: Callable[[int], Weights]) -> None:
    losses: List[float] = []
    a_tuner(random_weights(1), SHORT).run(lambda step, steps, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 1.5


def test_the_same_recipe_gives_the_same_weights(random_weights: Callable[[int], Weights]) -> None:
    recipe = replace(RECIPE, epochs=2, batch=6)
    first, second = (a_tuner(random_weights(1), recipe).run(lambda *_: None) for _ in range(2))
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)
