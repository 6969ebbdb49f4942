"""The weekly random sample is drawn by a fixed rule from all conversations in which nothing stands out."""

import hashlib
from datetime import date
from typing import Any, Dict, List, Optional

import pytest
import sqlalchemy as sa
from clock import Clock
from console_client import keep, turn

from bot.store import deletion, metrics, sample
from bot.store.database import Database
from bot.store.days import counted_day_begins_at
from bot.store.sample import LEAST, SHARE, choose, score
from bot.store.schema import conversations, daily_counts, options, reviews
from bot.store.transcripts import StaleError
from bot.store.triage import PRIORITIES

DAY = 86_400
WEEK = 7 * DAY
#: A Monday, and a time in the following week when every conversation from the Monday's week has ended.
MONDAY = counted_day_begins_at(date(2026, 3, 2))
AFTER_IT = MONDAY + WEEK + 2 * DAY


def scores(*values: float) -> Dict[int, float]:
    return dict(enumerate(values, start=1))


@pytest.mark.parametrize(
    ("held", "drawn", "is_week_over", "expected"),
    [
        ({}, 0, True, []),
        (scores(0.04, 0.9, 0.01), 0, False, [3, 1]),
        (scores(0.05, 0.9), 0, False, []),
        (scores(0.5, 0.9, 0.1), 0, True, [3, 1, 2]),
        (scores(*[0.5] * 30), 0, True, list(range(1, 21))),
        (scores(*[0.5] * 30), 18, True, [1, 2]),
        (scores(*[0.5] * 30), 20, True, []),
        (scores(0.9, 0.5, 0.01), 19, True, [3]),
        (scores(*[0.01] * 30), 20, True, list(range(1, 31))),
    ],
    ids=[
        "nothing to draw from",
        "what is below the share is drawn as it closes, lowest first",
        "what is not below the share is not",
        "a week with fewer than the least is drawn whole",
        "a week with more is made up to the least",
        "what was drawn before counts towards the least",
        "and is never exceeded to reach it",
        "what is below the share counts towards the least",
        "the share has no upper limit",
    ],
)
def test_the_rule_draws_the_expected_conversations(
    held: Dict[int, float], drawn: int, is_week_over: bool, expected: List[int]
) -> None:
    assert choose(held, drawn, is_week_over) == expected


def test_scores_are_spread_evenly() -> None:
    ids = [hashlib.sha256(str(place).encode()).hexdigest() for place in range(20_000)]
    found = [score(b"a fixed key", one) for one in ids]
    tenths = [sum(int(10 * one) == tenth for one in found) for tenth in range(10)]
    # Chi-squared with 9 degrees of freedom exceeds 27.9 once in 1,000 times; the key and the ids are fixed.
    assert sum((number - 2000) ** 2 / 2000 for number in tenths) < 27.9
    assert sum(one < SHARE for one in found) == pytest.approx(1000, abs=100)


def test_another_key_draws_other_conversations() -> None:
    ids = [hashlib.sha256(str(place).encode()).hexdigest() for place in range(2000)]
    first, second = ({one for one in ids if score(key, one) < 0.5} for key in (b"one", b"two"))
    # Each key draws half, so both draw a quarter: 500, with a standard deviation of about 19.
    assert len(first & second) == pytest.approx(500, abs=80)


def add(database: Database, number: int, at: int = MONDAY, prefix: str = "c", **values: Any) -> None:
    """Store `number` closed conversations of one message each."""

    def work(connection: sa.engine.Connection) -> None:
        for place in range(number):
            keep(connection, f"{prefix}{place}", at, [turn("what is grooming", **values)])
        connection.execute(conversations.update().values(is_closed=1))
        # With a fixed key, every run draws the same conversations.
        if _key(connection) is None:
            connection.execute(options.insert(), {"name": "sample_key", "value": "00"})

    database.write_now(work)


def _key(connection: sa.engine.Connection) -> Optional[str]:
    return connection.execute(sa.select(options.c.value).where(options.c.name == "sample_key")).scalar()


def draw(database: Database, now: int = AFTER_IT) -> int:
    return database.write_now(lambda connection: sample.draw(connection, now))


def sampled(database: Database) -> List[Any]:
    chosen = reviews.select().where(reviews.c.is_sampled).order_by(reviews.c.number)
    return list(database.read_now(lambda connection: connection.execute(chosen).all()))


def counted(database: Database) -> Dict[Any, int]:
    return database.read_now(metrics.totals)


