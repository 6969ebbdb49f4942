"""Conversations that have a word or a flag, as tables name them: what the queue is searched by."""

from typing import Any, List, NamedTuple, Sequence, Tuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.store.schema import flags, words
from bot.store.search_index import hashed


class Posting(NamedTuple):
    """Conversations that rows of `table` name by `number`, where `column` has that value."""

    table: sa.Table
    column: str
    value: Any

    def numbers(self, others: Sequence["Posting"] = ()) -> Any:
        """The conversations, as a query; only those that have all `others` too."""
        ours = self.table.c
        chosen = sa.select(ours.number).where(ours[self.column] == self.value)
        return chosen.where(*(other.is_had_by(ours.number) for other in others))

    def is_had_by(self, number: Any) -> Any:
        """Whether the conversation `number` is one of them, as a condition."""
        # Under another name: `number` may be of the same table.
        ours = self.table.alias().c
        return sa.exists().where(ours[self.column] == self.value, ours.number == number)


def with_word(word: str) -> Posting:
    """The conversations in which a word was said."""
    return Posting(words, "word", hashed(word))


def with_flag(flag: str) -> Posting:
    """The conversations that are marked with a flag."""
    return Posting(flags, "flag", flag)


def by_rarity(connection: Connection, postings: Sequence[Posting], most: int) -> Tuple[List[int], List[Posting]]:
    """How many conversations each has, counted up to `most`, and the postings; both from the rarest on."""
    counted = sorted((_count(connection, posting.numbers(), most), n) for n, posting in enumerate(postings))
    return [count for count, _ in counted], [postings[n] for _, n in counted]


def _count(connection: Connection, chosen: Any, most: int) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(chosen.limit(most).subquery())).scalar_one())
