"""Faults that must stop the program from starting, with a one-sentence error that says why and what to do."""

import random
import shutil
import socket
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Callable, Dict, Iterator, NamedTuple

from bot.settings import load_settings
from evaluation.faults.machines import free_port, start_in_vain

_PAGE = 4096
#: Used as a password. No error message may contain it.
_MARK = "zqmark"
_ACCOUNT = f"me:{_MARK}@"
#: Alembic cannot migrate in two threads at once.
_MIGRATING = Lock()


class Outcome(NamedTuple):
    """The result of a fault: whether the program withstood it, and a summary of what happened."""

    passed: bool
    seen: str


class Fault(NamedTuple):
    """A fault, the store that it applies to, and the function that injects it."""

    name: str
    on: str
    play: Callable[[], Outcome]


def scramble(path: Path, start: int, length: int) -> None:
    """Overwrite part of a file with random bytes."""
    with path.open("r+b") as file:
        file.seek(start)
        file.write(random.Random(1).randbytes(length))


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _scrambled_log(path: Path) -> None:
    scramble(path.with_name(path.name + "-wal"), 32 + 24 + 100, 2 * _PAGE)


def _later(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


#: For each kind of damage, the function that inflicts it on a database, and words that the error must contain.
DAMAGE: Dict[str, "tuple[Callable[[Path], object], str]"] = {
    "a page of the database scrambled": (lambda path: scramble(path, 3 * _PAGE, _PAGE), "is damaged"),
    "its write-ahead log scrambled": (_scrambled_log, "damaged write-ahead log"),
    "0 bytes, where a database was used": (lambda path: path.write_bytes(b""), "is empty"),
    "missing, where a database was used": (lambda path: path.unlink(), "is missing"),
    "half of the database": (_half, "is damaged"),
    "a text in place of the database": (lambda path: path.write_text("a letter\n" * 999), "is not an SQLite database"),
    "its header scrambled": (lambda path: scramble(path, 0, 100), "is not an SQLite database"),
    "a database of a later version": (_later, "later version"),
}


def used_database(folder: Path) -> Path:
    """Make a database in the state that a killed server leaves behind, with an unmerged write-ahead log."""
    from bot.store.engine import open_engine
    from bot.store.tombstones import NAME

    made = folder / "made.db"
    with _MIGRATING:
        engine = open_engine(f"sqlite:///{made}")
    with engine.connect() as connection:
        # Without this checkpoint, every page would be in the log and none in the database.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(5):
            connection.exec_driver_sql("INSERT INTO console_option VALUES (?, ?)", (f"option {number}", "a" * 5000))
        for end in ("", "-wal"):
            shutil.copy(folder / f"made.db{end}", folder / f"streetwise.db{end}")
    engine.dispose()
    for left in folder.glob("made.db*"):
        left.unlink()
    (folder / NAME).touch()
    return folder / "streetwise.db"


def _refuses_damage(name: str) -> Outcome:
    harm, words = DAMAGE[name]
    with tempfile.TemporaryDirectory() as directory:
        path = used_database(Path(directory))
        if name == "a database of a later version":
            # Merge the log first, because changing the database also merges it.
            sqlite3.connect(path).close()
        harm(path)
        before = path.read_bytes() if path.exists() else b""
        refused = start_in_vain(Path(directory))
        unchanged = (path.read_bytes() if path.exists() else b"") == before
        is_told = refused.is_one_sentence_with(words) and ("restore" in refused.said)
    return Outcome(is_told and unchanged, f"{refused.said.strip()[:300]} ({refused.seconds:.1f} s)")


def _refuses_setting(words: "tuple[str, ...]", data_dir: "Path | None" = None, **settings: str) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        refused = start_in_vain(data_dir or Path(directory) / "data", **settings)
    seen = f"{refused.said.strip()[:300]} ({refused.seconds:.1f} s)"
    return Outcome(refused.is_one_sentence_with(*words) and _MARK not in refused.said, seen)


def _taken_port(setting: str) -> Outcome:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        outcome = _refuses_setting((port, setting), **{setting: port})  # type: ignore[arg-type]
    return outcome._replace(passed=outcome.passed and "Loading" not in outcome.seen)


def _below_a_file() -> Outcome:
    with tempfile.NamedTemporaryFile() as file:
        return _refuses_setting((file.name,), data_dir=Path(file.name) / "data")


def _damaged_model(change: Callable[[bytes], bytes]) -> Outcome:
    from bot.rasa_runtime.training import model_path

    model = model_path(load_settings().model_dir)
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / model.name).write_bytes(change(model.read_bytes()))
        return _refuses_setting(("The model", "make train"), STREETWISE_MODEL_DIR=directory)


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(255 - byte for byte in content[middle : middle + 64]) + content[middle + 64 :]


def faults() -> Iterator[Fault]:
    """Yield the faults, in the order of the report."""
    for name in DAMAGE:
        yield Fault(name, "SQLite", lambda name=name: _refuses_damage(name))  # type: ignore[misc]
    yield Fault("the data directory cannot be made", "SQLite", _below_a_file)
    yield Fault("the chat's port taken", "any", lambda: _taken_port("STREETWISE_CHAT_PORT"))
    yield Fault("the console's port taken", "any", lambda: _taken_port("STREETWISE_CONSOLE_PORT"))
    yield Fault("the metrics' port taken", "any", lambda: _taken_port("STREETWISE_METRICS_PORT"))
    port = str(free_port())
    yield Fault(
        "Redis away at the start",
        "Redis",
        lambda: _refuses_setting(("Redis", port), STREETWISE_REDIS_URL=f"redis://{_ACCOUNT}127.0.0.1:{port}"),
    )
    yield Fault(
        "PostgreSQL away at the start",
        "PostgreSQL",
        lambda: _refuses_setting((port,), STREETWISE_DATABASE_URL=f"postgresql://{_ACCOUNT}127.0.0.1:{port}/talks"),
    )
    yield Fault(
        "redis://h:notaport",
        "Redis",
        lambda: _refuses_setting(("STREETWISE_REDIS_URL", "1 to 65535"), STREETWISE_REDIS_URL="redis://h:notaport"),
    )
    yield Fault("half of the model", "any", lambda: _damaged_model(lambda content: content[: len(content) // 2]))
    yield Fault("an empty model", "any", lambda: _damaged_model(lambda content: b""))
    yield Fault("bits of the model flipped", "any", lambda: _damaged_model(_flipped))
