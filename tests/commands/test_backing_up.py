"""`streetwise backup` and `restore`: encrypted, consistent, and careful with existing data."""

import os
import time
from pathlib import Path

import pytest
from command_line import Machine
from console_client import keep

from bot.commands import CommandError
from bot.store import encrypted_file, review_log
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.schema import audit, conversations

PASSPHRASE = "violin under the gravel"
WORDS = "what is grooming"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "_COST", 2)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    one = Machine(tmp_path)
    one.database.write_now(lambda c: keep(c, "a", int(time.time())))
    return one


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "backup.key"
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


@pytest.fixture
def file(machine: Machine, key: Path, tmp_path: Path) -> Path:
    machine.run("backup", str(tmp_path / "backup"), "--key-file", str(key))
    return tmp_path / "backup"


def restore(machine: Machine, file: Path, key: Path, *options: str) -> str:
    machine.database.close()
    return machine.run("restore", str(file), "--key-file", str(key), *options)


def words(machine: Machine) -> "list[str]":
    database = Database(open_engine(f"sqlite:///{machine.environment['STREETWISE_DATA_DIR']}/streetwise.db"))
    found = database.read_now(
        lambda c: [turn["text"] for row in c.execute(conversations.select()) for turn in review_log.turns_of(c, row.id)]
    )
    database.close()
    return found


def test_a_backup_contains_no_readable_words(file: Path) -> None:
    assert WORDS.encode() not in file.read_bytes()


def test_only_the_owner_may_read_a_backup(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_leaves_no_other_file(file: Path, tmp_path: Path) -> None:
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_a_backup_does_not_overwrite_a_file(machine: Machine, file: Path, key: Path) -> None:
    assert "exists already" in machine.refusal("backup", str(file), "--key-file", str(key))


def test_a_backup_is_recorded_in_the_audit_log(machine: Machine, file: Path) -> None:
    assert [row.action for row in machine.rows(audit)] == ["backup"]


def test_a_backup_can_be_checked_without_restoring_it(machine: Machine, file: Path, key: Path) -> None:
    said = machine.run("restore", str(file), "--key-file", str(key), "--check")
    assert "The backup is whole: 1 conversations, 0 accounts" in said


def test_a_lost_database_is_restored(machine: Machine, file: Path, key: Path, tmp_path: Path) -> None:
    machine.database.close()
    for left in tmp_path.glob("streetwise.db*"):
        left.unlink()
    restore(machine, file, key)
    assert words(machine) == [WORDS]


def test_a_damaged_database_is_replaced_only_on_request(
    machine: Machine, file: Path, key: Path, tmp_path: Path
) -> None:
    machine.database.close()
    (tmp_path / "streetwise.db").write_bytes(b"damaged")
    with pytest.raises(CommandError, match=r"not an SQLite database.*--replace"):
        restore(machine, file, key)
    restore(machine, file, key, "--replace")
    assert words(machine) == [WORDS]


def test_a_database_that_is_not_empty_is_replaced_only_on_request(machine: Machine, file: Path, key: Path) -> None:
    machine.database.write_now(lambda c: keep(c, "b", int(time.time()) + 60))
    with pytest.raises(CommandError, match=r"is not empty.*newer than the backup.*--replace"):
        restore(machine, file, key)


def test_a_database_in_use_is_never_replaced(machine: Machine, file: Path, key: Path) -> None:
    assert "in use" in machine.refusal("restore", str(file), "--key-file", str(key), "--replace")


def test_a_conversation_erased_after_the_backup_stays_erased(machine: Machine, file: Path, key: Path) -> None:
    machine.run("erase", "1")
    restore(machine, file, key, "--replace")
    assert words(machine) == []


def test_conversations_past_their_retention_period_are_deleted_after_restoring(
    machine: Machine, key: Path, tmp_path: Path
) -> None:
    long_ago = int(time.time()) - 40 * 24 * 60 * 60
    machine.database.write_now(
        lambda c: c.execute(conversations.update().values(started_at=long_ago, last_at=long_ago))
    )
    machine.run("backup", str(tmp_path / "old"), "--key-file", str(key))
    restore(machine, tmp_path / "old", key, "--replace")
    assert words(machine) == []


def test_another_key_is_refused(machine: Machine, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(os.urandom(32))
    other.chmod(0o600)
    said = machine.refusal("restore", str(file), "--key-file", str(other), "--check")
    assert "the passphrase or key is wrong" in said


def test_a_passphrase_is_asked_for_twice_and_opens_the_backup(machine: Machine, tmp_path: Path) -> None:
    machine.run("backup", str(tmp_path / "typed"), typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert "is whole" in machine.run("restore", str(tmp_path / "typed"), "--check", typed=f"{PASSPHRASE}\n")


def test_a_short_passphrase_is_refused(machine: Machine, tmp_path: Path) -> None:
    assert "at least 15" in machine.refusal("backup", str(tmp_path / "typed"), typed="short\nshort\n")


@pytest.mark.parametrize(("mode", "size", "reason"), [(0o644, 32, "chmod 600"), (0o600, 31, "at least 32")])
def test_a_key_file_that_is_too_short_or_readable_by_others_is_refused(
    machine: Machine, tmp_path: Path, mode: int, size: int, reason: str
) -> None:
    key = tmp_path / "weak.key"
    key.write_bytes(bytes(size))
    key.chmod(mode)
    assert reason in machine.refusal("backup", str(tmp_path / "backup"), "--key-file", str(key))


def test_the_audit_log_is_intact_after_a_restore(machine: Machine, file: Path, key: Path) -> None:
    machine.run("pause")
    restore(machine, file, key, "--replace")
    assert "fits" in machine.run("audit", "verify")
