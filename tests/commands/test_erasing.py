"""`streetwise erase`, by the number in the console or by id."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Machine
from console_client import Console

from bot.store.schema import conversations, reviews

#: A number too large for a database column.
TOO_GREAT = "9" * 20


@pytest.fixture
def console(tmp_path: Path, machine: Machine) -> Iterator[Console]:
    """A console's store, without a server. `machine` runs its commands on it."""
    kept = Console(tmp_path)
    machine.environment = {"STREETWISE_DATABASE_URL": kept.url}
    yield kept
    kept.close_store()


def test_a_conversation_is_erased_by_the_number_that_the_console_shows(console: Console, machine: Machine) -> None:
    number = console.keep("a")
    assert machine.run("erase", str(number)) == "The conversation is erased.\n"
    assert console.rows(reviews) == []
    assert console.audited() == [("", "erase", str(number))]


def test_a_conversation_is_erased_by_its_id(console: Console, machine: Machine) -> None:
    console.keep("a")
    assert machine.run("erase", console.rows(conversations)[0].id) == "The conversation is erased.\n"
    assert console.rows(reviews) == []
    assert console.audited() == [("", "erase", "1")]


@pytest.mark.parametrize("conversation", ["12", TOO_GREAT, "nonsense"])
def test_an_unknown_conversation_is_refused(console: Console, machine: Machine, conversation: str) -> None:
    console.keep("a")
    assert f"There is no conversation '{conversation}'" in machine.refusal("erase", conversation)
    assert len(console.rows(reviews)) == 1
