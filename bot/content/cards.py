"""Cards for people who do not write in English, and the words used to recognise their languages."""

import re
from datetime import date
from functools import lru_cache
from typing import List, Literal, Mapping, Optional, Tuple, get_args

from pydantic import validator

from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import Library, Shape
from bot.content.reader import ContentError, Document, Problem

#: The disclosures for which each card has its own text, most urgent first.
Disclosure = Literal["danger", "suicide", "blackmail", "child_contacted"]
DISCLOSURES: Tuple[Disclosure, ...] = get_args(Disclosure)
#: The intent for each disclosure.
INTENTS: Mapping[str, str] = {
    "danger": "disclose_danger",
    "suicide": "disclose_suicidal",
    "blackmail": "disclose_sextortion",
    "child_contacted": "disclose_stranger_contact",
}
#: Maximum number of words in each text on a card. Some languages need more words than English does.
MOST_WORDS = 45
_NUMBER = re.compile(r"[0-9]+")


class CardWords(Shape):
    """The texts on a card."""

    hello: str
    calls: str
    danger: str
    suicide: str
    blackmail: str
    child_contacted: str
    interpreter: str
    write_english: str

    @validator("*")
    def _short(cls, value: str) -> str:
        count = len(value.split())
        if count > MOST_WORDS:
            raise ValueError(f"has {count} words; shorten it to {MOST_WORDS}")
        return value


class Cues(Shape):
    """Phrases that people type for each disclosure, and common words in the card's language."""

    danger: List[str]
    suicide: List[str]
    blackmail: List[str]
    child_contacted: List[str]
    common: List[str]


class Card(Shape):
    """The contents of content/cards/<code>.yml."""

    name: str
    code: str
    direction: Literal["ltr", "rtl"]
    #: The day on which a second reader last read the card.
    reviewed: date
    words: CardWords
    #: The card's texts translated back into English, for editors who do not know the language.
    english: CardWords
    cues: Cues

    def say(self, disclosure: Optional[str]) -> str:
        """Return the card's text for `disclosure`, or its greeting if `disclosure` is None."""
        return str(getattr(self.words, disclosure or "hello"))


@lru_cache(maxsize=4)
def load_cards(content: Content = CONTENT) -> Mapping[str, Card]:
    """Read and check content/cards.

    Raises:
        ContentError: a card has problems. The error lists every problem with its file, line and fix.
    """
    library, cards, problems = load_library(content), {}, []
    for name in content.names("cards/*.yml"):
        document = content.document(name)
        card = document.parse(Card)
        cards[card.code] = card
        problems += _problems(document, card, library)
    if problems:
        raise ContentError(problems)
    return cards


def _problems(document: Document, card: Card, library: Library) -> List[Problem]:
    found: List[Problem] = []
    if not document.name.endswith(f"/{card.code}.yml"):
        found.append(document.problem(["code"], f"'{card.code}' is not the file's name; rename one"))
    english = card.english.dict()
    for name, words in card.words.dict().items():
        numbers = [sorted(_NUMBER.findall(library.fill(text))) for text in (words, english[name])]
        if numbers[0] != numbers[1]:
            message = f"'{name}' has other numbers than its English, {numbers[0]} and {numbers[1]}; correct one"
            found.append(document.problem(["words", name], message))
    return found
