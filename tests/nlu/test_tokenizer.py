"""The tokenizer follows spaCy's rules, and is never slow, whatever the text."""

import time

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.tokenizer import LONGEST_RUN, SpacyTokenizer

LONGEST = 1000


@pytest.fixture(scope="module")
def tokenizer() -> SpacyTokenizer:
    return SpacyTokenizer(SpacyTokenizer.get_default_config())


def tokens(tokenizer: SpacyTokenizer, text: str) -> "list[tuple[str, int]]":
    return [(token.text, token.start) for token in tokenizer.tokenize(Message({"text": text}), "text")]


def test_tokens_follow_spacys_rules_without_white_space(tokenizer: SpacyTokenizer) -> None:
    assert tokens(tokenizer, "he can't\nstop") == [("he", 0), ("ca", 3), ("n't", 5), ("stop", 9)]


@pytest.mark.parametrize("run", ["a" * (LONGEST_RUN + 5), "[" * 200, "é😭" * 90])
def test_the_tokens_of_a_long_run_have_the_right_positions(tokenizer: SpacyTokenizer, run: str) -> None:
    text = f"hi {run} you"
    found = tokens(tokenizer, text)
    assert all(text[start : start + len(token)] == token for token, start in found)
    assert "".join(token for token, _ in found) == text.replace(" ", "")


def test_a_run_of_symbols_takes_hardly_longer_than_symbols_with_spaces(tokenizer: SpacyTokenizer) -> None:
    # spaCy would scan the rest of the run for each symbol, which takes fifty times as long.
    assert seconds(tokenizer, "[" * LONGEST) < 5 * seconds(tokenizer, "[ " * (LONGEST // 2))


def seconds(tokenizer: SpacyTokenizer, text: str) -> float:
    """Return the minimum processor time of five runs, each on a different text because spaCy caches its results."""
    took = []
    for mark in "abcde":
        began = time.process_time()
        tokens(tokenizer, text[:-1] + mark)
        took.append(time.process_time() - began)
    return min(took)
