"""The exposure log, and staff's changes to a review, on SQLite and PostgreSQL."""

from typing import Any

import console_client
import pytest

from bot.store import decisions, staff, transcripts, workload
from bot.store.database import Database
from bot.store.decisions import REVIEWED, Choice
from bot.store.schema import exposures, flags

NOW, DAY = 1_800_000_000, "2027-01-15"
GREATEST = 2**63 - 1


@pytest.fixture
def rae(database: Database) -> int:
    return add_staff(database, "rae")


def add_staff(database: Database, name: str) -> int:
    return database.write_now(lambda c: staff.add(c, NOW, name, "reviewer", "hash", None))


def keep(database: Database, name: str = "one") -> int:
    """Store a conversation of one message, and return the number of its review, which has version 1."""
    return database.write_now(lambda c: console_client.keep(c, name, NOW))


def head(database: Database, number: int) -> Any:
    return database.read_now(lambda c: transcripts.head(c, number))


def open_on(database: Database, staff_id: int, day: str, *numbers: int) -> None:
    for number in numbers:
        database.write_now(lambda c, number=number: workload.record_exposure(c, staff_id, day, number))


def test_a_transcript_is_counted_once_a_day(database: Database, rae: int) -> None:
    open_on(database, rae, DAY, 1, 1, 2)
    open_on(database, rae, "2027-01-14", 1)
    assert database.read_now(lambda c: workload.count_exposures(c, rae, DAY)) == 2


def test_exposures_are_recorded_by_person_day_and_conversation(database: Database, rae: int) -> None:
    roy = add_staff(database, "roy")
    open_on(database, rae, DAY, 1)
    asked = [(rae, DAY, 1), (roy, DAY, 1), (rae, "2027-01-16", 1), (rae, DAY, 2)]
    answers = [database.read_now(lambda c, one=one: workload.was_exposed(c, *one)) for one in asked]
    assert answers == [True, False, False, False]


def test_the_limit_is_15_until_it_is_set(database: Database) -> None:
    before = database.read_now(workload.limit)
    for number in (20, 30):
        database.write_now(lambda c, number=number: workload.set_limit(c, number))
    assert (before, database.read_now(workload.limit)) == (15, 30)


def test_the_load_covers_today_and_the_last_seven_days(database: Database, rae: int) -> None:
    for day in ("2027-01-08", "2027-01-09", "2027-01-15", "2027-01-16"):
        open_on(database, rae, day, 1)
    load = database.read_now(lambda c: workload.shared(c, DAY))
    assert load == {rae: workload.Load(today=1, lately=2, before=1)}


def test_exposures_are_kept_for_two_weeks(database: Database, rae: int) -> None:
    for day in ("2027-01-01", "2027-01-02", DAY):
        open_on(database, rae, day, 1)
    assert database.read_now(lambda c: [row.day for row in c.execute(exposures.select())]) == ["2027-01-02", DAY]


def test_the_load_counts_conversations_by_holder(database: Database, rae: int) -> None:
    for name in "abc":
        number = keep(database, name)
        database.write_now(lambda c, number=number: transcripts.assign(c, number, 1, rae))
    keep(database, "nobody's")
    database.write_now(lambda c: decisions.decide(c, number, 2, Choice(REVIEWED), rae, NOW))
    load = database.read_now(lambda c: workload.shared(c, DAY))
    assert load == {rae: workload.Load(today=0, lately=0, reviewed=1, assigned=2)}


def test_a_change_makes_a_new_version_and_sets_the_holder(database: Database, rae: int) -> None:
    number = keep(database)
    database.write_now(lambda c: transcripts.assign(c, number, 1, rae))
    assert (head(database, number)["holder"], head(database, number)["version"]) == ("rae", 2)


@pytest.mark.parametrize("version", [0, 2, -1, 10**18 - 1])
def test_a_change_to_the_wrong_version_is_refused(database: Database, rae: int, version: int) -> None:
    number = keep(database)
    for change in (
        lambda c: transcripts.assign(c, number, version, rae),
        lambda c: transcripts.set_state(c, number, version, "in_review", rae),
        lambda c: transcripts.set_flag(c, number, version, "technical", rae, NOW),
        lambda c: transcripts.take_flag(c, number, version, "technical"),
    ):
        with pytest.raises(transcripts.StaleError):
            database.write_now(change)
    assert (head(database, number)["state"], head(database, number)["version"]) == ("new", 1)


@pytest.mark.parametrize("number", [7, GREATEST])
def test_a_missing_review_is_stale_and_accepts_no_note(database: Database, rae: int, number: int) -> None:
    with pytest.raises(transcripts.StaleError):
        database.write_now(lambda c: transcripts.set_state(c, number, 1, "in_review", rae))
    assert not database.write_now(lambda c: transcripts.add_note(c, number, "a note", rae, NOW))
    assert head(database, number) is None


def test_starting_a_review_assigns_it_only_if_nobody_holds_it(database: Database, rae: int) -> None:
    roy, number = add_staff(database, "roy"), keep(database)
    database.write_now(lambda c: transcripts.set_state(c, number, 1, "in_review", rae))
    database.write_now(lambda c: transcripts.set_state(c, number, 2, "in_review", roy))
    assert head(database, number)["holder"] == "rae"


def test_a_flag_keeps_the_name_of_the_first_person_to_set_it(database: Database, rae: int) -> None:
    roy, number = add_staff(database, "roy"), keep(database)
    database.write_now(lambda c: transcripts.set_flag(c, number, 1, "technical", rae, NOW))
    database.write_now(lambda c: transcripts.set_flag(c, number, 2, "technical", roy, NOW))
    assert database.read_now(lambda c: transcripts.flags_on(c, number))["technical"].name == "rae"


def test_a_removed_flag_is_gone(database: Database, rae: int) -> None:
    number = keep(database)
    database.write_now(lambda c: transcripts.set_flag(c, number, 1, "technical", rae, NOW))
    database.write_now(lambda c: transcripts.take_flag(c, number, 2, "technical"))
    assert database.read_now(lambda c: c.execute(flags.select()).all()) == []


def test_notes_are_in_the_order_they_were_written(database: Database, rae: int) -> None:
    number = keep(database)
    for text in ("first", "second"):
        database.write_now(lambda c, text=text: transcripts.add_note(c, number, text, rae, NOW))
    assert [(n.name, n.text) for n in database.read_now(lambda c: transcripts.notes_on(c, number))] == [
        ("rae", "first"),
        ("rae", "second"),
    ]
