"""Prepares a message's text for the model: removes disguises and splits it into sentences.

Each sentence is also classified on its own, because a fact, question or sign of danger in a single sentence would
otherwise be drowned out by the rest of the message.
"""

import re
from typing import List, NamedTuple

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.folding import fold

#: Message attribute: the folded text. The text attribute itself stays as it was typed.
FOLDED = "folded"

#: Message attributes: the sentences with their vectors, and the intent rankings of those that have an intent.
SENTENCES, SENTENCE_RANKINGS = "sentences", "sentence_rankings"

#: Minimum number of words in a sentence that is classified on its own, and the maximum number of such sentences.
FEWEST_WORDS, MOST = 3, 12
#: The maximum number of sentences read as questions. The last ones are used, because people tell their story first.
MOST_QUESTIONS = 2
#: Minimum numbers of sentences in a message, and of words in a sentence, for classifying the sentence's intent.
#: Shorter sentences, such as "She took them.", say too little.
FEWEST_FOR_INTENTS, FEWEST_WORDS_FOR_INTENTS = 3, 6

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


class Sentence(NamedTuple):
    """A sentence of a message."""

    text: str
    has_intent: bool
    """Whether it is long enough for its intent to be classified."""
    is_question: bool
    """Whether it reads like a question."""


def text_read(message: Message) -> str:
    """Return the folded text of a message or example, which the model reads instead of the original text.

    See `bot.text.folding`.
    """
    if message.get(FOLDED) is None:
        message.set(FOLDED, fold(message.get(TEXT) or "").text)
    return str(message.get(FOLDED))


def sentences_of(text: str) -> List[Sentence]:
    """Return the sentences of `text` that are classified on their own, or none if it has only one sentence.

    If there are more than `MOST`, the last questions and the longest sentences are returned, in the order of the text.
    """
    parts = [part for part in _END.split(text) if part]
    if len(parts) < 2:
        return []
    sentences = [
        Sentence(
            text=part,
            has_intent=len(parts) >= FEWEST_FOR_INTENTS and len(part.split()) >= FEWEST_WORDS_FOR_INTENTS,
            is_question=_QUESTION.search(part) is not None,
        )
        for part in dict.fromkeys(parts)
        if len(part.split()) >= FEWEST_WORDS
    ]
    asked = [sentence for sentence in sentences if sentence.is_question][-MOST_QUESTIONS:]
    longest = sorted(sentences, key=lambda sentence: -len(sentence.text.split()))
    kept = list(dict.fromkeys([*asked, *longest]))[:MOST]
    return [sentence for sentence in sentences if sentence in kept]
