"""Fills an empty database with invented conversations: `python -m evaluation.console.seed --database URL`."""

import argparse
import hashlib
import json
import sqlite3
from array import array
from bisect import bisect_right
from collections import Counter
from contextlib import closing
from datetime import date, datetime, time, timezone
from functools import cache
from itertools import chain, islice
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple

import numpy as np
from rich.progress import Progress
from sqlalchemy.engine import make_url

from bot.store import metrics
from bot.store.engine import open_engine
from bot.store.keys import SEARCH, KeyFile, NumberedKey, keys_of
from bot.store.review_log import OPENING
from bot.store.rows import Review, Turn
from bot.store.schema import metadata, notes, turns
from bot.store.sealing import Cipher, sealed
from bot.store.search_index import hashed, terms_of
from bot.store.state import EMPTY
from evaluation.console.invented import STAFF, Invented, conversations

CONVERSATIONS = 1_000_000
SEED = 1
#: Maximum number of different conversations to invent. The rest are copies: inventing a million takes half an hour.
DIFFERENT = 100_000
#: Number of invented conversations or words to write at a time.
BATCH = 5_000
#: Number of keys in the search index, the same as with a retention of 30 days.
WEEKS = 6
#: Settings that make writing faster. They are safe because the data need not survive a power cut and no other process
#: uses the file.
_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-1500000", "foreign_keys=OFF")
#: Not a valid password hash, so nobody can sign in.
_NO_PASSWORD = "!"

Rows = Dict[str, List[Tuple[Any, ...]]]


class Words:
    """Collects the words in conversations and sorts them, so that rows can be written in table order."""

    def __init__(self, keys: Sequence[NumberedKey]) -> None:
        """Start with no words. Each word is hashed with the key for its conversation's number."""
        self._words, self._numbers = array("q"), array("q")
        self._hashed = cache(hashed)
        self._keys, self._firsts = keys, [key.first for key in keys]

    def __len__(self) -> int:
        return len(self._words)

    def add(self, numbers: Sequence[int], texts: Iterable[str]) -> None:
        """Add the words in `texts`, which occur in each of the conversations `numbers`."""
        terms = {word for text in texts for word in terms_of(text)}
        for number in numbers:
            key = self._keys[bisect_right(self._firsts, number) - 1].key
            self._words.extend(self._hashed(key, word) for word in terms)
            self._numbers.extend([number] * len(terms))

    def batches(self) -> Iterator[List[Tuple[int, int]]]:
        """Yield the rows of `review_word` in order, in batches."""
        words, numbers = np.asarray(self._words), np.asarray(self._numbers)
        # A stable sort keeps each word's conversation numbers in order.
        order = np.argsort(words, kind="stable")
        at_once = 10 * BATCH
        for begin in range(0, len(order), at_once):
            part = order[begin : begin + at_once]
            yield list(zip(words[part].tolist(), numbers[part].tolist(), strict=True))


