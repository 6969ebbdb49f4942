"""Which sentences of a message are classified on their own, and for what."""

import pytest

from bot.nlu.sentences import MOST, sentences_of

LONG = "i just wanted to ask about discord. my uncle hits me when he has been drinking! is it safe for a ten year old?"


def test_the_sentences_of_a_long_message_are_read_one_by_one() -> None:
    assert [sentence.text for sentence in sentences_of(LONG)] == [
        "i just wanted to ask about discord.",
        "my uncle hits me when he has been drinking!",
        "is it safe for a ten year old?",
    ]


def test_a_line_is_a_sentence() -> None:
    assert len(sentences_of(LONG.replace(" my uncle", "\nmy uncle"))) == 3


@pytest.mark.parametrize("text", ["", "hes outside my house right now"])
def test_a_message_of_one_sentence_is_read_only_as_a_whole(text: str) -> None:
    assert sentences_of(text) == []


def test_a_sentence_of_one_or_two_words_is_not_read_alone() -> None:
    assert [sentence.text for sentence in sentences_of("hi there. he wants more pics. ok?")] == ["he wants more pics."]


def test_the_longest_of_many_sentences_are_read_in_their_order() -> None:
    short, long = [f"he said {number}." for number in range(MOST)], [f"he wrote to me {number}." for number in range(3)]
    read = [sentence.text for sentence in sentences_of(" ".join([*short, *long]))]
    assert read == [*short[: MOST - 3], *long]


def test_a_short_question_at_the_end_of_a_long_message_is_read() -> None:
    story = " ".join(f"then he wrote to me again on day {number}." for number in range(MOST))
    assert "do i pay?" in [sentence.text for sentence in sentences_of(f"{story} do i pay?")]


def has_intent(text: str, message: str) -> bool:
    return next(sentence.has_intent for sentence in sentences_of(message) if sentence.text == text)


def test_the_intent_of_a_long_sentence_in_a_long_message_is_classified() -> None:
    assert has_intent("my uncle hits me when he has been drinking!", LONG)


def test_the_intent_of_a_short_sentence_is_not_classified() -> None:
    assert not has_intent("She took them.", f"{LONG} She took them.")


def test_no_intents_are_classified_in_a_message_of_two_sentences() -> None:
    assert not has_intent("Can you tell me what grooming is?", "Hello there. Can you tell me what grooming is?")


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
def test_a_sentence_that_reads_like_a_question_is_one(question: str) -> None:
    asked = [sentence.text for sentence in sentences_of(f"he wants 50 quid. {question}") if sentence.is_question]
    assert asked == [question]


@pytest.mark.parametrize("text", ["im 14. he wants 50 quid by tonight.", "Nobody knows. She can go online whenever."])
def test_a_statement_is_no_question(text: str) -> None:
    assert not any(sentence.is_question for sentence in sentences_of(text))
