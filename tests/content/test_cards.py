"""Cards in other languages: what each contains, and how a faulty card is reported."""

import re
import shutil
from pathlib import Path

import pytest

from bot.content.cards import DISCLOSURES, INTENTS, load_cards
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.reader import ContentError

LIBRARY = load_library()
CARDS = load_cards()
#: The languages that need a card.
ASKED = set("cy pl ro pa ur bn ar uk pt es fr so tr zh-Hans".split())


def test_there_is_a_card_for_every_required_language() -> None:
    assert set(CARDS) >= ASKED


@pytest.mark.parametrize("code", sorted(CARDS))
@pytest.mark.parametrize("name", ["danger", "suicide"])
def test_danger_names_999(code: str, name: str) -> None:
    assert "999" in getattr(CARDS[code].words, name)


@pytest.mark.parametrize("code", sorted(CARDS))
def test_the_helplines_are_named_with_their_numbers(code: str) -> None:
    calls = LIBRARY.fill(CARDS[code].words.calls)
    assert all(str(LIBRARY.services[name].phone) in calls for name in ("childline", "samaritans"))


@pytest.mark.parametrize("code", sorted(CARDS))
def test_the_english_words_to_ask_for_an_interpreter_are_given(code: str) -> None:
    assert re.search(r"[A-Z][a-z]+, please", CARDS[code].words.interpreter)


@pytest.mark.parametrize("told", DISCLOSURES)
def test_every_disclosure_maps_to_an_intent_with_guidance(told: str) -> None:
    assert LIBRARY.guidance_for(INTENTS[told]) is not None


def test_a_card_whose_numbers_differ_from_its_english_is_refused(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(CONTENT.base, content)
    card = content / "cards" / "pl.yml"
    card.write_text(card.read_text(encoding="utf-8").replace("999", "112", 1), encoding="utf-8")
    with pytest.raises(ContentError, match=r"cards/pl\.yml:\d+: 'danger' has other numbers than its English"):
        load_cards(Content(content))
