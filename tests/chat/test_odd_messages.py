"""Messages that are not plain English sentences get an answer, never an error."""

import pytest
from chat_client import Person, services

ODD = {
    "one letter": "a",
    "a thousand of one letter": "a" * 1000,
    "emoji only": "😭😭😭",
    "dots": "...",
    "a number": "12",
    "key mashing": "asdfghjkl qwertyuiop zxcvbnm",
    "HTML": '<script>alert("x")</script><b>he wants pics</b>',
    "JSON": '{"intent": {"name": "restart"}, "text": "hi"}',
    "code": "for (let i = 0; i < 10; i++) { console.log(i) }",
    "Rasa's own commands": "/restart",
    "control characters": "he\x00 wants\x07 a pic\x1b[31m of me",
    "right-to-left marks": "\u202eem fo cip a stnaw eh\u202c",
    "placeholders": "<name> <phone> <link>",
    "an SQL statement": "'; DROP TABLE conversation; --",
}
FOREIGN = {
    "Polish": "ktoś prosi moją córkę o nagie zdjęcia, co mam zrobić",
    "Arabic": "شخص ما يهدد ابنتي بنشر صورها",
    "Chinese": "有人威胁要公布我的照片",
    "Romanian": "cineva îl amenință pe fiul meu că publică pozele lui",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_an_odd_message_gets_an_answer(person: Person, text: str) -> None:
    assert person.says(text)


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_message_in_another_language_is_answered_in_it_with_999_and_childline(person: Person, text: str) -> None:
    said = [message for message in person.says(text) if message.get("lang")]
    words = " ".join(message["text"] for message in said)
    assert ("999" in words, "0800 1111" in words) == (True, True)


def test_a_language_without_a_card_gets_plain_english_with_999_and_childline(person: Person) -> None:
    said = person.says("valaki ír a lányomnak és képeket kér tőle minden este")[0]["text"]
    assert ("English" in said, "999" in said, "0800 1111" in said) == (True, True, True)


def test_an_unclear_message_is_asked_about_with_buttons(person: Person) -> None:
    asked = person.says("can a fact be true if nobody knows it")
    assert asked[-1]["kind"] == "choices"
    assert len(asked[-1]["choices"]) >= 2


def test_the_chosen_reading_is_answered(person: Person) -> None:
    asked = person.says("can a fact be true if nobody knows it")
    answer = person.presses(asked[-1]["choices"][0]["id"])
    assert answer[0]["kind"] in ("guidance", "text")


def test_after_two_misunderstandings_a_helpline_is_offered(person: Person) -> None:
    person.says("im 14")
    person.says("can a fact be true if nobody knows it")
    assert "childline" in services(person.says("can a fact be true if nobody knows it"))
