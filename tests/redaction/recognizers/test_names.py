"""Names of people."""

import pytest
from matching import matches

from bot.redaction.recognizers.names import ListedNameRecognizer, NamePatternRecognizer

PATTERNS, LISTED = NamePatternRecognizer(), ListedNameRecognizer()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my name is jessica", "jessica"),
        ("hes called marcus", "marcus"),
        ("My son Oliver won't talk", "Oliver"),
        ("Mr Henderson messaged me", "Henderson"),
        ("Mr T. Wetherall messaged me", "T. Wetherall"),
        ("a Ms Van der Hoek rang", "Van der Hoek"),
        ("in the name of K Adjei", "K Adjei"),
        ("in the name of s bellweather", "s bellweather"),
    ],
)
def test_names_are_found_by_the_words_before_them(text: str, found: str) -> None:
    assert matches(PATTERNS, text) == [found]


@pytest.mark.parametrize(
    "text", ["my son is 13", "im scared", "it is called grooming", "his name is on it", "from HQ", "my name is a b"]
)
def test_other_words_after_such_words_are_not_names(text: str) -> None:
    assert matches(PATTERNS, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("me n callum broke up", "callum"),
        ("jessica sent it to evryone", "jessica"),
        ("told sophei about it", "sophei"),
        ("got it off kyles phone", "kyles"),
        ("ellie-may saw it", "ellie-may"),
        ("its jadey again", "jadey"),
        ("ruby tandy", "ruby tandy"),
        ("ryan o'dea has it", "ryan o'dea"),
        ("callum b has it", "callum b"),
        ("messages from big mo today", "big mo"),
        ("her friend anastazzja sent it", "anastazzja"),
        ("a bloke called spud runs it", "spud"),
        ("Lenny Stroud sends notes", "Lenny Stroud"),
        ("Xiu Ying stays in her room", "Xiu Ying"),
        ("now mr black rings me", "black"),
    ],
)
def test_names_are_found_in_lower_case_and_misspelt(text: str, found: str) -> None:
    assert matches(LISTED, text) == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my mate hope knows", "hope"),
        ("hope said no", "hope"),
        ("hope is being blackmailed", "hope"),
        ("everyone thinks will did it", "will"),
        ("call him bill", "bill"),
        ("rose and lily both got it", "rose"),
        ("me and summer fell out", "summer"),
        ("angel in my form saw it", "angel"),
        ("art, my husband, did it", "art"),
        ("what hope says", "hope"),
        ("dawn here, mum of two", "dawn"),
        ("idk if mark from football is 16", "mark"),
    ],
)
def test_names_that_are_also_words_are_found_by_the_words_next_to_them(text: str, found: str) -> None:
    assert found in matches(LISTED, text)


@pytest.mark.parametrize(
    "text",
    [
        "i hope she is ok",
        "my daughter may have met him",
        "my daughter will suffer",
        "is there a grace period",
        "the worst summer of my life",
        "she rose at six",
        "at dawn she rang",
        "have faith lads",
        "i will be frank",
        "pat myself on the back",
        "mark my words",
        "i will mark it on the calendar",
        "he calls me his angel",
        "on 14 June at 2pm",
        "sarahs law how to ask",
        "we live in Barry",
        "we live in milton keynes",
        "will my mum find out",
        "my friend made me promise and i did",
        "my son acidentally sent it",
        "she has an app called snapchatt",
        "ktoś prosi moją córkę o nagie zdjęcia",
    ],
)
def test_words_and_misspellings_are_not_names(text: str) -> None:
    assert matches(LISTED, text) == []
