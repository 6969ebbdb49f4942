"""The seeding command writes the rows that the program would write for the same conversations."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from rich.progress import Progress
from sqlalchemy.engine import Engine

from bot.store import metrics, review_log
from bot.store.dialogue import add_conversation
from bot.store.engine import open_engine
from bot.store.rows import Turn
from bot.store.schema import conversations as conversations_table
from bot.store.schema import daily_counts, metadata, reviews, words
from bot.store.search_index import terms_of, with_words
from evaluation.console import seed as seeding
from evaluation.console.invented import conversations
from evaluation.console.seed import seed

#: Stores a hundred and fifty conversations twice.
pytestmark = pytest.mark.slow

NUMBER, SEED, DAY = 150, 7, date(2026, 3, 1)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    url = f"sqlite:///{tmp_path_factory.mktemp('seeded')}/seeded.db"
    seed(url, NUMBER, SEED, DAY, Progress(disable=True))
    return open_engine(url)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A database into which the same conversations were entered message by message."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('lived')}/lived.db")
    with engine.begin() as connection:
        for one in conversations(NUMBER, SEED, DAY):
            conversation_id = one.turns[0]["conversation_id"]
            cipher = add_conversation(connection, conversation_id, 0)
            for turn in one.turns:
                review_log.keep(connection, conversation_id, [turn], cipher)
    return engine


def rows(engine: Engine, table: str) -> "set[tuple]":
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(metadata.tables[table].select())}


def test_counts_match_a_database_filled_message_by_message(seeded: Engine, lived: Engine) -> None:
    assert rows(seeded, daily_counts.name) == rows(lived, daily_counts.name)


def said(engine: Engine) -> "list[Turn]":
    with engine.connect() as connection:
        ids = [row.id for row in connection.execute(conversations_table.select().order_by("id"))]
        return [turn for one in ids for turn in review_log.turns_of(connection, one)]


def test_turns_match_a_database_filled_message_by_message(seeded: Engine, lived: Engine) -> None:
    assert said(seeded) == said(lived)


def found(engine: Engine, word: str) -> "list[int]":
    with engine.connect() as connection:
        (posting,) = with_words(connection, [word])
        return sorted(row.number for row in connection.execute(posting.numbers()))


def test_the_search_index_matches_a_database_filled_message_by_message(seeded: Engine, lived: Engine) -> None:
    spoken = sorted({word for turn in said(lived) for word in terms_of(turn["text"])})
    assert [found(seeded, word) for word in spoken] == [found(lived, word) for word in spoken]


def test_reviews_match_a_database_filled_message_by_message(seeded: Engine, lived: Engine) -> None:
    # Staff have handled the seeded conversations, so their state, queue position, assignee and version differ.
    handled = {"state", "is_open", "staff_id", "version"}
    places = [place for place, name in enumerate(reviews.c.keys()) if name not in handled]
    filed = [
        {tuple(row[place] for place in places) for row in rows(engine, reviews.name)} for engine in (seeded, lived)
    ]
    assert filed[0] == filed[1]
    assert len(filed[0]) == NUMBER


def test_a_database_with_conversations_is_refused(seeded: Engine) -> None:
    with pytest.raises(SystemExit, match="already"):
        seed(str(seeded.url), NUMBER, SEED, DAY, Progress(disable=True))


def test_beyond_the_limit_conversations_are_copied_under_new_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(seeding, "DIFFERENT", 10)
    url = f"sqlite:///{tmp_path}/copies.db"
    seed(url, 35, SEED, DAY, Progress(disable=True))
    engine = open_engine(url)
    with engine.connect() as connection:
        filed = connection.execute(sa.select(reviews.c.number, reviews.c.conversation_id, reviews.c.started_at)).all()
        counted = metrics.totals(connection)
        indexed = connection.execute(sa.select(words.c.number).distinct()).all()
    assert [row.number for row in filed] == [*range(1, 36)]
    assert len({row.conversation_id for row in filed}) == counted["conversation", "spoken"] == len(indexed) == 35
    assert [row.started_at for row in filed] == sorted(row.started_at for row in filed)
