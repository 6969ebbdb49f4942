"""Typo augmentation: the same message as other people might have typed it."""

from random import Random

import pytest

from training.augment import SHORT_FORMS, augment

TEXT = "I don't know what to do. Someone keeps messaging my daughter because she posted a photo. Please help!"


def test_nothing_changes_at_strength_zero() -> None:
    assert augment(TEXT, Random(1), strength=0.0) == TEXT


def test_the_same_random_state_gives_the_same_text() -> None:
    assert augment(TEXT, Random(3)) == augment(TEXT, Random(3))


def test_most_texts_change() -> None:
    assert sum(augment(TEXT, Random(seed)) != TEXT for seed in range(200)) > 120


@pytest.mark.parametrize("text", ["", "a", "?!", "'", "<name>", "😀", "ok thanks"])
def test_no_text_becomes_empty(text: str) -> None:
    assert all(augment(text, Random(seed)).strip() for seed in range(100))


@pytest.mark.parametrize(("long", "short"), SHORT_FORMS)
def test_every_expression_is_sometimes_shortened(long: str, short: str) -> None:
    typed = {augment(f"x {long} y", Random(seed)) for seed in range(400)}
    assert typed & {f"x {one} y" for one in short.split()}
