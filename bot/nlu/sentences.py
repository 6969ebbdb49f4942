"""Prepares a message's text for the model: removes disguises and splits long texts into sentences.

The sentences of a long message are also classified on their own, because danger in a single sentence would otherwise be
drowned out by the rest. So are sentences that read like questions, because a question often gets lost in a message.
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

#: Message attribute: the sentences that read like questions, with their vectors.
QUESTIONS = "questions"

#: Minimum number of sentences in a message for its sentences to be classified on their own.
FEWEST = 3
#: A sentence with fewer words than this, such as "She took them.", says too little on its own.
FEWEST_WORDS = 6
#: The maximum number of sentences to classify, so that no message takes too long.
MOST = 12
#: The same two limits for questions. The last questions are used, because people tell their story first and then ask.
FEWEST_WORDS_OF_A_QUESTION, MOST_QUESTIONS = 3, 2

_END = re.compile(r"(?<=[.!?])\s{1,3}|\s{0,3}\n\s{0,3}")
#: Question marks, question words, and verbs that come before their subject, as in "can i" and "do they".
_QUESTION = re.compile(
    r"\?|\b(?:how|what|whats|what's|when|where|who|whos|who's|why|which)\b"
    r"|\b(?:am|can|could|may|might|must|shall|should|will|would|is|are|was|were|do|does|did|have|has|had"
    r"|(?:ca|could|did|do|does|had|has|have|is|are|should|was|were|wo|would)n'?t)"
    r" (?:i|u|you|he|she|it|we|they|this|that|these|those|there|my|your|ur|his|her|its|our|their|the|an?|any\w{0,10}"
    r"|some\w{0,10})\b",
    re.IGNORECASE,
)


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


def questions_of(text: str) -> List[str]:
    """Return the last sentences of `text` that read like questions, or none if it has only one sentence."""
    parts = [part for part in _END.split(text) if part]
    if len(parts) < 2:
        return []
    asking = (part for part in parts if len(part.split()) >= FEWEST_WORDS_OF_A_QUESTION and _QUESTION.search(part))
    return list(asking)[-MOST_QUESTIONS:]
