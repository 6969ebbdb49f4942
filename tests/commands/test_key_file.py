"""`streetwise keys`: the key file is shown, changed, and begun again after a loss."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Machine
from console_client import Console

from bot.store.keys import NAME
from bot.store.schema import audit, turns


@pytest.fixture
def console(tmp_path: Path, machine: Machine) -> Iterator[Console]:
    """The store of a console with a conversation, which the commands of `machine` work on; nothing is served."""
    one = Console(tmp_path)
    machine.environment = {"STREETWISE_DATABASE_URL": one.url}
    one.keep("a")
    yield one
    one.close_store()


def test_where_the_key_file_is_and_whether_it_fits_is_shown(console: Console, machine: Machine, tmp_path: Path) -> None:
    shown = machine.run("keys", "status")
    assert str(tmp_path / NAME) in shown
    assert "Unreadable     0 conversations" in shown


def test_everything_gets_a_new_key_and_can_still_be_read(console: Console, machine: Machine) -> None:
    before = console.rows(turns)
    assert "Conversations with a new key: 1." in machine.run("keys", "rotate")
    assert console.rows(turns) == before
    assert "Every row fits" in machine.run("audit", "verify")
    assert console.rows(audit)[-1].action == "rotate_keys"


def test_a_lost_key_file_is_explained_and_a_new_one_begun(console: Console, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / NAME).unlink()
    assert "streetwise keys start-again" in machine.refusal("keys", "status")
    assert "Conversations that were deleted: 1." in machine.run("keys", "start-again", "--yes")
    assert "Unreadable     0 conversations" in machine.run("keys", "status")


def test_a_key_file_that_fits_is_not_replaced(console: Console, machine: Machine) -> None:
    assert "nothing is lost" in machine.refusal("keys", "start-again", "--yes")
