"""The audit log's hash chain: adding, changing or removing a row never goes unnoticed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from databases import new_database
from tampering import tamper

from bot.store import audit
from bot.store.audit import SLACK, Verdict, Wanted
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.keys import AUDIT, keys_of
from bot.store.schema import audit as table


@pytest.fixture
def url(tmp_path: Path) -> str:
    return new_database(tmp_path)


@pytest.fixture
def filled(database: Database) -> Database:
    """A log with five rows, an hour apart."""
    for number in range(1, 6):
        append(database, number * 3600, "rae", "search", str(number))
    return database


def append(database: Database, at: int, name: str, action: str, subject: str = "") -> None:
    database.write_now(lambda c: audit.append(c, at, name, action, subject, {"one": 1}))


def hashes(database: Database) -> "list[str]":
    return [row.hash for row in database.read_now(lambda c: c.execute(table.select()).all())]


def verdict(database: Database, expected: str = "") -> Verdict:
    return database.read_now(lambda c: audit.verify(c, expected))


def page(database: Database, wanted: Wanted, most: int = 50) -> "list[int]":
    return [row.number for row in database.read_now(lambda c: audit.page(c, wanted, most))]


def test_an_empty_log_is_intact(database: Database) -> None:
    assert verdict(database) == Verdict(0, audit.BEGINNING, None, None)


def test_an_untouched_log_is_intact(filled: Database) -> None:
    assert verdict(filled) == Verdict(5, hashes(filled)[-1], None, None)


@pytest.mark.parametrize("statement", ["UPDATE audit SET staff = 'eve'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_or_remove_a_row(filled: Database, statement: str) -> None:
    with pytest.raises(sa.exc.SQLAlchemyError, match="cannot be changed"):
        filled.write_now(lambda c: c.exec_driver_sql(statement))
    assert verdict(filled).rows == 5


@pytest.mark.parametrize(
    "change",
    ["at = 1", "staff = 'eve'", "action = 'export'", "subject = '9'", "detail = '{}'", f"previous = '{'1' * 64}'"],
)
def test_a_change_of_any_column_is_found_where_it_was_made(filled: Database, change: str) -> None:
    tamper(filled, f"UPDATE audit SET {change} WHERE number = 3")
    assert verdict(filled)[:3] == (2, hashes(filled)[1], 3)


def forge(filled: Database, number: int, previous: str) -> str:
    """Put eve's name on a row and return its recomputed hash, as an attacker who knows this program could."""
    row = dict(filled.read_now(lambda c: c.execute(table.select().where(table.c.number == number)).one())._mapping)
    forged = {name: value for name, value in row.items() if name not in ("hash", "mac")}
    hashed = audit._hash({**forged, "staff": "eve", "previous": previous})
    tamper(
        filled, f"UPDATE audit SET staff = 'eve', previous = '{previous}', hash = '{hashed}' WHERE number = {number}"
    )
    return hashed


def test_a_changed_row_with_a_recomputed_hash_is_detected(filled: Database) -> None:
    forge(filled, 3, hashes(filled)[1])
    assert verdict(filled).broken_at == 3


def test_a_log_in_which_every_row_was_rewritten_in_anothers_name_is_found(filled: Database) -> None:
    previous = audit.BEGINNING
    for number in range(1, 6):
        previous = forge(filled, number, previous)
    assert verdict(filled).broken_at == 1


def test_removing_the_keyed_hashes_is_detected(filled: Database) -> None:
    tamper(filled, "UPDATE audit SET mac = NULL")
    assert verdict(filled).broken_at == 1


def settled(database: Database) -> Database:
    """The database, after the key file has recorded its newest row."""
    database._noting.submit(int).result()
    return database


def test_a_truncated_log_is_detected(filled: Database) -> None:
    tamper(settled(filled), "DELETE FROM audit WHERE number > 3")
    assert verdict(filled)[:3] == (3, hashes(filled)[-1], 4)


def test_an_emptied_log_is_detected(filled: Database) -> None:
    tamper(settled(filled), "DELETE FROM audit")
    assert verdict(filled).broken_at == 1


def without_keys(database: Database) -> None:
    """Put the log in the state that a version without keys would leave it in, and open it with this version."""
    file = settled(database).read_now(keys_of)
    file.drop_numbered(AUDIT, [1])
    with file._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_head")
    tamper(database, "UPDATE audit SET mac = NULL")
    database.write_now(lambda connection: audit.begin_keyed(connection, 0))


