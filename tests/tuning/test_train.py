"""Which examples an epoch of tuning reads."""

import numpy as np
import pytest

from bot.tuning.train import drawn

CHANCE = np.array([0.4, 0.3, 0.2, 0.05, 0.03, 0.02])


@pytest.mark.parametrize("count", [1, 5, 60])
def test_as_many_are_drawn_as_were_asked_for(count: int) -> None:
    assert len(drawn(CHANCE, count, np.random.default_rng(7))) == count


@pytest.mark.parametrize("seed", range(20))
def test_each_comes_as_often_as_its_chance_says_but_for_one(seed: int) -> None:
    times = np.bincount(drawn(CHANCE, 60, np.random.default_rng(seed)), minlength=len(CHANCE))
    assert np.abs(times - 60 * CHANCE).max() < 1


def test_fewer_than_there_are_leave_other_ones_out_each_time() -> None:
    generator = np.random.default_rng(7)
    alike = np.full(100, 0.01)
    left_out = [frozenset(range(100)) - frozenset(drawn(alike, 70, generator)) for _ in range(3)]
    assert len(set(left_out)) == 3


def test_the_same_state_of_chance_draws_the_same() -> None:
    assert list(drawn(CHANCE, 60, np.random.default_rng(7))) == list(drawn(CHANCE, 60, np.random.default_rng(7)))
