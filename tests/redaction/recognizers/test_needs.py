"""Any text in which a recognizer finds a match also matches the recognizer's `needs`."""

import json

import pytest

from bot.redaction.recognizers import pattern_recognizers
from bot.redaction.recognizers.base import PatternRecognizer
from bot.settings import ROOT

MESSAGES = [json.loads(line)["text"] for line in (ROOT / "tests/redaction/messages.jsonl").open(encoding="utf-8")]
WITH_NEEDS = [one for one in pattern_recognizers() if isinstance(one, PatternRecognizer) and one.needs.pattern]


@pytest.mark.parametrize("recognizer", WITH_NEEDS, ids=lambda one: type(one).__name__)
def test_nothing_is_found_in_a_text_without_the_needed_pattern(recognizer: PatternRecognizer) -> None:
    found = [text for text in MESSAGES if any(recognizer.matches(text))]
    assert len(found) > 10
    assert [text for text in found if not recognizer.needs.search(text)] == []
