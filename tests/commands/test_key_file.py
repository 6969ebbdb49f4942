"""`streetwise keys`: showing, rotating and replacing the key file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Machine
from console_client import Console

from bot.store.keys import NAME
from bot.store.schema import audit, turns


@pytest.fixture
def console(tmp_path: Path, machine: Machine) -> Iterator[Console]:
    """A console's store with one conversation, without a server. `machine` runs its commands on it."""
    one = Console(tmp_path)
    machine.environment = {"STREETWISE_DATABASE_URL": one.url}
    one.keep("a")
    yield one
    one.close_store()


def test_status_shows_where_the_key_file_is_and_whether_it_matches_the_database(
    console: Console, machine: Machine, tmp_path: Path
) -> None:
    shown = machine.run("keys", "status")
    assert str(tmp_path / NAME) in shown
    assert "Unreadable     0 conversations" in shown


def test_rotation_gives_everything_a_new_key_and_keeps_it_readable(console: Console, machine: Machine) -> None:
    before = console.rows(turns)
    assert "Conversations with a new key: 1." in machine.run("keys", "rotate")
    assert console.rows(turns) == before
    assert "Every row fits" in machine.run("audit", "verify")
    assert console.rows(audit)[-1].action == "rotate_keys"


def test_a_lost_key_file_is_explained_and_replaced(console: Console, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / NAME).unlink()
    assert "streetwise keys start-again" in machine.refusal("keys", "status")
    assert "Conversations that were deleted: 1." in machine.run("keys", "start-again", "--yes")
    assert "Unreadable     0 conversations" in machine.run("keys", "status")


def test_a_key_file_that_matches_the_database_is_not_replaced(console: Console, machine: Machine) -> None:
    assert "nothing is lost" in machine.refusal("keys", "start-again", "--yes")