def test_every_conversation_of_a_quiet_week_is_drawn(database: Database) -> None:
    add(database, 7)
    assert draw(database) == 7


def test_the_sample_of_a_busier_week_is_topped_up_to_the_minimum(database: Database) -> None:
    add(database, 60)
    assert draw(database) == LEAST


def test_only_the_share_is_drawn_until_the_week_is_over(database: Database) -> None:
    add(database, 60)
    assert draw(database, MONDAY + 3 * DAY) < LEAST


def test_a_second_draw_adds_nothing(database: Database) -> None:
    add(database, 60)
    draw(database)
    assert draw(database) == 0


def test_a_sampled_conversation_is_in_the_queue_with_its_own_priority(database: Database) -> None:
    add(database, 1)
    draw(database)
    (review,) = sampled(database)
    assert (PRIORITIES[review.need], review.is_open) == ("sample", 1)


def test_a_reviewed_conversation_is_reopened_when_drawn(database: Database) -> None:
    add(database, 1)
    database.write_now(lambda c: c.execute(reviews.update().values(state="reviewed", is_open=0)))
    draw(database)
    assert [(review.state, review.is_open) for review in sampled(database)] == [("new", 1)]


@pytest.mark.parametrize(
    "values", [{"intent": "disclose_suicidal"}, {"confidence": 0.2}, {"replies": [], "urgency": "concern"}]
)
def test_a_conversation_that_stands_out_is_not_drawn(database: Database, values: Dict[str, Any]) -> None:
    add(database, 3, **values)
    assert draw(database) == 0


def test_a_conversation_in_progress_is_not_drawn(database: Database) -> None:
    add(database, 3)
    database.write_now(lambda c: c.execute(conversations.update().values(is_closed=0)))
    assert draw(database) == 0


def test_an_erased_conversation_is_replaced(database: Database) -> None:
    add(database, 40)
    draw(database)
    erased = sampled(database)[0].conversation_id
    database.write_now(lambda c: deletion.erase(c, erased, AFTER_IT))
    assert draw(database) == 1
    assert counted(database)["sampled", "yes"] == LEAST


def test_an_expired_conversation_is_not_replaced(database: Database) -> None:
    add(database, 40)
    draw(database)
    gone = sampled(database)[0].conversation_id
    database.write_now(lambda c: deletion.forget(c, gone, AFTER_IT, keep_seconds=1))
    assert draw(database) == 0


def test_the_key_is_created_once_and_is_long(database: Database) -> None:
    draw(database)
    first = database.read_now(_key)
    draw(database)
    assert database.read_now(_key) == first
    assert len(str(first)) == 64


@pytest.mark.parametrize("missed", sample.ANSWERS)
def test_an_answer_is_counted(database: Database, missed: str) -> None:
    add(database, 1)
    draw(database)
    (review,) = sampled(database)
    database.write_now(lambda c: sample.answer(c, review.number, "", missed))
    assert {value: number for (what, value), number in counted(database).items() if what == "missed"} == {missed: 1}


def test_another_answer_replaces_the_first(database: Database) -> None:
    add(database, 1)
    draw(database)
    (review,) = sampled(database)
    database.write_now(lambda c: sample.answer(c, review.number, "", "danger"))
    database.write_now(lambda c: sample.answer(c, review.number, "danger", "no"))
    assert {value: number for (what, value), number in counted(database).items() if what == "missed"} == {"no": 1}


def test_an_answer_from_somebody_who_has_not_seen_the_first_is_refused(database: Database) -> None:
    add(database, 1)
    draw(database)
    (review,) = sampled(database)
    database.write_now(lambda c: sample.answer(c, review.number, "", "danger"))
    with pytest.raises(StaleError):
        database.write_now(lambda c: sample.answer(c, review.number, "", "no"))


def test_an_answer_about_a_conversation_that_was_not_drawn_is_refused(database: Database) -> None:
    add(database, 1)
    with pytest.raises(StaleError):
        database.write_now(lambda c: sample.answer(c, 1, "", "no"))


def test_erasing_a_sampled_conversation_leaves_no_counts(database: Database) -> None:
    add(database, 1)
    draw(database)
    (review,) = sampled(database)
    database.write_now(lambda c: sample.answer(c, review.number, "", "danger"))
    database.write_now(lambda c: deletion.erase(c, review.conversation_id, int(Clock().now)))
    assert database.read_now(lambda c: c.execute(daily_counts.select()).all()) == []
