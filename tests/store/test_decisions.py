"""Decisions about a review, their effects, and undoing them, on SQLite and PostgreSQL."""

from typing import Any

import console_client
import pytest

from bot.store import decisions, review_log, staff, transcripts
from bot.store.database import Database
from bot.store.decisions import CONFIRMED, DISAGREED, ESCALATED, NOT_ESCALATED, REVIEWED, STATE_AFTER, Choice
from bot.store.schema import openings

NOW = 1_800_000_000


@pytest.fixture
def rae(database: Database) -> int:
    return add_staff(database, "rae")


def add_staff(database: Database, name: str) -> int:
    return database.write_now(lambda c: staff.add(c, NOW, name, "reviewer", "hash", None))


@pytest.fixture
def number(database: Database) -> int:
    """The number of a conversation of one message. Its review has version 1."""
    return database.write_now(lambda c: console_client.keep(c, "one", NOW))


def head(database: Database, number: int) -> Any:
    return database.read_now(lambda c: transcripts.head(c, number))


def decide(database: Database, number: int, choice: Choice, staff_id: int) -> None:
    version = head(database, number)["version"]
    database.write_now(lambda c: decisions.decide(c, number, version, choice, staff_id, NOW))


def show(database: Database, number: int, staff_id: int, after: int = 0, most: int = 9) -> None:
    database.write_now(lambda c: transcripts.record_shown(c, number, staff_id, after, most))


def was_shown(database: Database, number: int, staff_id: int) -> bool:
    return database.read_now(lambda c: transcripts.was_shown(c, transcripts.head(c, number), staff_id))


@pytest.mark.parametrize("kind", STATE_AFTER)
def test_each_decision_leads_to_its_state(database: Database, rae: int, number: int, kind: str) -> None:
    decide(database, number, Choice(kind), rae)
    assert (head(database, number)["state"], head(database, number)["version"]) == (STATE_AFTER[kind], 2)


def test_only_a_completed_review_leaves_the_queue(database: Database, rae: int, number: int) -> None:
    priority, seen = head(database, number)["need"], []
    for kind in (NOT_ESCALATED, CONFIRMED, DISAGREED, ESCALATED, REVIEWED):
        decide(database, number, Choice(kind), rae)
        seen.append((head(database, number)["is_open"], head(database, number)["need"]))
    assert seen == [(1, priority), (0, priority), (1, priority), (1, priority), (0, priority)]


def test_recording_an_outcome_sets_the_holder_but_confirming_it_does_not(
    database: Database, rae: int, number: int
) -> None:
    roy = add_staff(database, "roy")
    decide(database, number, Choice(NOT_ESCALATED, "misread"), rae)
    decide(database, number, Choice(CONFIRMED), roy)
    assert head(database, number)["holder"] == "rae"


def test_a_decision_about_the_wrong_version_changes_nothing(database: Database, rae: int, number: int) -> None:
    for version in (0, 2):
        with pytest.raises(transcripts.StaleError):
            database.write_now(lambda c, v=version: decisions.decide(c, number, v, Choice(REVIEWED), rae, NOW))
    assert database.read_now(lambda c: decisions.history(c, number)) == []


def test_the_latest_valid_outcome_waits_for_a_second_person(database: Database, rae: int, number: int) -> None:
    for choice in (Choice(NOT_ESCALATED, "misread"), Choice(DISAGREED), Choice(ESCALATED, "police")):
        decide(database, number, choice, rae)
    made = database.read_now(lambda c: decisions.history(c, number))
    waiting = decisions.outcome_to_confirm("escalated", made)
    assert waiting is not None
    assert (waiting.code, decisions.outcome_to_confirm("in_review", made)) == ("police", None)


def test_undoing_restores_the_state_and_the_holder(database: Database, rae: int, number: int) -> None:
    roy = add_staff(database, "roy")
    database.write_now(lambda c: transcripts.assign(c, number, 1, rae))
    before = head(database, number)
    decide(database, number, Choice(REVIEWED), roy)
    database.write_now(lambda c: decisions.undo(c, number, 3, roy))
    after = head(database, number)
    assert {**after, "version": before["version"]} == before


@pytest.mark.parametrize("kind", ["another version", "another person", "twice", "changed since"])
def test_a_decision_that_cannot_be_undone_is_stale(database: Database, rae: int, number: int, kind: str) -> None:
    roy = add_staff(database, "roy")
    decide(database, number, Choice(REVIEWED), rae)
    if kind == "twice":
        database.write_now(lambda c: decisions.undo(c, number, 2, rae))
    if kind == "changed since":
        database.write_now(lambda c: transcripts.add_note(c, number, "seen", roy, NOW))
    version, person = 1 if kind == "another version" else 2, roy if kind == "another person" else rae
    with pytest.raises(transcripts.StaleError):
        database.write_now(lambda c: decisions.undo(c, number, version, person))


def test_the_same_decision_from_the_same_version_is_a_repeat(database: Database, rae: int, number: int) -> None:
    roy = add_staff(database, "roy")
    decide(database, number, Choice(ESCALATED, "police"), rae)
    asked = [
        (1, Choice(ESCALATED, "police"), rae),
        (1, Choice(ESCALATED, "lead"), rae),
        (2, Choice(ESCALATED, "police"), rae),
        (1, Choice(ESCALATED, "police"), roy),
    ]
    found = [database.read_now(lambda c, one=one: decisions.is_repeated(c, number, *one)) for one in asked]
    assert found == [True, False, False, False]


def test_escalated_conversations_are_counted(database: Database, rae: int, number: int) -> None:
    before = database.read_now(decisions.count_escalated)
    decide(database, number, Choice(ESCALATED, "police"), rae)
    assert (before, database.read_now(decisions.count_escalated)) == (0, 1)


def test_a_conversation_is_shown_up_to_its_last_turn_or_not_at_all(database: Database, rae: int, number: int) -> None:
    before = was_shown(database, number, rae)
    show(database, number, rae)
    shown = was_shown(database, number, rae)
    database.write_now(lambda c: console_client.keep(c, "one", NOW))
    assert (before, shown, was_shown(database, number, rae)) == (False, True, False)


def test_a_page_does_not_count_as_shown_if_earlier_pages_were_skipped(
    database: Database, rae: int, number: int
) -> None:
    database.write_now(lambda c: console_client.keep(c, "one", NOW))
    show(database, number, rae, after=1, most=1)
    skipped = was_shown(database, number, rae)
    show(database, number, rae, most=1)
    show(database, number, rae, after=1, most=1)
    show(database, number, rae, most=1)
    assert (skipped, was_shown(database, number, rae)) == (False, True)


def test_a_deleted_conversation_cannot_be_recorded_as_shown(database: Database, rae: int) -> None:
    show(database, 7, rae)
    assert database.read_now(lambda c: c.execute(openings.select()).all()) == []


def test_deleting_a_conversation_deletes_its_decisions_and_the_record_of_who_read_it(
    database: Database, rae: int, number: int
) -> None:
    show(database, number, rae)
    decide(database, number, Choice(ESCALATED, "police", "a note"), rae)
    conversation_id = head(database, number)["conversation_id"]
    database.write_now(lambda c: review_log.remove(c, conversation_id))
    assert database.read_now(lambda c: (decisions.history(c, number), c.execute(openings.select()).all())) == ([], [])