def seed(url: str, number: int, seed: int, today: date, progress: Progress) -> None:
    """Fill the SQLite database at `url`, creating it if it does not exist.

    If `number` is larger than `DIFFERENT`, each invented conversation is entered several times, with the same words and
    times but a different id and number. The rarest words therefore occur in about ten conversations in a million.

    Raises:
        SystemExit: `url` is not an SQLite file, or the database already contains conversations.
    """
    path = make_url(url).database
    if make_url(url).get_backend_name() != "sqlite" or not path:
        raise SystemExit("--database must name a file of SQLite, such as sqlite:////path/to/million.db")
    engine = open_engine(url)
    with engine.connect() as opened:
        file = keys_of(opened)
    # The pragmas below need exclusive access to the database.
    engine.dispose()
    for week in range(WEEKS):
        file.add_numbered(SEARCH, week * number // WEEKS, _begins_at(today))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if connection.execute("SELECT 1 FROM conversation LIMIT 1").fetchone():
            raise SystemExit(f"There are conversations in {path} already: name another file.")
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _fill(connection, file, number, seed, today, progress)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    file.close()


def _fill(
    connection: sqlite3.Connection, file: KeyFile, number: int, seed: int, today: date, progress: Progress
) -> None:
    counted: "Counter[metrics.Count]" = Counter()
    words = Words(file.numbered(SEARCH))
    begun = _begins_at(today) - 400 * 86_400
    accounts = [
        (n, f"reviewer{n:02}", "reviewer", _NO_PASSWORD, None, 0, 0, 0, begun, None, True) for n in range(1, STAFF + 1)
    ]
    _insert(connection, "staff", accounts)
    # Building an index at the end is faster than updating it for each row.
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != ''")
    indexes = dict(found.fetchall())
    for name in indexes:
        connection.execute(f"DROP INDEX {name}")
    different = min(number, DIFFERENT)
    # Copies have consecutive numbers, so that later conversations have higher ones.
    begins = [place * number // different + 1 for place in range(different + 1)]
    source = zip(map(range, begins, begins[1:]), conversations(different, seed, today), strict=True)
    bar = progress.add_task("Conversations", total=different)
    while batch := list(islice(source, BATCH)):
        ciphers = iter(file.new_ciphers(sum(len(numbers) for numbers, _ in batch), _begins_at(today)))
        for table, rows in _rows(batch, ciphers, words, counted).items():
            _insert(connection, table, rows)
        progress.advance(bar, len(batch))
    bar = progress.add_task("Words", total=len(words))
    for entered in words.batches():
        _insert(connection, "review_word", entered)
        progress.advance(bar, len(entered))
    _insert(connection, "daily_count", [(*count, n) for count, n in sorted(counted.items())])
    for sql in progress.track(indexes.values(), description="Indexes"):
        connection.execute(sql)


def _rows(
    batch: List[Tuple[range, Invented]], ciphers: Iterator[Cipher], words: Words, counted: "Counter[metrics.Count]"
) -> Rows:
    """Return a batch's rows for each table, and add its words to `words` and its counts to `counted`.

    Args:
        batch: conversations, each with the numbers that its copies are entered under.
        ciphers: a cipher for each number.
        words: the words of all conversations so far.
        counted: the counts of all conversations so far.
    """
    rows: Rows = {name: [] for name in ("conversation", "review_turn", "review", "review_flag", "review_note")}
    for numbers, one in batch:
        for copy, number in enumerate(numbers):
            _add(rows, {**one.review, "number": number, "conversation_id": _id_of(one, copy)}, one, next(ciphers))
        words.add(numbers, (turn["text"] for turn in one.turns if turn["intent"] != OPENING))
        for count in chain(metrics.of_review(one.review), chain.from_iterable(map(metrics.of_turn, one.turns))):
            counted[count] += len(numbers)
    return rows


def _add(rows: Rows, review: Review, one: Invented, cipher: Cipher) -> None:
    """Add a conversation's rows, encrypted with its own cipher."""
    number, conversation_id = review["number"], review["conversation_id"]
    at, staff_id = review["last_at"], review["staff_id"] or 1
    conversation = {
        "id": conversation_id,
        "started_at": one.turns[0]["at"],
        "last_at": at,
        "erased_at": None,
        "state": EMPTY,
        "choices": EMPTY,
        "opened": "[]",
        "key_id": cipher.key_id,
        "was_redacted": any(turn["removed"] for turn in one.turns),
        "is_closed": 1,
    }
    rows["conversation"].append(_ordered("conversation", conversation))
    for turn in one.turns:
        written = {**_written(turn), "conversation_id": conversation_id}
        rows["review_turn"].append(_ordered("review_turn", sealed(cipher, turns, written)))
    rows["review"].append(_ordered("review", review))
    rows["review_flag"] += [(number, flag, staff_id, at) for flag in one.flags]
    if one.note:
        note = {"id": None, "number": number, "staff_id": staff_id, "at": at, "text": one.note}
        rows["review_note"].append(_ordered("review_note", sealed(cipher, notes, note)))


def _id_of(one: Invented, copy: int) -> str:
    """Return the id of a copy of a conversation. The first copy keeps the original id."""
    ours = one.review["conversation_id"]
    return hashlib.sha256(f"{ours} {copy}".encode()).hexdigest() if copy else ours


def _begins_at(day: date) -> int:
    return int(datetime.combine(day, time(), timezone.utc).timestamp())


def _insert(connection: sqlite3.Connection, table: str, rows: List[Tuple[Any, ...]]) -> None:
    if rows:
        columns = _columns(table)
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _ordered(table: str, row: Mapping[str, object]) -> Tuple[Any, ...]:
    return tuple(row[name] for name in _columns(table))


def _written(turn: Turn) -> Dict[str, object]:
    return {**turn, "removed": json.dumps(turn["removed"]), "replies": json.dumps(turn["replies"])}


@cache
def _columns(table: str) -> Tuple[str, ...]:
    return tuple(metadata.tables[table].columns.keys())


def run() -> None:
    """Fill the database given on the command line."""
    parser = argparse.ArgumentParser(description="Fill an empty SQLite database with invented conversations.")
    parser.add_argument(
        "--database", required=True, help="where: sqlite:////path/to/million.db, a file outside of this folder"
    )
    parser.add_argument(
        "--conversations", type=int, default=CONVERSATIONS, help=f"how many; {CONVERSATIONS:,} unless told"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another number, other conversations")
    chosen = parser.parse_args()
    with Progress() as progress:
        seed(chosen.database, chosen.conversations, chosen.seed, date.today(), progress)


if __name__ == "__main__":
    run()
