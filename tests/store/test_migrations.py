"""Migrations bring an old database up to the current tables, all or nothing."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from console_client import keep, turn

from bot.store import decisions
from bot.store.engine import open_engine
from bot.store.migrations import MigrationError, _config
from bot.store.review_log import INDEX_BACKLOG, triage_backlog
from bot.store.schema import daily_counts, flags, metadata, options, reviews

#: The tables from before the first migration, with one conversation.
OLD = """
CREATE TABLE conversation (id VARCHAR(64) NOT NULL PRIMARY KEY, started_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  erased_at INTEGER, state TEXT NOT NULL, choices TEXT NOT NULL);
CREATE INDEX ix_conversation_last_at ON conversation (last_at);
CREATE TABLE review_turn (conversation_id VARCHAR(64) NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
  text TEXT NOT NULL, intent VARCHAR(64) NOT NULL, confidence FLOAT NOT NULL, runner_up VARCHAR(64),
  runner_up_confidence FLOAT, asker VARCHAR(16), removed TEXT NOT NULL, replies TEXT NOT NULL,
  PRIMARY KEY (conversation_id, number), FOREIGN KEY(conversation_id) REFERENCES conversation (id));
CREATE INDEX ix_review_turn_at ON review_turn (at);
INSERT INTO conversation VALUES ('a', 900, 900, NULL, '{}', '{}');
INSERT INTO review_turn VALUES ('a', 1, 900, 'a man wants pictures', 'disclose_image_pressure', 0.9, NULL, NULL, NULL,
  '[]', '[]');
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD)
    return path


def tables(path: Path) -> "set[str]":
    with sqlite3.connect(path) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def differences(engine: sa.engine.Engine) -> "list[object]":
    def is_ours(name: "str | None", kind: str, parents: object) -> bool:
        return not (kind == "table" and name == "sqlite_sequence")

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours, "compare_type": True})
        return compare_metadata(context, metadata)


def test_the_migrations_produce_the_tables_of_the_schema(bare_url: str) -> None:
    assert differences(open_engine(bare_url)) == []


def test_a_database_from_before_the_first_migration_gets_the_same_tables(old: Path) -> None:
    assert differences(open_engine(f"sqlite:///{old}")) == []


def test_words_stored_before_the_migration_are_still_there(old: Path) -> None:
    with open_engine(f"sqlite:///{old}").connect() as connection:
        assert connection.exec_driver_sql("SELECT text FROM review_turn").scalars().all() == ["a man wants pictures"]


def test_a_conversation_from_before_the_migration_is_triaged_by_its_intent(old: Path) -> None:
    with open_engine(f"sqlite:///{old}").begin() as connection:
        triage_backlog(connection)
        row = connection.exec_driver_sql("SELECT topic, urgency FROM review").one()
    assert tuple(row) == ("image_pressure", "active_harm")


def test_flags_that_meant_escalated_become_the_state_and_a_decision(bare_url: str) -> None:
    conversations = {"urgent": "new", "safeguarding": "in_review", "technical": "new", "both": "reviewed"}
    marked = [(1, "urgent"), (2, "safeguarding"), (3, "technical"), (4, "urgent"), (4, "safeguarding")]
    engine = sa.create_engine(bare_url)
    with engine.begin() as connection:
        migrate(connection, "0003")
        connection.exec_driver_sql("INSERT INTO staff VALUES (1, 'rae', 'reviewer', 'hash', NULL, 0, 0, 0, 0, NULL)")
        for number, (name, state) in enumerate(conversations.items(), start=1):
            connection.exec_driver_sql(f"INSERT INTO conversation VALUES ('{name}', 1, 1, NULL, '', '', 1)")
            connection.exec_driver_sql(
                f"INSERT INTO review VALUES ({number}, '{name}', {int(state != 'reviewed')}, 5, 1, 1, '{state}',"
                " 'crisis', 'immediate_danger', 'unknown', 'en', '', 1, 0.9, TRUE, TRUE, 'none', NULL, 1)"
            )
        for number, flag in marked:
            connection.exec_driver_sql(f"INSERT INTO review_flag VALUES ({number}, '{flag}', 1, 1000)")
    with open_engine(bare_url).connect() as connection:
        rows = connection.execute(sa.select(reviews.c.state, reviews.c.version).order_by(reviews.c.number)).all()
        kept = [[one[3:6] for one in decisions.history(connection, number)] for number in range(1, 5)]
        left = [row.flag for row in connection.execute(flags.select())]
    assert [tuple(row) for row in rows] == [("escalated", 2), ("escalated", 2), ("new", 1), ("reviewed", 1)]
    assert kept == [[(1000, "escalated", "")], [(1000, "escalated", "")], [], [(1000, "escalated", "")] * 2]
    assert left == ["technical"]


