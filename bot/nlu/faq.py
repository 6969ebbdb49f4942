"""Learns to recognise frequently asked questions ("what age for whatsapp") whose answers are in content/en/faq/.

A head sees only the message's own vector and words. It learns from data/faq/, which has many wordings of each question,
and from the annotated conversations, which also show what else people ask.
"""

from pathlib import Path
from typing import Dict, List, NamedTuple
from zlib import crc32

import numpy as np
import yaml
from numpy.typing import NDArray

from bot.nlu.head import Head, Rows, Strengths, words_of
from bot.text.folding import fold

Array = NDArray[np.float32]

#: The head fits closely, because each question has few examples. Learning clues that occur in at least three rows,
#: rather than six, would take half as long again and answer no more questions correctly.
STRENGTHS = Strengths(features=3.0, clues=1.0, iterations=50, fewest=6)
#: The head learns from only one in this many turns that ask nothing, so that they do not outnumber the questions.
TURNS_PER_EXAMPLE = 5


class Examples(NamedTuple):
    """Texts, each with its frequently asked question or `NONE`."""

    texts: List[str]
    questions: List[str]


def read_wordings(directory: Path) -> Examples:
    """Read data/faq/: files with the wordings of each question, `questions: {id: [text, ...]}`."""
    found = [
        (fold(str(text)).text, str(question))
        for path in sorted(directory.glob("*.yml"))
        for question, texts in _questions(path).items()
        for text in texts
    ]
    return Examples([text for text, _ in found], [question for _, question in found])


def _questions(path: Path) -> Dict[str, List[str]]:
    read: Dict[str, Dict[str, List[str]]] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return read["questions"]


def is_example(text: str, asks: bool) -> bool:
    """Whether to learn from a turn that asks none of the questions. `asks` is whether it asks something else.

    Every turn that asks something else is an example, because the head must learn to distinguish it from the questions.
    """
    return asks or crc32(text.encode()) % TURNS_PER_EXAMPLE == 0


def learn_faq(examples: Examples, vectors: Array) -> Head:
    """Learn from n examples and their sentence vectors, shape (n, d)."""
    return Head.learn(Rows(vectors, [words_of(text) for text in examples.texts]), examples.questions, STRENGTHS)
