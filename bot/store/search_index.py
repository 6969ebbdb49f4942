"""The search index, which finds conversations by word or flag. Words can be removed from it without a trace.

Words can also be found by prefix: a search for "blackmail" finds "blackmailing".

SQLite's full-text index keeps the words of deleted text until the index is merged. This index is an ordinary table of
keyed word hashes, whose keys are in the key file. A new key starts each week and applies from a given review number
onwards. A key is destroyed with the last conversation that it applies to. After that, even an old backup's index
withstands a dictionary attack. See docs/decisions/0011 and 0029.
"""

import hashlib
import json
import re
from bisect import bisect_right
from itertools import pairwise
from typing import Iterable, List, NamedTuple, Sequence, Set, Tuple, Union

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, Select

from bot.store.keys import SEARCH, NumberedKey, keys_of
from bot.store.schema import flags, reviews, words
from bot.text.normalise import without_accents, without_apostrophes
from bot.text.placeholders import without_placeholders

#: The maximum number of words to remove per statement. Databases allow only a few tens of thousands of values in a
#: statement, and a script can send more words than that in one conversation.
_AT_ONCE = 1000

#: The minimum and maximum length of a searchable word prefix, in letters. These bounds limit the number of rows in the
#: index: shorter prefixes match too many words, and few words are longer.
MIN_BEGINNING, MAX_BEGINNING = 4, 12

#: How long a key is used for new conversations, in seconds.
KEY_SECONDS = 7 * 24 * 60 * 60
#: A new key applies from this many review numbers after the conversation that started it, so that processes that have
#: not seen the new key yet can still use the old one.
KEY_MARGIN = 50

_WORD = re.compile(r"\w{1,4000}")


class Posting(NamedTuple):
    """The conversations with a given word or flag.

    They are the rows of `table` in which `column` has the value that applies to the row's `number`. `values` lists the
    values as (first number that the value applies to, value) pairs, in order.
    """

    table: sa.Table
    column: str
    values: Sequence[Tuple[int, Union[int, str]]]

    def numbers(self, others: Sequence["Posting"] = ()) -> Select:
        """Return a query for the numbers of the conversations that are also in all of `others`."""
        ours = self.table.c
        chosen = sa.select(ours.number).where(ours[self.column].in_([value for _, value in self.values]))
        return chosen.where(*(other.is_had_by(ours.number) for other in others))

    def is_had_by(self, number: ColumnElement) -> ColumnElement:
        """Return an SQL condition that is true if the conversation `number` is in this posting."""
        # Use an alias, because `number` may be a column of the same table.
        ours = self.table.alias().c
        return sa.exists().where(ours[self.column] == self._value_at(number), ours.number == number)

    def _value_at(self, number: ColumnElement) -> Union[int, str, ColumnElement]:
        """Return the value that applies to `number`, so that each row needs only a single index lookup."""
        (_, oldest), *newer = self.values
        if not newer:
            return oldest
        return sa.case(*((number >= first, value) for first, value in reversed(newer)), else_=oldest)


def words_of(text: str) -> Set[str]:
    """Return the case-folded words by which `text` can be found, without accents, apostrophes or placeholders."""
    return set(_WORD.findall(without_accents(without_apostrophes(without_placeholders(text)).casefold())))


def terms_of(text: str) -> Set[str]:
    """Return the terms under which `text` is indexed: its words, and prefixes of its longer words."""
    found = words_of(text)
    return found.union(
        word[:length] for word in found for length in range(MIN_BEGINNING, min(len(word), MAX_BEGINNING + 1))
    )


