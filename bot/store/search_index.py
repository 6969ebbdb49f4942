"""The index by which conversations are searched for words. A word can be taken out of it without a trace.

A full-text index of SQLite keeps words after their text is gone, until it tidies up. This one keeps a number for each
word, in a table like any other. See docs/decisions/0011.
"""

import hashlib
import re
import unicodedata
from typing import Iterable, List, Set

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.schema import words

#: Words taken out with one statement. A database takes some tens of thousands of values, and a script that talks to the
#: chat for half an hour says more words than that.
_AT_ONCE = 1000

_PLACEHOLDER = re.compile(r"<[a-z_]{1,20}>")
_WORD = re.compile(r"\w{1,4000}")


def words_of(text: str) -> Set[str]:
    """The words of a text as they are searched for: without case, accents, apostrophes and placeholders."""
    spaced = without_placeholders(text).replace("'", "").replace("’", "").casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return set(_WORD.findall(plain))


def without_placeholders(text: str) -> str:
    """`text` without the placeholders of what was taken out."""
    return _PLACEHOLDER.sub(" ", text)


def hashed(word: str) -> int:
    """The number that stands for a word, of 64 bits."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big", signed=True)


def add(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Enter the words of `texts` for the conversation with the review `number`."""
    rows = [{"word": word, "number": number} for word in _hashed(texts)]
    if rows:
        connection.execute(_ADD, rows)


def remove(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Take the words of `texts` out again."""
    entered = _hashed(texts)
    for begin in range(0, len(entered), _AT_ONCE):
        some = words.c.word.in_(entered[begin : begin + _AT_ONCE])
        connection.execute(words.delete().where(some, words.c.number == number))


def _hashed(texts: Iterable[str]) -> List[int]:
    return sorted({hashed(word) for text in texts for word in words_of(text)})


# In one statement, and the same for SQLite and PostgreSQL.
_ADD = sa.text("INSERT INTO review_word (word, number) VALUES (:word, :number) ON CONFLICT DO NOTHING")
