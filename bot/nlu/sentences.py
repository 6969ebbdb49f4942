"""Prepares a message's text for the model: removes disguises and splits long texts into sentences.

The sentences of a long message are also classified on their own, because danger in a single sentence would otherwise be
drowned out by the rest.
"""

import re
from typing import List

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.folding import fold

#: Message attribute: the folded text. The text attribute itself stays as it was typed.
FOLDED = "folded"

#: Message attributes: the sentences with their vectors, and each sentence's intent ranking.
SENTENCES, SENTENCE_RANKINGS = "sentences", "sentence_rankings"

#: A message with fewer sentences than this is classified only as a whole.
FEWEST = 3
#: A sentence with fewer words than this, such as "She took them.", says too little on its own.
FEWEST_WORDS = 6
#: The maximum number of sentences to classify, so that no message takes too long.
MOST = 12

_END = re.compile(r"(?<=[.!?])\s{1,3}|\s{0,3}\n\s{0,3}")


def text_read(message: Message) -> str:
    """Return the folded text of a message or example, which the model reads instead of the original text.

    See `bot.text.folding`.
    """
    if message.get(FOLDED) is None:
        message.set(FOLDED, fold(message.get(TEXT) or "").text)
    return str(message.get(FOLDED))


def sentences_of(text: str) -> List[str]:
    """Return up to `MOST` sentences of `text` that make sense on their own, or none if it has fewer than `FEWEST`."""
    parts = [part for part in _END.split(text) if part]
    if len(parts) < FEWEST:
        return []
    return [part for part in parts if len(part.split()) >= FEWEST_WORDS][:MOST]
