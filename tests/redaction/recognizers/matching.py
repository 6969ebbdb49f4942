"""The matches of a recognizer in a text, in the form that the tests of each kind compare."""

from typing import List

from bot.redaction.recognizers.base import Recognizer


def matches(recognizer: Recognizer, text: str) -> List[str]:
    return [text[span.start : span.end] for span in recognizer.find(text)]
