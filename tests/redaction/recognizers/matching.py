"""What a recognizer finds in a text, as the tests of each kind compare it."""

from typing import List

from bot.redaction.recognizers.base import Recognizer


def matches(recognizer: Recognizer, text: str) -> List[str]:
    return [text[span.start : span.end] for span in recognizer.find(text)]
