"""The design's first promises, checked on the whole assistant while it runs."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from chat_client import Person, Server, services
from stored_words import everything, texts

from bot.settings import ROOT

#: 127.0.0.1 and its IPv6 forms as /proc/net writes them.
LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}

IDENTIFIERS = {
    "zephyrine.quill@example.org": "email",
    "07700 900987": "phone",
    "CM9 9ZZ": "postcode",
    "@quizzical_otter77": "handle",
    "https://quillsite.example/abc": "link",
    "Zephyrine Quillfeather": "name",
}


@pytest.fixture(scope="module")
def loud_server(start_server, tmp_path_factory):
    """A server that logs as much as possible."""
    running = start_server(tmp_path_factory.mktemp("loud") / "data", log_level="DEBUG")
    yield running
    if running.process.poll() is None:
        running.stop()


def test_identifiers_reach_no_store_log_or_reply(loud_server: Server) -> None:
    person = Person(loud_server)
    replies = [person.says(f"my friend {identifier} is being blackmailed on snap") for identifier in IDENTIFIERS]
    log = loud_server.log.read_bytes()
    assert b"blackmailed" in log  # the log is where we think it is
    kept = b"".join(file.read_bytes() for file in loud_server.data_dir.rglob("*") if file.is_file())
    kept += log + repr(replies).encode()
    assert [identifier for identifier in IDENTIFIERS if identifier.encode() in kept] == []


def test_the_token_is_in_no_store_and_no_log(loud_server: Server) -> None:
    person = Person(loud_server)
    person.says("hello")
    kept = b"".join(file.read_bytes() for file in loud_server.data_dir.rglob("*") if file.is_file())
    assert person.token.encode() not in kept + loud_server.log.read_bytes()


def test_no_request_is_logged(loud_server: Server) -> None:
    Person(loud_server).says("hello")
    log = loud_server.log.read_text().replace(loud_server.chat, "").replace(loud_server.console, "")
    assert ("127.0.0.1" in log, "POST" in log) == (False, False)


@pytest.mark.parametrize(
    "text",
    ["i wanna kms", "i dont want to be here anymore", "hes outside my house right now", "im cutting myself agian"],
)
def test_danger_is_answered_with_999_before_any_other_word(person: Person, text: str) -> None:
    first = person.says(text)[0]
    assert "999" in first["text"]


def test_danger_is_answered_first_in_the_middle_of_a_conversation(person: Person) -> None:
    person.says("how do i talk to my son about strangers online")
    messages = person.says("he just said he wants to kill himslef i cant find him")
    assert "999" in messages[0]["text"]
    assert services(messages)[0] == "police_999"


def test_somebody_who_wants_to_stay_anonymous_is_never_sent_to_ceop(person: Person) -> None:
    offered = services(person.says("i want to report it but not give my name"))
    assert "crimestoppers" in offered
    assert "ceop" not in offered


def test_an_answered_message_survives_a_killed_process(start_server, tmp_path) -> None:
    running = start_server(tmp_path / "data")
    person = Person(running)
    for number in range(5):
        person.says(f"is grooming number {number} a crime")
    running.stop(signal.SIGKILL)
    assert texts(running.data_dir) == [f"is grooming number {number} a crime" for number in range(5)]


def test_erasing_leaves_no_word_in_the_database(server: Server, person: Person) -> None:
    person.says("an unforgettable marmalade sentence about grooming")
    person.http.delete("conversations", headers=person.headers)
    kept = b"".join(file.read_bytes() for file in server.data_dir.rglob("*") if file.is_file())
    assert b"marmalade" not in kept + everything(server.data_dir)


def test_a_message_in_transit_cannot_restore_an_erased_conversation(server: Server) -> None:
    people = [Person(server) for _ in range(8)]
    text = "an unforgettable loganberry sentence about grooming"
    with ThreadPoolExecutor(len(people)) as pool:
        on_the_way = [pool.submit(person.post, {"text": text}) for person in people]
        for person in people:
            assert person.http.delete("conversations", headers=person.headers).status_code == 204
        answered = {sent.result().status_code for sent in on_the_way}
    assert answered <= {200, 404}
    kept = b"".join(file.read_bytes() for file in server.data_dir.rglob("*") if file.is_file())
    assert b"loganberry" not in kept + everything(server.data_dir)


@pytest.mark.parametrize(
    ("name", "value"),
    [("STREETWISE_ENCODER", "README.md"), ("STREETWISE_DATABASE_URL", "sqlite:////nowhere/at/all.db")],
)
def test_it_refuses_to_serve_with_a_broken_part(start_server, tmp_path, name: str, value: str) -> None:
    environment = {**os.environ, name: value, "STREETWISE_CHAT_PORT": "0", "STREETWISE_CONSOLE_PORT": "0"}
    broken = value
    if name == "STREETWISE_DATABASE_URL":
        broken = str(tmp_path / "file")
        Path(broken).write_text("")
        environment[name] = f"sqlite:///{broken}/all.db"
    run = subprocess.run(
        [sys.executable, "-m", "bot.cli", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode != 0
    assert broken in run.stderr
    assert "Chat" not in run.stdout


def test_it_makes_no_network_connections(server: Server, person: Person) -> None:
    person.says("what is grooming")
    links = [entry.readlink().name for entry in Path(f"/proc/{server.process.pid}/fd").iterdir()]
    inodes = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6", "udp", "udp6")]
    lines = [line.split() for table in tables for line in table]
    addresses = {line[1].split(":")[0] for line in lines if line[9] in inodes}
    assert addresses  # it is listening
    assert addresses <= LOOPBACK


def test_telemetry_is_off() -> None:
    from rasa import telemetry

    import bot  # noqa: F401 - sets the variable

    assert not telemetry.is_telemetry_enabled()
