"""Messages that are not in English, and messages that only seem not to be."""

import pytest

from bot.nlu.language import is_other_language, words_without_placeholders

KNOWN = frozenset(
    "im scared he wants a picture of me can i talk to someone what do u mean hes my the is on it no".split()
)
OTHER = {
    "Polish": "ktoś prosi moją córkę o zdjęcia, co mam zrobić",
    "Romanian": "cineva îmi amenință fiul cu poze",
    "Arabic": "شخص يهدد ابنتي بنشر صورها",
    "Urdu": "میری بیٹی کو کوئی دھمکی دے رہا ہے",
    "Ukrainian": "хтось погрожує моєму синові",
    "Chinese": "有人威胁要公布我的照片",
}


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER.keys())
def test_another_language_is_detected(text: str) -> None:
    assert is_other_language(text, KNOWN, share=0.3, least=3)


@pytest.mark.parametrize(
    "text",
    [
        "im scared he wants a picture of me",
        "he wants a picutre of me pls",
        "can i talk to someone <name> <phone>",
        "snapchat",
        "zzz",
        "😀😀😀",
        "",
        "<name> <link> <phone>",
        "12345 67890",
    ],
)
def test_english_and_undecidable_texts_are_not_another_language(text: str) -> None:
    assert not is_other_language(text, KNOWN, share=0.3, least=3)


def test_words_have_no_case_apostrophes_or_placeholders() -> None:
    assert words_without_placeholders("I’m <name>, DON'T") == ["im", "dont"]
