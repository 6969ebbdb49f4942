"""A release sample is drawn at random and judged blind by two readers. A third decides where they disagree."""

from typing import Any, Dict, List

import pytest
import sqlalchemy as sa
from console_client import keep, turn

from bot.store import deletion, release, staff
from bot.store.database import Database
from bot.store.release import QUESTIONS, Release, is_decided, questions_for
from bot.store.schema import conversations, release_items, release_readings, reviews
from bot.store.transcripts import StaleError

NOW = 1_800_000_000
ALL_RIGHT = dict.fromkeys(QUESTIONS, True)
WRONG_TOPIC = {**ALL_RIGHT, "right_topic": False}


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        ([], list(QUESTIONS)),
        ([WRONG_TOPIC], list(QUESTIONS)),
        ([ALL_RIGHT, ALL_RIGHT], []),
        ([WRONG_TOPIC, ALL_RIGHT], ["right_topic"]),
        ([WRONG_TOPIC, ALL_RIGHT, ALL_RIGHT], []),
    ],
)
def test_questions_for_the_next_reader(judged: List[Dict[str, bool]], expected: List[str]) -> None:
    assert (questions_for(judged), is_decided(judged)) == (expected, not expected)


class Sampled:
    """A database with conversations and four members of staff. The first has drawn a sample."""

    def __init__(self, database: Database, number: int, size: int = 10, model: str = "aaaa1111") -> None:
        self.database = database
        database.write_now(lambda c: self._add(c, number, model))
        self.drawn = database.write_now(lambda c: release.draw(c, NOW, self.staff[0], size))

    def _add(self, connection: Any, number: int, model: str) -> None:
        for place in range(number):
            keep(connection, f"c{place}", NOW, [turn("what is grooming", model=model)])
        connection.execute(conversations.update().values(is_closed=1))
        self.staff = [staff.add(connection, NOW, name, "lead", "hashed", None) for name in ("lee", "rae", "roy", "sam")]

    def due(self, reader: int) -> Any:
        return self.database.read_now(lambda c: release.due(c, self.staff[reader]))

    def judge(self, reader: int, item: Any, **answers: bool) -> None:
        given = {**dict.fromkeys(item.questions, True), **answers}
        self.database.write_now(lambda c: release.judge(c, self.staff[reader], item, given))

    def read_by_two(self, **answers: bool) -> Any:
        """Have two readers judge a conversation, and return it. `answers` are the first reader's answers."""
        item = self.due(1)
        self.judge(1, item, **answers)
        self.judge(2, item)
        return item

    @property
    def sample(self) -> Release:
        return self.database.read_now(release.every)[0]

    def numbers(self) -> List[int]:
        return [row.number for row in self.rows(release_items)]

    def rows(self, table: sa.Table) -> List[Any]:
        return list(self.database.read_now(lambda c: c.execute(table.select()).all()))

    def remove(self, number: int, is_erased: bool) -> None:
        (one,) = [row.conversation_id for row in self.rows(reviews) if row.number == number]
        if is_erased:
            self.database.write_now(lambda c: deletion.erase(c, one, NOW))
        else:
            self.database.write_now(lambda c: deletion.forget(c, one, NOW + 10, keep_seconds=1))
        self.database.write_now(release.refill)


def test_a_sample_has_the_requested_size(database: Database) -> None:
    found = Sampled(database, 25)
    assert (found.drawn, len(set(found.numbers()))) == (10, 10)


def test_all_conversations_are_drawn_if_there_are_fewer(database: Database) -> None:
    assert Sampled(database, 4).drawn == 4


def test_no_sample_is_drawn_if_there_are_no_conversations(database: Database) -> None:
    found = Sampled(database, 0)
    assert (found.drawn, database.read_now(release.every)) == (0, [])


def test_only_conversations_of_the_current_model_are_drawn(database: Database) -> None:
    def add_old(connection: Any) -> None:
        keep(connection, "old", NOW - 900, [turn("what is grooming", model="old")])

    database.write_now(add_old)
    found = Sampled(database, 3)
    assert (found.drawn, found.sample.model) == (3, "aaaa1111")


def test_two_samples_are_not_the_same(database: Database) -> None:
    found = Sampled(database, 200, size=20)
    database.write_now(lambda c: release.draw(c, NOW, found.staff[0], 20))
    first, second = found.numbers()[:20], found.numbers()[20:]
    assert set(first) != set(second)


def test_nobody_judges_a_conversation_twice(database: Database) -> None:
    found = Sampled(database, 1)
    item = found.due(1)
    found.judge(1, item)
    assert found.due(1) is None
    with pytest.raises(StaleError):
        found.judge(1, item)


def test_nobody_else_is_asked_if_two_readers_agree(database: Database) -> None:
    found = Sampled(database, 1)
    found.read_by_two()
    assert (found.due(3), found.sample.decided) == (None, 1)


def test_a_third_reader_decides_only_where_two_disagreed(database: Database) -> None:
    found = Sampled(database, 1)
    found.read_by_two(right_topic=False)
    assert [found.due(reader) for reader in (1, 2)] == [None, None]
    assert found.due(3).questions == ["right_topic"]


def test_the_third_answer_counts_but_does_not_change_the_agreement(database: Database) -> None:
    found = Sampled(database, 1)
    found.read_by_two(right_topic=False)
    found.judge(3, found.due(3), right_topic=False)
    assert (found.sample.decided, found.sample.yes("right_topic"), found.sample.yes("harmless")) == (1, 0, 1)
    assert found.sample.pairs("right_topic") == [(False, True)]


def test_a_third_reader_with_a_form_from_before_the_second_answer_is_refused(database: Database) -> None:
    found = Sampled(database, 1)
    early = found.due(3)
    found.read_by_two(right_topic=False)
    with pytest.raises(StaleError):
        found.judge(3, early)


def test_an_erased_conversation_drops_out_with_its_judgements_and_is_replaced(database: Database) -> None:
    found = Sampled(database, 25)
    item = found.read_by_two()
    found.remove(item.number, is_erased=True)
    assert (item.number in found.numbers(), len(found.numbers())) == (False, 10)
    assert found.rows(release_readings) == []


def test_a_conversation_deleted_before_it_is_decided_is_replaced(database: Database) -> None:
    found = Sampled(database, 25)
    item = found.due(1)
    found.judge(1, item)
    found.remove(item.number, is_erased=False)
    assert (item.number in found.numbers(), len(found.numbers())) == (False, 10)


def test_judgements_stay_when_the_words_are_deleted(database: Database) -> None:
    found = Sampled(database, 25)
    item = found.read_by_two()
    found.remove(item.number, is_erased=False)
    assert (found.sample.decided, found.numbers().count(item.number)) == (1, 0)