def hashed(key: bytes, word: str) -> int:
    """Return a word's hash under a key, as a signed 64-bit integer."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8, key=key).digest(), "big", signed=True)


def begin(connection: Connection, number: int, at: int) -> None:
    """Start a new key if there is none, or if the newest is too old for the new review `number`, added at `at`.

    Pass 0 as the `number` of a review that is not new.
    """
    file = keys_of(connection)
    held = file.search_keys()
    if not held:
        file.add_numbered(SEARCH, 0, at)
    elif at >= held[-1].made_at + KEY_SECONDS and number >= held[-1].first:
        file.add_numbered(SEARCH, number + KEY_MARGIN, at)


def drop_keys(connection: Connection) -> None:
    """Destroy the keys that have no conversations left. The newest key stays."""
    file = keys_of(connection)
    firsts = [key.first for key in file.numbered(SEARCH)]
    # The oldest key also applies to earlier numbers, whose keys have been destroyed.
    ranges = pairwise([0, *firsts[1:]])
    file.drop_numbered(
        SEARCH,
        [first for first, (begins, ends) in zip(firsts, ranges, strict=False) if not _is_any(connection, begins, ends)],
    )


def start_again(connection: Connection, now: int) -> None:
    """Empty the index and destroy its keys. `bot.store.review_log.index_backlog` then refills it."""
    connection.execute(words.delete())
    file = keys_of(connection)
    file.drop_numbered(SEARCH, [one.first for one in file.numbered(SEARCH)])
    file.add_numbered(SEARCH, 0, now)


def add(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Add the words of `texts` to the index for the review `number`."""
    entered = _hashed(connection, number, texts)
    if entered:
        connection.execute(_ADD[connection.dialect.name], {"words": json.dumps(entered), "number": number})


def remove(connection: Connection, number: int, texts: Iterable[str]) -> None:
    """Remove the words of `texts` from the index for the review `number`."""
    entered = _hashed(connection, number, texts)
    for start in range(0, len(entered), _AT_ONCE):
        some = words.c.word.in_(entered[start : start + _AT_ONCE])
        connection.execute(words.delete().where(some, words.c.number == number))


def with_words(connection: Connection, asked: Iterable[str]) -> List[Posting]:
    """Return a posting for each word: the conversations that contain it, or a word that begins with it.

    A word with fewer than `MIN_BEGINNING` or more than `MAX_BEGINNING` letters matches only itself.
    """
    held = keys_of(connection).search_keys() or [NumberedKey(0, b"", 0)]
    return [Posting(words, "word", [(one.first, hashed(one.key, word)) for one in held]) for word in asked]


def with_flag(flag: str) -> Posting:
    """Return the posting for conversations with `flag`."""
    return Posting(flags, "flag", [(0, flag)])


def by_rarity(connection: Connection, postings: Sequence[Posting], most: int) -> Tuple[List[int], List[Posting]]:
    """Sort postings by their number of conversations, rarest first.

    Return two lists: the number of conversations in each posting, capped at `most`, and the sorted postings.
    """
    counted = sorted((_count(connection, posting.numbers(), most), n) for n, posting in enumerate(postings))
    return [count for count, _ in counted], [postings[n] for _, n in counted]


def _hashed(connection: Connection, number: int, texts: Iterable[str]) -> List[int]:
    """Return the hashes of the terms of `texts`, under the key that applies to the review `number`."""
    held = keys_of(connection).search_keys()
    if not held:
        # Nothing has been indexed yet.
        return []
    key = held[max(bisect_right([one.first for one in held], number) - 1, 0)].key
    return sorted({hashed(key, word) for text in texts for word in terms_of(text)})


def _is_any(connection: Connection, first: int, end: int) -> bool:
    within = sa.select(reviews.c.number).where(reviews.c.number >= first, reviews.c.number < end)
    return connection.execute(within.limit(1)).first() is not None


def _count(connection: Connection, chosen: Select, most: int) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(chosen.limit(most).subquery())).scalar_one())


# All words are passed as one JSON value, because a message has dozens and every extra value in a statement takes time.
_ADD = {
    name: sa.text(
        "INSERT INTO review_word (word, number) "
        f"SELECT CAST(value AS BIGINT), :number FROM {values} WHERE true ON CONFLICT DO NOTHING"
    )
    for name, values in (
        ("sqlite", "json_each(:words)"),
        ("postgresql", "json_array_elements_text(CAST(:words AS json))"),
    )
}
