"""The sentences of a long message, which are also read alone: danger told in one of many is drowned by the others."""

import re
from typing import List

#: Attributes of a message: its sentences with their vectors, and what each was read as.
SENTENCES, SENTENCE_RANKINGS = "sentences", "sentence_rankings"

#: A message of fewer sentences is read as a whole only.
FEWEST = 3
#: A sentence of fewer words says too little without the others: "She took them."
FEWEST_WORDS = 6
#: More are not read, so that no message takes long.
MOST = 12

_END = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")


def sentences_of(text: str) -> List[str]:
    """The sentences of `text` that can be read alone, at most `MOST`; none where it has fewer than `FEWEST`."""
    parts = [part for part in _END.split(text) if part]
    if len(parts) < FEWEST:
        return []
    return [part for part in parts if len(part.split()) >= FEWEST_WORDS][:MOST]
