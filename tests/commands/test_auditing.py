"""`streetwise audit`: whether the audit log is intact and, if not, where it was changed."""

import re

import pytest
from command_line import Machine, program
from tampering import tamper

from bot.store.schema import audit


def last_hash(said: str) -> str:
    found = re.search(r"Last hash  ([0-9a-f]{64})", said)
    assert found is not None
    return found.group(1)


def test_an_intact_log_is_reported_as_intact_with_its_last_hash(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    said = machine.run("audit", "verify")
    assert "Rows checked: 1." in said
    assert last_hash(said) == machine.rows(audit)[-1].hash


def test_a_hash_noted_earlier_is_found_in_the_log(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    noted = last_hash(machine.run("audit", "verify"))
    machine.run("staff", "disable", "rae")
    assert "The expected hash is that of row 1." in machine.run("audit", "verify", "--expect", noted)


@pytest.mark.slow
def test_a_changed_row_is_named_and_the_exit_code_is_1(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.run("staff", "disable", "rae")
    tamper(machine.database, "UPDATE audit SET action = 'nothing' WHERE number = 2")
    found = program(machine, "audit", "verify")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("Row 2 does not fit")


def test_a_truncated_log_is_detected(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.run("staff", "disable", "rae")
    tamper(machine.database, "DELETE FROM audit WHERE number = 2")
    assert "Row 2 does not fit" in machine.refusal("audit", "verify")


def test_an_unknown_hash_is_reported_as_missing(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    assert "cut short" in machine.refusal("audit", "verify", "--expect", "0" * 64)


@pytest.mark.parametrize("expected", ["abc", "G" * 64, "0" * 63])
def test_an_invalid_hash_is_refused(machine: Machine, expected: str) -> None:
    assert "64 digits and letters" in machine.refusal("audit", "verify", "--expect", expected)


def test_showing_the_newest_rows_is_itself_recorded(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.run("staff", "disable", "rae")
    lines = machine.run("audit", "show", "--last", "2").splitlines()
    assert [line.split()[4] for line in lines] == ["disable_account", "view_audit"]
