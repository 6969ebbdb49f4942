"""The search index, which finds conversations by word or flag. Words can be removed from it without a trace.

A word can also be found by its beginning: a search for "blackmail" finds "blackmailing".

SQLite's full-text index keeps the words of deleted text until the index is merged. This index is an ordinary table that
stores a hash of each word. See docs/decisions/0011.
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

#: The maximum number of words to remove with one statement. Databases allow only some tens of thousands of values in a
#: statement, and a script can send more words than that in one conversation.
_AT_ONCE = 1000

#: How many letters the beginning of a word must have to be found, and how many it may have. These bounds limit the rows
#: in the index: shorter beginnings fit too many words, and few words are longer.
MIN_BEGINNING, MAX_BEGINNING = 4, 12

_WORD = re.compile(r"\w{1,4000}")


class Posting(NamedTuple):
    """The conversations that have a certain word or flag.

    Their numbers are in the `number` column of every row of `table` in which `column` equals `value`.
    """

    table: sa.Table
    column: str
    value: Union[int, str]

    def numbers(self, others: Sequence["Posting"] = ()) -> Select:
        """Return a query for the numbers of the conversations that are also in all of `others`."""
        ours = self.table.c
        chosen = sa.select(ours.number).where(ours[self.column] == self.value)
        return chosen.where(*(other.is_had_by(ours.number) for other in others))

    def is_had_by(self, number: ColumnElement) -> ColumnElement:
        """Return an SQL condition that is true if the conversation `number` is in this posting."""
        # Use an alias, because `number` may be a column of the same table.
        ours = self.table.alias().c
        return sa.exists().where(ours[self.column] == self.value, ours.number == number)


def words_of(text: str) -> Set[str]:
    """Return the case-folded words by which `text` can be found, without accents, apostrophes or placeholders."""
    return set(_WORD.findall(without_accents(without_apostrophes(without_placeholders(text)).casefold())))


def terms_of(text: str) -> Set[str]:
    """Return everything under which `text` is in the index: its words, and the beginnings of its longer words."""
    found = words_of(text)
    return found.union(
        word[:length] for word in found for length in range(MIN_BEGINNING, min(len(word), MAX_BEGINNING + 1))
    )


def hashed(word: str) -> int:
    """Return a word's hash as a signed 64-bit integer."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big", signed=True)


def add(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Add the words of `texts` to the index for the review `number`."""
    rows = [{"word": word, "number": number} for word in _hashed(texts)]
    if rows:
        connection.execute(_ADD, rows)


def remove(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Remove the words of `texts` from the index for the review `number`."""
    entered = _hashed(texts)
    for begin in range(0, len(entered), _AT_ONCE):
        some = words.c.word.in_(entered[begin : begin + _AT_ONCE])
        connection.execute(words.delete().where(some, words.c.number == number))


def with_word(word: str) -> Posting:
    """Return the posting of conversations that contain `word`, or a word that it is the beginning of.

    This is the word alone if it has fewer than `MIN_BEGINNING` or more than `MAX_BEGINNING` letters.
    """
    return Posting(words, "word", hashed(word))


def with_flag(flag: str) -> Posting:
    """Return the posting of conversations that have `flag`."""
    return Posting(flags, "flag", flag)


def by_rarity(connection: Connection, postings: Sequence[Posting], most: int) -> Tuple[List[int], List[Posting]]:
    """Sort postings by how many conversations they have, rarest first.

    Return two lists: the number of conversations in each posting, capped at `most`, and the sorted postings.
    """
    counted = sorted((_count(connection, posting.numbers(), most), n) for n, posting in enumerate(postings))
    return [count for count, _ in counted], [postings[n] for _, n in counted]


def _hashed(texts: Iterable[str]) -> List[int]:
    return sorted({hashed(word) for text in texts for word in terms_of(text)})


def _count(connection: Connection, chosen: Select, most: int) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(chosen.limit(most).subquery())).scalar_one())


# This statement works in both SQLite and PostgreSQL.
_ADD = sa.text("INSERT INTO review_word (word, number) VALUES (:word, :number) ON CONFLICT DO NOTHING")
