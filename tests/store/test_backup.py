"""A backup holds the whole database and can be restored to SQLite or PostgreSQL, even from an older version."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from console_client import keep
from databases import new_database
from sqlalchemy.engine import Engine

from bot.store import backup, restoring, review_log
from bot.store.backup import BackupError
from bot.store.engine import open_engine
from bot.store.migrations import _config
from bot.store.schema import conversations, metadata, staff, turns

NOW = 1_800_000_000
NewUrl = Callable[[], str]


def copied(engine: Engine) -> "list[str]":
    out = io.StringIO()
    with backup.snapshot(engine) as connection:
        backup.copy(connection, out, NOW)
    return out.getvalue().splitlines(keepends=True)


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for name in ("a", "b", "c"):
            keep(connection, name, NOW - 900)
        row = {"name": "rae", "role": "lead", "password": "hash", "is_disabled": False, "uses_keys": True}
        connection.execute(staff.insert(), {**dict.fromkeys(required(staff), 0), **row})


def required(table: sa.Table) -> "list[str]":
    return [column.name for column in table.columns if not column.nullable and column.name != "id"]


def everything(engine: Engine) -> "dict[str, list[tuple]]":
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
            if table.name != "console_option"
        }


@pytest.fixture
def source(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.served)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that is empty or does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/restored.db"
    return request.getfixturevalue("postgres").new_url()


def test_a_restored_database_holds_the_same_rows(source: Engine, target: str) -> None:
    restoring.restore(target, iter(copied(source)), NOW, [])
    assert everything(open_engine(target)) == everything(source)


def test_numbers_are_not_reused_after_a_restore(source: Engine, target: str) -> None:
    with source.begin() as connection:
        last = keep(connection, "d", NOW)
        review_log.remove(connection, hashlib.sha256(b"d").hexdigest())
    restoring.restore(target, iter(copied(source)), NOW, [])
    with open_engine(target).begin() as connection:
        assert keep(connection, "e", NOW) == last + 1


def test_a_message_written_during_a_backup_is_neither_delayed_nor_included(source: Engine) -> None:
    out = io.StringIO()
    with backup.snapshot(source) as connection:
        connection.execute(sa.select(conversations)).all()
        with source.begin() as other:
            keep(other, "later", NOW)
        assert backup.copy(connection, out, NOW).rows["conversation"] == 3


def test_a_conversation_erased_after_the_backup_is_erased_again(source: Engine, target: str) -> None:
    lines = copied(source)
    with source.connect() as connection:
        erased = connection.execute(sa.select(conversations.c.id)).scalars().first()
    restoring.restore(target, iter(lines), NOW, [erased, "f" * 64])
    with open_engine(target).connect() as connection:
        left = set(connection.execute(sa.select(turns.c.conversation_id)).scalars())
    assert (erased in left, len(left)) == (False, 2)


def test_conversations_erased_in_the_replaced_database_are_remembered(source: Engine) -> None:
    with source.begin() as connection:
        connection.execute(conversations.update().values(erased_at=NOW))
    url = source.url.render_as_string(hide_password=False)
    source.dispose()
    assert len(restoring.look_at(url).erased) == 3


def test_a_database_in_use_is_not_replaced(source: Engine) -> None:
    url = source.url.render_as_string(hide_password=False)
    with source.connect() as connection:
        connection.execute(sa.select(conversations)).first()
        with pytest.raises(BackupError, match="in use"):
            restoring.look_at(url)


@pytest.mark.parametrize("step", ["0001", "0003", "0007"])
def test_a_backup_from_an_older_version_is_migrated(step: str, tmp_path: Path, target: str) -> None:
    old = sa.create_engine(f"sqlite:///{tmp_path}/old.db")
    with old.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, step)
        closed = ", is_closed" if step != "0001" else ""
        connection.exec_driver_sql(
            f"INSERT INTO conversation (id, started_at, last_at, state, choices{closed}) "
            f"VALUES ('a', 900, 900, '{{}}', '{{}}'{', 1' if closed else ''})"
        )
        connection.exec_driver_sql(
            "INSERT INTO review_turn (conversation_id, number, at, text, intent, confidence, removed, replies) "
            "VALUES ('a', 1, 900, 'a man wants pictures', 'disclose_image_pressure', 0.9, '[]', '[]')"
        )
    restoring.restore(target, iter(copied(old)), NOW, [])
    with open_engine(target).connect() as connection:
        assert connection.execute(sa.select(turns.c.text)).scalars().all() == ["a man wants pictures"]


def test_a_backup_from_a_later_version_is_refused(source: Engine, target: str) -> None:
    lines = copied(source)
    lines[0] = lines[0].replace('"step":"', '"step":"9')
    with pytest.raises(BackupError, match="later version"):
        restoring.restore(target, iter(lines), NOW, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    "harm",
    [lambda lines: lines[:-1], lambda lines: lines[:5] + lines[6:], lambda lines: [*lines[:-1], "{"], lambda lines: []],
    ids=["no end", "a line is missing", "half a line", "empty"],
)
def test_a_damaged_backup_changes_nothing(
    source: Engine, target: str, harm: "Callable[[list[str]], list[str]]"
) -> None:
    lines = copied(source)
    restoring.restore(target, iter(lines), NOW, [])
    engine = open_engine(target)
    before = everything(engine)
    engine.dispose()
    with pytest.raises(BackupError):
        restoring.restore(target, iter(harm(lines)), NOW, [])
    assert everything(open_engine(target)) == before


def test_a_failed_restore_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        restoring.restore(f"sqlite:///{tmp_path}/a.db", iter(["{}"]), NOW, [])
    assert list(tmp_path.iterdir()) == []


def test_the_restored_database_does_not_inherit_the_old_write_ahead_log(tmp_path: Path) -> None:
    source = open_engine(new_database(tmp_path, "source.db"))
    fill(source)
    (tmp_path / "a.db").write_bytes(b"damaged")
    (tmp_path / "a.db-wal").write_bytes(b"damaged")
    restoring.restore(f"sqlite:///{tmp_path}/a.db", iter(copied(source)), NOW, [])
    assert everything(open_engine(f"sqlite:///{tmp_path}/a.db")) == everything(source)
