"""The text of a message as the model reads it: without disguises and, if it is long, also split into sentences.

Sentences are classified alone as well, because danger in one of many is drowned out by the others.
"""

import re
from typing import List

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.folding import fold

#: Message attribute: the folded text. The text itself is left as it was typed.
FOLDED = "folded"

#: Message attributes: the sentences with their vectors, and the intent ranking of each.
SENTENCES, SENTENCE_RANKINGS = "sentences", "sentence_rankings"

#: A message with fewer sentences is read only as a whole.
FEWEST = 3
#: A sentence with fewer words says too little alone: "She took them."
FEWEST_WORDS = 6
#: Further sentences are skipped, so that no message takes long.
MOST = 12

_END = re.compile(r"(?<=[.!?])\s{1,3}|\s{0,3}\n\s{0,3}")


def text_read(message: Message) -> str:
    """The text of a message or an example as the model reads it; see `bot.text.folding`."""
    if message.get(FOLDED) is None:
        message.set(FOLDED, fold(message.get(TEXT) or "").text)
    return str(message.get(FOLDED))


def sentences_of(text: str) -> List[str]:
    """The sentences of `text` that can be read alone, at most `MOST`; none if it has fewer than `FEWEST`."""
    parts = [part for part in _END.split(text) if part]
    if len(parts) < FEWEST:
        return []
    return [part for part in parts if len(part.split()) >= FEWEST_WORDS][:MOST]
