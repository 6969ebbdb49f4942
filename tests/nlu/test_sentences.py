"""Which sentences of a message are classified on their own, for danger and for questions."""

import pytest

from bot.nlu.sentences import MOST, MOST_QUESTIONS, questions_of, sentences_of

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


@pytest.mark.parametrize(
    "question",
    [
        "will my mum find out?",
        "will my mum find out",
        "how do i get it taken down",
        "can they see who told",
        "dont they have to tell my dad",
        "so who do i actually ring",
    ],
)
def test_a_sentence_that_reads_like_a_question_is_classified_alone(question: str) -> None:
    assert questions_of(f"im 14. he wants 50 quid by tonight. {question}") == [question]


@pytest.mark.parametrize(
    "text",
    ["", "will my mum find out", "im 14. he wants 50 quid by tonight.", "Nobody knows. She can go online whenever."],
)
def test_a_message_of_one_sentence_or_without_questions_has_none_to_classify(text: str) -> None:
    assert questions_of(text) == []


def test_only_the_last_of_many_questions_are_classified_alone() -> None:
    asked = [f"can he see number {number}?" for number in range(5)]
    assert questions_of(" ".join(asked)) == asked[-MOST_QUESTIONS:]
