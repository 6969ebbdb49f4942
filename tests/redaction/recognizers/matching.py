"""A recognizer's matches in a text, as strings that tests can compare."""

from typing import List

from bot.redaction.recognizers.base import Recognizer


def matches(recognizer: Recognizer, text: str) -> List[str]:
    return [text[span.start : span.end] for span in recognizer.find(text)]
