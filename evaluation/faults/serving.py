"""Faults while the program is serving: it must not lose acknowledged messages, and must report when it is not ready."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional
from urllib.parse import urlsplit

import httpx

from bot.store.retention import DAY
from evaluation.faults.damage import Fault, Outcome, scramble
from evaluation.faults.load import Load, lost
from evaluation.faults.machines import postgres_server, redis_server, small_disk
from evaluation.server import Server

#: Number of times a server is killed, and number of messages acknowledged before each kill.
KILLS, BEFORE_A_KILL = 20, 25
_HALF = b"POST /chat/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"


@contextmanager
def _serving(data_dir: Path, at: Optional[datetime] = None, **settings: str) -> Iterator[Server]:
    server = Server(data_dir, "WARNING", at, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@contextmanager
def _served() -> Iterator["tuple[Server, Path]"]:
    """Run a server with a new database. Yield the server and the database's path."""
    with tempfile.TemporaryDirectory() as directory, _serving(Path(directory) / "data") as server:
        yield server, Path(directory) / "data" / "streetwise.db"


def _ready(server: Server) -> int:
    return httpx.get(f"{server.chat}health/ready", timeout=30).status_code


def _becomes(server: Server, status: int, seconds: float) -> float:
    """Return the seconds until the readiness check answers with `status`, or infinity."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if _ready(server) == status:
            return time.monotonic() - began
        time.sleep(0.05)
    return float("inf")


def _timed(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def locked() -> Outcome:
    """Lock the database from another process."""
    with _served() as (server, path), Load(server.chat, people=1) as load:
        load.wait_for(3)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN EXCLUSIVE")
            after = _becomes(server, 503, 10)
            page = _timed(lambda: httpx.get(f"{server.chat}chat/", timeout=30))
            other.execute("ROLLBACK")
        again = _becomes(server, 200, 20)
    seen = f"503 after {after:.1f} s, the page meanwhile in {page:.1f} s, ready again after {again:.1f} s"
    return Outcome(after < 2 and page < 2 and again < 20, seen)


def full_disk() -> Outcome:
    """Fill the database's disk."""
    with small_disk(12) as folder, _serving(folder / "data") as server:
        url, filler = f"sqlite:///{folder}/data/streetwise.db", folder / "filler"
        with Load(server.chat, people=1) as load:
            load.wait_for(5)
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(4096))
            after = _becomes(server, 503, 10)
            left = httpx.post(f"{server.chat}chat/exit", data={"token": "a"}, timeout=30).status_code
            filler.unlink()
            again = _becomes(server, 200, 20)
        missing = lost(url, load.acknowledged)
    seen = (
        f"503 after {after:.1f} s, leaving {left}, ready again after {again:.1f} s, "
        f"{load.count} acknowledged, {missing} lost, answers {dict(load.statuses)}"
    )
    return Outcome(after < 2 and left == 303 and again < 20 and missing == 0, seen)


def scrambled_while_serving() -> Outcome:
    """Scramble the database's pages while the server has it open."""
    with _served() as (server, path), Load(server.chat, people=1) as load:
        load.wait_for(3)
        scramble(path, 0, path.stat().st_size)
        after = _becomes(server, 503, 30)
    return Outcome(after < 30, f"503 after {after:.1f} s, answers {dict(load.statuses)}")


def clock_that_jumped() -> Outcome:
    """Start the server with a clock that is 40 days ahead."""
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / "data"
        url = f"sqlite:///{data_dir}/streetwise.db"
        with _serving(data_dir) as server, Load(server.chat, people=1) as load:
            load.wait_for(3)
            _wait_for_option(data_dir / "streetwise.db", "purged_at")
        with _serving(data_dir, datetime.now() + timedelta(seconds=40 * DAY)) as server:
            held = _wait_for_log(server, "purge --confirm")
        missing = lost(url, load.acknowledged)
    return Outcome(held and missing == 0, f"asked: {held}; {load.count} acknowledged, {missing} lost")


def _wait_for_option(path: Path, name: str) -> None:
    for _ in range(300):
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            if connection.execute("SELECT 1 FROM console_option WHERE name = ?", (name,)).fetchone():
                return
        time.sleep(0.1)


def _wait_for_log(server: Server, words: str) -> bool:
    for _ in range(300):
        if words in server.log.read_text():
            return True
        time.sleep(0.1)
    return False


def half_a_request() -> Outcome:
    """Send SIGTERM when only half a request has arrived."""
    with _served() as (server, _):
        where = urlsplit(server.chat)
        with socket.create_connection((str(where.hostname), int(where.port or 80))) as one:
            one.sendall(_HALF)
            time.sleep(0.5)
            took = _timed(server.stop)
    return Outcome(took <= 3 and server.process.returncode == 0, f"ended after {took:.1f} s")


def terminated_in_load() -> Outcome:
    """Send SIGTERM while messages are being answered."""
    with _served() as (server, path):
        with Load(server.chat) as load:
            load.wait_for(BEFORE_A_KILL)
            took = _timed(server.stop)
        missing = lost(f"sqlite:///{path}", load.acknowledged)
    seen = f"ended after {took:.1f} s; {load.count} acknowledged, {missing} lost, answers {dict(load.statuses)}"
    return Outcome(missing == 0 and set(load.statuses) <= {200} and took <= 3, seen)


