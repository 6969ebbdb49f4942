"""Language detection, tested on messages that were not used to build it and on English ones."""

import json
from pathlib import Path
from typing import Dict, List

import pytest

from bot.chat.arrival import foreign_language
from bot.content.cards import DISCLOSURES, load_cards
from bot.text.language_detection import UNDETERMINED, Languages, Phrase, plain, words_of

#: Messages written independently of the cards and the code: fifteen in each language with a card, some in languages
#: without one ("other"), and English ones that are easily mistaken for another language.
MESSAGES: List[Dict[str, str]] = [
    json.loads(line) for line in Path(__file__).with_name("languages.jsonl").read_text(encoding="utf-8").splitlines()
]
CARDS = load_cards()
IN_CARDS = [one for one in MESSAGES if one["language"] in CARDS]
URGENT = ("danger", "suicide")
#: The measured fractions, rounded down: messages whose language is recognised, and urgent ones whose kind is.
FOUND, TOLD_APART = 0.92, 0.70


def language(text: str) -> str:
    found = foreign_language(text)
    return "en" if found is None else "other" if found.code == UNDETERMINED else found.code


def told(text: str) -> str:
    found = foreign_language(text)
    return "calm" if found is None or found.told is None else found.told


def test_the_language_of_most_messages_is_recognised() -> None:
    right = [language(one["text"]) == one["language"] for one in IN_CARDS]
    assert sum(right) / len(right) >= FOUND


@pytest.mark.parametrize("code", sorted(CARDS))
def test_at_least_two_thirds_of_messages_in_each_language_are_recognised(code: str) -> None:
    right = [language(one["text"]) == code for one in IN_CARDS if one["language"] == code]
    assert sum(right) * 3 >= len(right) * 2


def test_english_is_hardly_ever_mistaken_for_another_language() -> None:
    english = [one["text"] for one in MESSAGES if one["language"] == "en"]
    taken = [text for text in english if language(text) in CARDS]
    assert len(taken) <= 1, taken


def test_urgent_disclosures_are_told_apart() -> None:
    urgent = [one for one in IN_CARDS if one["kind"] != "calm"]
    assert sum(told(one["text"]) == one["kind"] for one in urgent) / len(urgent) >= TOLD_APART


def test_a_calm_message_raises_no_alarm() -> None:
    assert [one["text"] for one in IN_CARDS if one["kind"] == "calm" and told(one["text"]) in URGENT] == []


@pytest.mark.parametrize("code", sorted(CARDS))
def test_cues_for_danger_are_not_cues_for_anything_else(code: str) -> None:
    phrases = {told: {plain(cue) for cue in getattr(CARDS[code].cues, told)} for told in DISCLOSURES}
    others = set().union(*(phrases[told] for told in DISCLOSURES if told != "danger"))
    assert phrases["danger"] & others == set()


@pytest.mark.parametrize(
    ("written", "text", "is_said"),
    [
        ("stoi pod drzwiami", "ktos teraz stoi u mnie pod drzwiami", True),
        ("pisze do córki", "PISZE CIĄGLE DO CORKA", True),
        ("stoi pod drzwiami", "pod drzwiami stoi pies", False),
        ("我想死", "今天我想死了", True),
        ("nóż", "nozyczki", False),
    ],
    ids=["other words between", "another ending, no accents", "another order", "no spaces", "part of a word"],
)
def test_a_phrase_is_recognised_as_people_write_it(written: str, text: str, is_said: bool) -> None:
    assert Phrase(written).is_in(plain(text), words_of(text)) == is_said


@pytest.mark.parametrize("text", ["", "😭😭", "12345", "?!"], ids=["nothing", "emoji", "a number", "signs"])
def test_a_text_without_words_has_no_language(text: str) -> None:
    assert Languages({"pl": ["nie"]}).of(text) is None


@pytest.mark.parametrize("text", ["\ud800", "he wants pics \ud83d of me", "\udc00\ud800"])
def test_a_lone_surrogate_causes_no_error(text: str) -> None:
    assert foreign_language(text) is None


def test_a_language_without_known_words_is_undetermined() -> None:
    assert Languages({"pl": ["nie"]}).of("кто-то пишет моей дочери и просит фотографии") == UNDETERMINED
