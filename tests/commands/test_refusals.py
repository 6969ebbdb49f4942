"""A command that cannot use a port, file or server names it and says what to do, in one sentence."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Machine
from ports import free_port

from bot.store.tombstones import NAME


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program is listening on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("setting", ["STREETWISE_CHAT_PORT", "STREETWISE_CONSOLE_PORT", "STREETWISE_METRICS_PORT"])
def test_a_port_in_use_is_named_before_anything_is_loaded(machine: Machine, taken: int, setting: str) -> None:
    machine.environment.update({"STREETWISE_CHAT_PORT": "0", "STREETWISE_CONSOLE_PORT": "0", setting: str(taken)})
    said = machine.refusal("serve")
    assert [part for part in (f"Port {taken}", setting) if part not in said] == []


def test_a_data_directory_that_cannot_be_created_is_named(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    machine.environment["STREETWISE_DATA_DIR"] = str(tmp_path / "file" / "data")
    said = machine.refusal("staff", "list")
    assert [part for part in (str(tmp_path / "file"), "STREETWISE_DATA_DIR") if part not in said] == []


def test_a_damaged_database_is_named_with_what_to_do(machine: Machine, tmp_path: Path) -> None:
    machine.database.close()
    (tmp_path / NAME).touch()
    (tmp_path / "streetwise.db").write_bytes(b"")
    said = machine.refusal("staff", "list")
    assert [part for part in (f"{tmp_path}/streetwise.db is empty", "streetwise restore") if part not in said] == []


def test_a_damaged_database_page_is_found_before_anything_is_loaded(machine: Machine, tmp_path: Path) -> None:
    machine.environment.update({"STREETWISE_CHAT_PORT": "0", "STREETWISE_CONSOLE_PORT": "0"})
    machine.database.close()
    with (tmp_path / "streetwise.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"noise" * 800)
    assert "is damaged" in machine.refusal("serve")


def test_an_unreachable_redis_is_named_before_anything_is_loaded(machine: Machine) -> None:
    port = free_port()
    own = {"STREETWISE_CHAT_PORT": "0", "STREETWISE_CONSOLE_PORT": "0"}
    machine.environment.update({**own, "STREETWISE_REDIS_URL": f"redis://127.0.0.1:{port}"})
    assert f"127.0.0.1:{port} cannot be used" in machine.refusal("serve")


def test_an_unreachable_database_server_is_named_without_its_password(machine: Machine) -> None:
    port = free_port()
    machine.environment["STREETWISE_DATABASE_URL"] = f"postgresql://me:secret@127.0.0.1:{port}/talks"
    said = machine.refusal("staff", "list")
    assert f"'talks' on 127.0.0.1:{port}" in said
    assert "secret" not in said


def test_a_later_version_of_the_database_is_explained(machine: Machine) -> None:
    machine.database.write_now(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    assert "later version of this program" in machine.refusal("staff", "list")
