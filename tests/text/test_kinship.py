"""Kinship words: word lists can refer to the groups in kinship.yml."""

import pytest

from bot.text.kinship import kinship, words_with_kin


def test_a_list_of_words_may_name_a_group() -> None:
    assert words_with_kin("boy {sibling} girl") == ("boy", "brother", "sister", "girl")


def test_kin_contains_every_word_of_every_group() -> None:
    assert set(words_with_kin("{kin}")) == {
        word for group, words in kinship().items() if group != "kin" for word in words
    }


def test_no_word_is_in_two_groups() -> None:
    assert len(words_with_kin("{kin}")) == len(set(words_with_kin("{kin}")))


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(KeyError, match="siblings"):
        words_with_kin("{siblings}")
