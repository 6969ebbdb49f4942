"""Which sentences of a message are classified on their own."""

import pytest

from bot.nlu.sentences import MOST, sentences_of

LONG = "i just wanted to ask about discord. my uncle hits me when he has been drinking! is it safe for a ten year old?"


def test_the_sentences_of_a_long_message_are_read_one_by_one() -> None:
    assert sentences_of(LONG) == [
        "i just wanted to ask about discord.",
        "my uncle hits me when he has been drinking!",
        "is it safe for a ten year old?",
    ]


def test_a_line_is_a_sentence() -> None:
    assert len(sentences_of(LONG.replace(" my uncle", "\nmy uncle"))) == 3


@pytest.mark.parametrize(
    "text", ["", "hes outside my house right now", "Hello there. Can you tell me what grooming is?"]
)
def test_a_short_message_is_read_only_as_a_whole(text: str) -> None:
    assert sentences_of(text) == []


def test_a_sentence_of_few_words_is_not_read_alone() -> None:
    assert "She took them." not in sentences_of(f"{LONG} She took them.")


def test_no_message_is_read_in_more_sentences_than_the_maximum() -> None:
    assert len(sentences_of("he will not leave me alone. " * 40)) == MOST
