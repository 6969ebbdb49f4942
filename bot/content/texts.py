"""Splits content/ into the texts that the chat can show, each with its words, conditions and version."""

import hashlib
import json
from functools import lru_cache
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Tuple

from bot.content.files import CONTENT, Content
from bot.content.languages import texts_of
from bot.content.models import ENGLISH
from bot.content.reader import ContentError, Document, Part, Problem

#: Files with facts that the chat shows, which are the same in every language.
FACTS = ("services.yml", "sources.yml", "topics.yml")
#: Files with words that only staff read.
STAFF_WORDS = ("console.yml",)
#: Fields that people never see, which control when a text is shown or how it is used.
CONDITIONS = frozenset(
    "topic topics intent intents asks asker for audiences default leads_to field value urgency urgencies "
    "for_safety for_doers comparison_helps shows_comparison picture area age_in_image min_age max_age cost "
    "bank_holidays known always can status promise sources".split()
)
#: Condition fields whose values are mappings with arbitrary keys.
OPEN_CONDITIONS = frozenset(("when", "facts", "entities", "cues"))
#: Fields in which editors keep records. Changing them does not change a text's version.
RECORDS = frozenset("checked_on confirmed_live read_on doubts meaning means about reviewed".split())
#: The field that marks a file as a card, which is a single text, and the field that maps names to texts.
OF_A_CARD, BY_NAME = "code", "texts"
#: Fields that apply to all texts in a file.
OF_A_FILE = ("topic", "for_stories")
#: The field that marks a text with facts, which have to be confirmed as well as read.
CONFIRMED = "confirmed_live"

#: A value's place in its text, in words, and the value itself.
Line = Tuple[str, str]


class Text(NamedTuple):
    """One text in content/, which is read, signed off and changed as a whole.

    `file` is the name of its file within its language's folder. `path` and `line` give its place in the repository.
    `version` is a hash of its words and conditions. `has_facts` is true if it has facts to confirm.
    """

    file: str
    key: str
    path: str
    line: int
    version: str
    words: Tuple[Line, ...]
    conditions: Tuple[Line, ...]
    has_facts: bool

    @property
    def id(self) -> str:
        """The file and the key in that file, such as replies/sextortion.yml#sextortion_paid."""
        return f"{self.file}#{self.key}"


@lru_cache(maxsize=4)
def load_texts(content: Content = CONTENT) -> Tuple[Text, ...]:
    """Return every text that the chat can show, in the order of the files.

    Raises:
        ContentError: a file cannot be read, or two of its texts have the same key.
    """
    named = [(f"{ENGLISH}/{name}", name) for name in texts_of(content) if name not in STAFF_WORDS]
    named += [(name, name) for name in (*FACTS, *content.names("cards/*.yml"))]
    return tuple(text for path, name in named for text in _texts(content.document(path), name))


def fingerprint(texts: Iterable[Text]) -> str:
    """Return a single hash of several texts' ids and versions."""
    return _hash([[text.id, text.version] for text in texts])


def _texts(document: Document, file: str) -> Iterator[Text]:
    root: Dict[str, Any] = document.parse(Dict[str, Any])
    shared = [(name, str(value)) for name, value in root.items() if name in OF_A_FILE]
    seen: Dict[str, int] = {}
    for key, path, value in _entries(root):
        where, line = document.place(path)
        if key in seen:
            message = f"'{key}' is the name of another text in line {seen[key]} too; rename one"
            raise ContentError([Problem(where, line, message)])
        seen[key] = line
        lines = list(_lines(value, ()))
        words = tuple((_named(place), said) for place, said in lines if not _is_condition(place))
        conditions = (*shared, *((_named(place), said) for place, said in lines if _is_condition(place)))
        version = _hash([file, key, shared, _versioned(value)])
        has_facts = isinstance(value, dict) and CONFIRMED in value
        if words:
            yield Text(file, key, where, line, version, words, conditions, has_facts)


def _entries(root: Mapping[str, Any]) -> Iterator[Tuple[str, List[Part], Any]]:
    """Yield the key, path and value of each text in a file.

    If a list's entries have ids, each entry is a text. Any other named value is a single text, and so is a card.
    """
    if OF_A_CARD in root:
        yield root[OF_A_CARD], [], root
        return
    for name, value in root.items():
        if name == BY_NAME:
            for key, one in value.items():
                yield key, [name, key], one
        elif isinstance(value, list) and value and all(isinstance(one, dict) and "id" in one for one in value):
            for place, one in enumerate(value):
                yield one["id"], [name, place], one
        elif name not in OF_A_FILE:
            yield name, [name], value


def _lines(value: object, place: Tuple[str, ...]) -> Iterator[Tuple[Tuple[str, ...], str]]:
    """Yield the place and value of each line in a text, leaving out empty values, ids and editors' records."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in RECORDS and name != "id":
                yield from _lines(one, (*place, name))
    elif isinstance(value, list) and not _is_condition(place):
        for number, one in enumerate(value, start=1):
            yield from _lines(one, (*place, str(number)))
    elif value is not None:
        yield place, ", ".join(map(_written, value)) if isinstance(value, list) else _written(value)


def _written(value: object) -> str:
    """Return a value as it is written in the file."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _is_condition(place: Tuple[str, ...]) -> bool:
    return bool(CONDITIONS & set(place[-1:]) or OPEN_CONDITIONS & set(place))


def _versioned(value: object) -> object:
    if isinstance(value, dict):
        return {name: _versioned(one) for name, one in value.items() if name not in RECORDS}
    return [_versioned(one) for one in value] if isinstance(value, list) else value


def _named(place: Tuple[str, ...]) -> str:
    """Return a line's place within its text, in words, or an empty string if the text has only one line."""
    return " ".join(place).replace("_", " ")


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