def migrate(connection: sa.engine.Connection, step: str) -> None:
    """Migrate an empty database to an older step."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, step)


def test_each_review_keeps_its_priority_when_the_random_sample_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        migrate(connection, "0003")
        for need in range(5):
            connection.exec_driver_sql(
                "INSERT INTO conversation VALUES (?, 900, 900, NULL, '{}', '{}', 1)", (str(need),)
            )
            values = "'new', 'x', 'none', 'unknown', 'en', '', 1, 0.9, 0, 0, 'none', NULL, 1"
            connection.exec_driver_sql(
                f"INSERT INTO review VALUES (NULL, ?, 1, ?, 900, 900, {values})", (str(need), need)
            )
    with open_engine(f"sqlite:///{path}").connect() as connection:
        needs = connection.exec_driver_sql("SELECT need FROM review ORDER BY number").scalars().all()
        counted = connection.exec_driver_sql(
            "SELECT value, number FROM daily_count WHERE what = 'stands_out' ORDER BY value"
        ).all()
    assert needs == [1, 3, 4, 5, 7]
    assert [tuple(row) for row in counted] == [("no", 1), ("yes", 4)]


#: A review from before the search index contained word prefixes.
REVIEWED = """
INSERT INTO review (conversation_id, is_open, need, started_at, last_at, state, topic, urgency, asker, language, model,
  turns, confidence, was_asked, was_offered, feedback, version)
VALUES ('a', 1, 0, 900, 900, 'new', 'crisis', 'none', 'unknown', 'en', '', 1, 1, FALSE, FALSE, 'none', 1)
"""


@pytest.mark.parametrize(("statement", "marks"), [(REVIEWED, ["0"]), ("SELECT 1", [])])
def test_the_search_index_is_marked_as_incomplete_if_there_are_conversations(
    tmp_path: Path, statement: str, marks: "list[str]"
) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    with sa.create_engine(url).begin() as connection:
        migrate(connection, "0003")
        connection.exec_driver_sql(statement)
    with open_engine(url).connect() as connection:
        chosen = sa.select(options.c.value).where(options.c.name == INDEX_BACKLOG)
        assert connection.execute(chosen).scalars().all() == marks


def test_opening_a_database_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    open_engine(url).dispose()
    before = (tmp_path / "a.db").read_bytes()
    open_engine(url).dispose()
    assert (tmp_path / "a.db").read_bytes() == before


@pytest.mark.slow
def test_a_migration_that_is_killed_half_way_changes_nothing(old: Path) -> None:
    killed = (
        "import os, signal; from alembic import op; from bot.store.engine import open_engine;"
        "op.create_index = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL);"
        f"open_engine('sqlite:///{old}')"
    )
    before = tables(old)
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", killed], check=False).returncode == -9
    assert tables(old) == before


@pytest.mark.slow
def test_the_next_start_completes_a_migration_that_was_killed(old: Path) -> None:
    test_a_migration_that_is_killed_half_way_changes_nothing(old)
    assert differences(open_engine(f"sqlite:///{old}")) == []


def test_a_database_of_a_later_version_is_refused_and_not_changed(bare_url: str) -> None:
    with open_engine(bare_url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationError, match=r"later version.*9999.*Nothing was changed"):
        open_engine(bare_url)


def test_the_database_refuses_to_change_the_audit_log(bare_url: str) -> None:
    engine = open_engine(bare_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO audit VALUES (1, 1, 'a', 'b', 'c', '{}', '0', '1', NULL)")
    for change in ("UPDATE audit SET staff = 'x'", "DELETE FROM audit"):
        with pytest.raises(sa.exc.DBAPIError, match="cannot be changed"), engine.begin() as connection:
            connection.exec_driver_sql(change)


def test_the_counts_by_version_include_conversations_from_before_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "before.db"
    engine = open_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for name, said in {"fine": [turn("what is grooming")], "hello": [turn("hello", "greet", replies=[])]}.items():
            keep(connection, name, 900, said)
        after = connection.execute(daily_counts.select().order_by(*daily_counts.primary_key)).all()
        # Restore the counts that the previous version would have stored.
        connection.execute(daily_counts.delete().where(daily_counts.c.what == "version"))
        connection.execute(daily_counts.delete().where(daily_counts.c.what == "dead_end"))
        connection.exec_driver_sql("INSERT INTO daily_count VALUES ('1970-01-01', 'dead_end', 'no', 2)")
        connection.exec_driver_sql("UPDATE review SET was_asked = false")
        connection.exec_driver_sql("ALTER TABLE conversation DROP COLUMN opened")
        connection.exec_driver_sql("DROP INDEX daily_count_by_model")
        config = _config()
        config.attributes["connection"] = connection
        command.stamp(config, "0012")
    engine.dispose()
    with open_engine(f"sqlite:///{path}").connect() as connection:
        assert connection.execute(daily_counts.select().order_by(*daily_counts.primary_key)).all() == after
