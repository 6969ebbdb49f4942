"""The first words of an answer, which are all that a transcript shows until the answer is opened."""

from typing import Any, Dict, List

import pytest
from console_client import turn

from bot.console.chat_view import LEAST, MOST, Gist, gists

ANSWER = {"kind": "text", "text": " ".join(f"word{place}" for place in range(100))}
QUESTION = {"kind": "choices", "prompt": "Is anyone in danger right now, or could be tonight?", "choices": []}


def turns(*said: str, shown: Any = (ANSWER, QUESTION)) -> List[Any]:
    return [{**turn(text, shown=list(shown)), "number": place} for place, text in enumerate(said, start=1)]


def texts(said: List[Any]) -> List[str]:
    return [gist.text for gist in gists(said).values()]


@pytest.mark.parametrize(
    ("words", "shown"), [(1, LEAST), (4, 5), (10, 13), (1000, MOST)], ids=["a word", "a few", "a sentence", "a page"]
)
def test_a_longer_message_gets_a_longer_gist_within_bounds(words: int, shown: int) -> None:
    (text,) = texts(turns("word " * words))
    assert (len(text.split()), text[-1]) == (shown, "…")


def test_a_short_answer_is_shown_in_full() -> None:
    assert texts(turns("it was me", shown=[{"kind": "text", "text": "Do not pay."}])) == ["Do not pay."]


@pytest.mark.parametrize("reply", ["yes", "oh no", "14"])
def test_a_short_reply_is_preceded_by_the_question_it_answers(reply: str) -> None:
    assert texts(turns("someone is blackmailing me", reply))[0] == "Is anyone in danger right now…"


def test_a_repeated_question_is_shown_once() -> None:
    assert texts(turns("someone is blackmailing me", "yes", "no"))[1] == "word0 word1 word2…"


def test_a_full_sentence_needs_no_question() -> None:
    assert texts(turns("someone is blackmailing me", "he is in my class"))[0].startswith("word0")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"kind": "service", "name": "Childline"}, "Childline"),
        ({"kind": "guidance", "title": "If you worry"}, "If you worry"),
        ({"kind": "comparison", "question": "Would you go?"}, "Would you go?"),
        ({"kind": "choices", "prompt": "Who are you?", "choices": []}, "Who are you?"),
    ],
)
def test_an_answer_without_text_is_described(message: Dict[str, Any], text: str) -> None:
    assert texts(turns("what is grooming", shown=[message])) == [text]


def test_an_answer_that_was_not_stored_has_no_words() -> None:
    assert gists([{**turn("hello"), "number": 1}]) == {1: Gist("")}


def test_words_in_another_language_have_its_code() -> None:
    card = {"kind": "text", "text": "To nie Twoja wina.", "lang": "pl", "dir": "ltr"}
    assert gists(turns("mam problem z kimś", shown=[card])) == {1: Gist("To nie Twoja wina.", "pl", "ltr")}
