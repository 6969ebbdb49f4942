"""Runs the program's commands against a new database."""

import os
import pty
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, List, Optional

import pytest
from databases import new_database
from typer.testing import CliRunner

from bot.cli import app
from bot.commands import CommandError
from bot.console.passwords import new_secret
from bot.settings import ROOT
from bot.store import staff
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.schema import staff_sessions

PASSWORD = "violin under gravel"


class Machine:
    """A machine with its own database, for running commands on."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"STREETWISE_DATA_DIR": str(folder)}
        self.database = Database(open_engine(new_database(folder, "streetwise.db")))

    def run(self, *arguments: str, typed: str = "") -> str:
        """Run a command and return what it prints.

        Raises:
            CommandError: the command failed.
        """
        result = CliRunner().invoke(app, list(arguments), input=typed, env=self.environment)
        if isinstance(result.exception, CommandError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    def refusal(self, *arguments: str, typed: str = "") -> str:
        """Run a command that must fail, and return its error message on one line."""
        with pytest.raises(CommandError) as refused:
            self.run(*arguments, typed=typed)
        return " ".join(str(refused.value).split())

    def add(self, name: str, role: str) -> str:
        """Add an account as a script would, and return the secret for its second step, or an empty string."""
        secret = "" if role == "reviewer" else new_secret()
        given = ["--totp-secret", secret] if secret else []
        self.run("staff", "add", name, "--role", role, "--password-stdin", *given, typed=PASSWORD + "\n")
        return secret

    def account(self, name: str) -> Optional[Any]:
        return self.database.read_now(lambda c: staff.named(c, name))

    def rows(self, table: Any) -> List[Any]:
        return list(self.database.read_now(lambda c: c.execute(table.select()).all()))

    def begin_session(self, name: str) -> None:
        account = self.account(name)
        assert account is not None
        self.database.write_now(lambda c: staff.begin_session(c, account.id, 1))

    def has_session(self) -> bool:
        return any(row.revoked_at is None for row in self.rows(staff_sessions))


class Talk:
    """Reads from and types into a program that runs in a terminal."""

    def __init__(self, terminal: int) -> None:
        self._terminal, self._written = terminal, ""

    def read(self, pattern: str) -> str:
        """Wait until the output matches `pattern`, and return the first group, or the whole match if there are none."""
        while not (found := re.search(pattern, self._written)):
            try:
                self._written += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:
                raise AssertionError(f"it ended without {pattern!r}, after {self._written!r}") from None
        return found.group(found.re.groups and 1)

    def answer(self, question: str, line: str) -> None:
        """Wait for a question, then type a line."""
        self.read(re.escape(question))
        os.write(self._terminal, line.encode() + b"\n")


@contextmanager
def terminal(machine: Machine, *arguments: str) -> Iterator[Talk]:
    """Run the program in a new terminal, the only place where it asks for passwords."""
    child, own = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "bot.cli", *arguments], {**os.environ, **machine.environment})
    try:
        yield Talk(own)
    finally:
        os.close(own)
        os.waitpid(child, 0)


def program(machine: Machine, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the program in a separate process, as people do."""
    command = [sys.executable, "-m", "bot.cli", *arguments]
    environment = {**os.environ, **machine.environment}
    return subprocess.run(command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, check=False)
