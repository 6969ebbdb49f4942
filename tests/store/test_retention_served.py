"""A running server purges on its own, and the purge command may run at the same time."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat_client import Person, Server, StartServer

from bot.settings import ROOT
from bot.store.engine import open_engine
from bot.store.retention import DAY
from bot.store.schema import conversations, turns
from bot.store.state import EMPTY

OLD = "o" * 64


def seed(data_dir: Path, days_ago: int) -> None:
    """Add a conversation from `days_ago` days ago to a server's database."""
    then = int(time.time()) - days_ago * DAY
    conversation = {"id": OLD, "started_at": then, "last_at": then, "state": EMPTY, "choices": "{}"}
    turn = {"conversation_id": OLD, "number": 1, "at": then, "text": "an old gooseberry", "intent": "greet"}
    with open_engine(f"sqlite:///{data_dir}/streetwise.db").begin() as connection:
        connection.execute(conversations.insert(), conversation)
        connection.execute(turns.insert(), {**turn, "confidence": 1.0, "removed": "[]", "replies": "[]"})


def kept(data_dir: Path) -> "list[str]":
    with sqlite3.connect(data_dir / "streetwise.db") as database:
        return [row[0] for row in database.execute("SELECT text FROM review_turn WHERE text <> ''")]


def purge(data_dir: Path, *options: str) -> str:
    environment = {**os.environ, "STREETWISE_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "bot.cli", "purge", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def aged(start_server: StartServer, tmp_path: Path) -> Iterator[Server]:
    """A server started with an old conversation in its database."""
    seed(tmp_path / "data", days_ago=31)
    running = start_server(tmp_path / "data")
    yield running
    running.stop()


def test_a_server_deletes_expired_conversations_soon_after_it_starts(aged: Server) -> None:
    for _ in range(500):
        if not kept(aged.data_dir):
            break
        httpx.get(f"{aged.chat}health/ready")
    assert kept(aged.data_dir) == []


def test_a_dry_run_says_what_would_be_deleted_and_deletes_nothing(server: Server) -> None:
    said = purge(server.data_dir, "--dry-run")
    assert "would be deleted" in said


def test_the_command_may_run_during_conversations(server: Server) -> None:
    person = Person(server)
    person.says("what is grooming")
    purge(server.data_dir)
    assert person.says("how do i report it")
