"""What the model reads of a message: its text without disguises, and the sentences of a long one.

Sentences are also read alone: danger told in one of many is drowned by the others.
"""

import re
from typing import List

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.folding import fold

#: Attribute of a message: its text folded. The text itself stays as it was typed.
FOLDED = "folded"

#: Attributes of a message: its sentences with their vectors, and what each was read as.
SENTENCES, SENTENCE_RANKINGS = "sentences", "sentence_rankings"

#: A message of fewer sentences is read as a whole only.
FEWEST = 3
#: A sentence of fewer words says too little without the others: "She took them."
FEWEST_WORDS = 6
#: More are not read, so that no message takes long.
MOST = 12

_END = re.compile(r"(?<=[.!?])\s{1,3}|\s{0,3}\n\s{0,3}")


def text_read(message: Message) -> str:
    """The text of a message or an example as the model reads it, see `bot.text.folding`."""
    if message.get(FOLDED) is None:
        message.set(FOLDED, fold(message.get(TEXT) or "").text)
    return str(message.get(FOLDED))


def sentences_of(text: str) -> List[str]:
    """The sentences of `text` that can be read alone, at most `MOST`; none where it has fewer than `FEWEST`."""
    parts = [part for part in _END.split(text) if part]
    if len(parts) < FEWEST:
        return []
    return [part for part in parts if len(part.split()) >= FEWEST_WORDS][:MOST]