def test_rows_from_before_keys_are_valid_and_the_next_row_is_keyed(filled: Database) -> None:
    without_keys(filled)
    append(filled, 9, "rae", "search")
    assert verdict(filled)[:3] == (6, hashes(filled)[-1], None)
    rows = filled.read_now(lambda c: c.execute(table.select().order_by(table.c.number)).all())
    assert [row.mac is None for row in rows] == [*[True] * 5, False]


def test_rows_from_before_keys_cannot_be_rewritten_afterwards(filled: Database) -> None:
    without_keys(filled)
    previous = audit.BEGINNING
    for number in range(1, 6):
        previous = forge(filled, number, previous)
    assert verdict(filled).broken_at == 5


def test_removing_a_row_from_the_middle_is_detected(filled: Database) -> None:
    tamper(filled, "DELETE FROM audit WHERE number = 3")
    assert verdict(filled).broken_at == 3


def test_removing_a_row_is_detected_even_if_the_rest_are_renumbered(filled: Database) -> None:
    tamper(filled, "DELETE FROM audit WHERE number = 3", "UPDATE audit SET number = number - 1 WHERE number > 3")
    assert verdict(filled).broken_at == 3


@pytest.mark.parametrize("batch", [1, 2, 5, 6])
def test_verifying_in_batches_gives_the_same_result_as_all_at_once(
    filled: Database, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH", batch)
    assert verdict(filled, hashes(filled)[3]) == Verdict(5, hashes(filled)[-1], None, 4)
    tamper(filled, "UPDATE audit SET staff = 'eve' WHERE number = 3")
    assert verdict(filled)[:3] == (2, hashes(filled)[1], 3)


def test_removing_a_row_from_the_beginning_is_detected(filled: Database) -> None:
    tamper(filled, "DELETE FROM audit WHERE number = 1")
    assert verdict(filled).broken_at == 1


def test_two_swapped_rows_are_detected(filled: Database) -> None:
    swap = "UPDATE audit SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3)"
    tamper(filled, swap, "UPDATE audit SET number = -number WHERE number < 0")
    assert verdict(filled).broken_at == 2


def test_an_expected_hash_is_found_in_its_row(filled: Database) -> None:
    assert verdict(filled, hashes(filled)[3]).expected_at == 4


def test_concurrent_writers_do_not_fork_the_chain(url: str, database: Database) -> None:
    others = [Database(open_engine(url)) for _ in range(3)]

    def write(writer: Database) -> None:
        for number in range(25):
            append(writer, number, "rae", "search")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, [database, *others]))
    for other in others:
        other.close()
    assert verdict(database)[0:3:2] == (100, None)


def test_a_row_is_rolled_back_with_the_action_it_records(database: Database) -> None:
    def work(connection: sa.engine.Connection) -> None:
        audit.append(connection, 1, "rae", "search")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write_now(work)
    assert verdict(database).rows == 0


def test_the_newest_rows_come_first(filled: Database) -> None:
    assert page(filled, Wanted(), 3) == [5, 4, 3]


def test_rows_before_a_number_are_older(filled: Database) -> None:
    assert page(filled, Wanted(before=3)) == [2, 1]


def test_a_time_span_excludes_its_end(filled: Database) -> None:
    assert page(filled, Wanted(since=2 * 3600, until=4 * 3600)) == [3, 2]


@pytest.mark.parametrize(("since", "until"), [(0, 3600), (6 * 3600, 7 * 3600)], ids=["before", "after"])
def test_a_time_span_without_rows_is_empty(filled: Database, since: int, until: int) -> None:
    assert page(filled, Wanted(since=since, until=until)) == []


def test_rows_are_found_after_the_clock_was_set_back(database: Database) -> None:
    for day in range(1, 30):
        append(database, day * 86_400, "rae", "search")
    append(database, 29 * 86_400 - SLACK + 1, "rae", "search")
    append(database, 30 * 86_400, "rae", "search")
    assert page(database, Wanted(since=28 * 86_400, until=29 * 86_400)) == [30, 28]


def test_each_action_is_listed_once(filled: Database) -> None:
    append(filled, 1, "rae", "export")
    append(filled, 1, "rae", "search")
    assert filled.read_now(audit.actions) == ["export", "search"]


def test_an_empty_log_lists_no_actions(database: Database) -> None:
    assert database.read_now(audit.actions) == []