def killed(url: str, data_dir: Path, kills: int, **settings: str) -> Outcome:
    """Kill the server repeatedly with SIGKILL, under load."""
    acknowledged: Dict[str, List[str]] = {}
    for _ in range(kills):
        server = Server(data_dir, "WARNING", None, **settings)
        with Load(server.chat) as load:
            load.wait_for(BEFORE_A_KILL)
            server.stop(signal.SIGKILL)
        acknowledged.update(load.acknowledged)
    missing, count = lost(url, acknowledged, data_dir), sum(map(len, acknowledged.values()))
    return Outcome(missing == 0 and count >= kills, f"{kills} kills: {count} acknowledged, {missing} lost")


def _killed_on_sqlite(kills: int) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        return killed(f"sqlite:///{directory}/data/streetwise.db", Path(directory) / "data", kills)


def _killed_on_postgres(kills: int) -> Outcome:
    with tempfile.TemporaryDirectory() as directory, postgres_server() as (_, url), redis_server() as redis:
        settings = {"STREETWISE_DATABASE_URL": url, "STREETWISE_REDIS_URL": f"redis://127.0.0.1:{redis.port}"}
        return killed(url, Path(directory) / "data", kills, **settings)


def databases_killed() -> Outcome:
    """Kill and restart PostgreSQL, then Redis, while the server is running."""
    with tempfile.TemporaryDirectory() as directory, postgres_server() as (postgres, url), redis_server() as redis:
        settings = {"STREETWISE_DATABASE_URL": url, "STREETWISE_REDIS_URL": f"redis://127.0.0.1:{redis.port}"}
        seen, passed = [], True
        with _serving(Path(directory) / "data", None, **settings) as server, Load(server.chat, people=1) as load:
            load.wait_for(5)
            for name, service in (("PostgreSQL", postgres), ("Redis", redis)):
                service.stop(signal.SIGQUIT if name == "PostgreSQL" else signal.SIGKILL)
                after = _becomes(server, 503, 10)
                service.start()
                again = _becomes(server, 200, 60)
                seen.append(f"without {name} 503 after {after:.1f} s, with it ready after {again:.1f} s")
                passed = passed and after < 3 and again < 60
        missing = lost(url, load.acknowledged, Path(directory) / "data")
    return Outcome(passed and missing == 0, "; ".join([*seen, f"{load.count} acknowledged, {missing} lost"]))


def few_files() -> Outcome:
    """Open eighty connections to a server that is limited to 64 open files."""
    with _served() as (server, _):
        subprocess.run(["prlimit", f"--pid={server.process.pid}", "--nofile=64:64"], check=True)
        where = urlsplit(server.chat)
        opened = []
        for _ in range(80):
            with suppress(OSError):
                opened.append(socket.create_connection((str(where.hostname), int(where.port or 80)), timeout=5))
        for one in opened:
            one.close()
        again = _becomes(server, 200, 30)
    return Outcome(again < 30, f"{len(opened)} connections; ready again after {again:.1f} s")


def restored_after_a_loss() -> Outcome:
    """Make a backup under load, lose the database, and restore the backup."""
    with tempfile.TemporaryDirectory() as directory:
        data_dir, copy, key = (Path(directory) / name for name in ("data", "copy", "key"))
        key.write_bytes(os.urandom(32))
        key.chmod(0o600)
        environment = {**os.environ, "STREETWISE_DATA_DIR": str(data_dir)}
        command, options = [sys.executable, "-m", "bot.cli"], ["--key-file", str(key)]
        with _serving(data_dir) as server, Load(server.chat) as load:
            load.wait_for(BEFORE_A_KILL)
            before = {name: list(texts) for name, texts in load.acknowledged.items()}
            subprocess.run([*command, "backup", str(copy), *options], env=environment, check=True, capture_output=True)
        for left in data_dir.glob("streetwise.db*"):
            left.unlink()
        subprocess.run([*command, "restore", str(copy), *options], env=environment, check=True, capture_output=True)
        missing = lost(f"sqlite:///{data_dir}/streetwise.db", before)
        readable = any(text.encode() in copy.read_bytes() for texts in before.values() for text in texts)
    acknowledged = sum(map(len, before.values()))
    seen = f"{acknowledged} acknowledged before the backup, {missing} lost, readable in the file: {readable}"
    return Outcome(missing == 0 and not readable, seen)


def faults(kills: int) -> Iterator[Fault]:
    """Yield the faults, in the order of the report."""
    yield Fault("the database locked by another process", "SQLite", locked)
    yield Fault("disk full", "SQLite", full_disk)
    yield Fault("the database scrambled while serving", "SQLite", scrambled_while_serving)
    yield Fault("started with a clock 40 days ahead", "SQLite", clock_that_jumped)
    yield Fault("SIGTERM with half a request open", "SQLite", half_a_request)
    yield Fault("SIGTERM in load", "SQLite", terminated_in_load)
    yield Fault("64 files, 80 connections", "SQLite", few_files)
    yield Fault("lost, and restored from a backup made in load", "SQLite", restored_after_a_loss)
    yield Fault("PostgreSQL and Redis killed while serving", "PostgreSQL + Redis", databases_killed)
    yield Fault(f"kill -9, {kills} times in load", "SQLite", lambda: _killed_on_sqlite(kills))
    yield Fault(f"kill -9, {kills} times in load", "PostgreSQL + Redis", lambda: _killed_on_postgres(kills))
