"""Finds vague acknowledgements, which would fit any topic and so do not show that the chat understood."""

import re
from collections import defaultdict
from pathlib import PurePath
from typing import Dict, Iterator, List, NamedTuple, Set

from bot.content.files import CONTENT, Content
from bot.content.models import ENGLISH
from bot.content.reader import Document, Part, Problem

HEARD = "heard"
#: A word used in the acknowledgements of more than this fraction of topics says nothing about the topic.
COMMON = 0.5
_WORD = re.compile(r"[a-z]{3,}")
_ENDING = re.compile(r"(ing|ed|es|s|e)$")


class Acknowledgement(NamedTuple):
    """One wording of an acknowledgement, with its location, topic and text."""

    document: Document
    place: List[Part]
    topic: str
    text: str

    @property
    def stems(self) -> Set[str]:
        """The words of three or more letters in the text, without their endings."""
        return {_ENDING.sub("", word) for word in _WORD.findall(self.text.lower())}


def fit_any_topic(content: Content = CONTENT) -> List[Problem]:
    """Return a problem for every acknowledgement made up entirely of words that most topics use."""
    all_of_them = list(_acknowledgements(content))
    topics: Dict[str, Set[str]] = defaultdict(set)
    for one in all_of_them:
        for stem in one.stems:
            topics[stem].add(one.topic)
    most = COMMON * len({one.topic for one in all_of_them})
    return [
        one.document.problem(
            one.place,
            f"'{one.text}' would fit any topic; name what was heard, such as the picture, the money or the person",
        )
        for one in all_of_them
        if all(len(topics[stem]) > most for stem in one.stems)
    ]


def _acknowledgements(content: Content) -> Iterator[Acknowledgement]:
    for name in content.names(f"{ENGLISH}/replies/*.yml"):
        document = content.document(name)
        for place, text in document.texts():
            if HEARD in place:
                yield Acknowledgement(document, place, PurePath(name).stem, text)
