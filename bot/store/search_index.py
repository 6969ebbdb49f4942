"""The search index: finds conversations by word or flag. A word can be removed without a trace.

SQLite's full-text index keeps words after their text is deleted, until it is merged. This index is an ordinary table
with a hash for each word. See docs/decisions/0011.
"""

import hashlib
import re
from typing import Iterable, List, NamedTuple, Sequence, Set, Tuple, Union

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, Select

from bot.store.schema import flags, words
from bot.text.normalise import without_accents, without_apostrophes
from bot.text.placeholders import without_placeholders

#: Words removed with one statement. Databases limit the values of a statement to some tens of thousands, and a script
#: can send more words than that in one conversation.
_AT_ONCE = 1000

_WORD = re.compile(r"\w{1,4000}")


class Posting(NamedTuple):
    """The conversations in the column `number` of `table` where `column` has `value`."""

    table: sa.Table
    column: str
    value: Union[int, str]

    def numbers(self, others: Sequence["Posting"] = ()) -> Select:
        """A query for the numbers of the conversations that are also in all `others`."""
        ours = self.table.c
        chosen = sa.select(ours.number).where(ours[self.column] == self.value)
        return chosen.where(*(other.is_had_by(ours.number) for other in others))

    def is_had_by(self, number: ColumnElement) -> ColumnElement:
        """A condition: the conversation `number` is in the posting."""
        # An alias, because `number` may be a column of the same table.
        ours = self.table.alias().c
        return sa.exists().where(ours[self.column] == self.value, ours.number == number)


def words_of(text: str) -> Set[str]:
    """The set of words by which `text` is found: without case, accents, apostrophes and placeholders."""
    return set(_WORD.findall(without_accents(without_apostrophes(without_placeholders(text)).casefold())))


def hashed(word: str) -> int:
    """The hash of a word, a signed 64-bit integer."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big", signed=True)


def add(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Index the words of `texts` for the review `number`."""
    rows = [{"word": word, "number": number} for word in _hashed(texts)]
    if rows:
        connection.execute(_ADD, rows)


def remove(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Remove the words of `texts` for the review `number`."""
    entered = _hashed(texts)
    for begin in range(0, len(entered), _AT_ONCE):
        some = words.c.word.in_(entered[begin : begin + _AT_ONCE])
        connection.execute(words.delete().where(some, words.c.number == number))


def with_word(word: str) -> Posting:
    """The posting of conversations that contain `word`."""
    return Posting(words, "word", hashed(word))


def with_flag(flag: str) -> Posting:
    """The posting of conversations with `flag`."""
    return Posting(flags, "flag", flag)


def by_rarity(connection: Connection, postings: Sequence[Posting], most: int) -> Tuple[List[int], List[Posting]]:
    """The number of conversations of each posting, counted up to `most`, and the postings, both rarest first."""
    counted = sorted((_count(connection, posting.numbers(), most), n) for n, posting in enumerate(postings))
    return [count for count, _ in counted], [postings[n] for _, n in counted]


def _hashed(texts: Iterable[str]) -> List[int]:
    return sorted({hashed(word) for text in texts for word in words_of(text)})


def _count(connection: Connection, chosen: Select, most: int) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(chosen.limit(most).subquery())).scalar_one())


# One statement for SQLite and PostgreSQL alike.
_ADD = sa.text("INSERT INTO review_word (word, number) VALUES (:word, :number) ON CONFLICT DO NOTHING")
