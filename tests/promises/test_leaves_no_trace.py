"""Searches every byte that a server leaves behind for values planted in the requests to it.

The server logs as much as possible. Its store fails, an action fails, and it is killed while handling a message.
"""

import signal
import sqlite3
import threading
from pathlib import Path
from typing import Dict, NamedTuple

import httpx
import pytest
from chat_client import Person, Server, StartServer
from stored_words import everything

from bot.settings import load_settings

#: Identifiers that people type, by kind.
TYPED = {
    "email": "zephyrine.quill@example.org",
    "phone": "07700 900987",
    "postcode": "CM9 9ZZ",
    "handle": "@quizzical_otter77",
    "link": "https://quillsite.example/abc",
    "name": "Zephyrine Quillfeather",
    "school": "Quillfeather High School",
    "card": "4000 0012 3456 7899",
    "bank": "04-00-75 12345679",
    "nino": "QQ 98 76 54 C",
    "dob": "14/03/2009",
}
#: Identifiers that arrive outside the text. None may be kept or sent anywhere.
SENT = {
    way: f"planted-{way}-7f3a"
    for way in (
        "metadata sender choice unreadable field path query method token agent referer cookie header origin content"
    ).split()
}
ADDRESS = "203.0.113.77"
#: An action that quotes the writer's words in its errors, as a careless one might. Sometimes it does so outside the
#: code that catches errors.
SABOTAGE = """
import bot.cli
from actions.answer import ActionAnswer
run = ActionAnswer.run
def fail(self, dispatcher, tracker):
    raise RuntimeError(str(tracker.latest_message))
async def fail_outright(self, dispatcher, tracker, domain):
    if "comparison" in tracker.latest_message["text"]:
        raise RuntimeError(str(tracker.latest_message))
    return await run(self, dispatcher, tracker, domain)
ActionAnswer.act = fail
ActionAnswer.run = fail_outright
bot.cli.main()
"""


class Leavings(NamedTuple):
    """Everything that was written, by place, and the conversations' tokens."""

    places: Dict[str, bytes]
    tokens: "list[str]"

    def with_any(self, planted: "list[str]") -> "list[tuple[str, str]]":
        return [(item, place) for place, found in self.places.items() for item in planted if item.encode() in found]


@pytest.fixture(scope="module")
def leavings(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Leavings:
    folder = tmp_path_factory.mktemp("traces")
    temporary = folder / "tmp"
    temporary.mkdir()
    replies: "list[bytes]" = []
    tokens: "list[str]" = []

    def serve(**how: object) -> Server:
        return start_server(folder / "data", "DEBUG", TMPDIR=str(temporary), STREETWISE_PROXIES="1", **how)

    running = serve()
    says_everything(running, replies, tokens)
    sends_everything(running, replies)
    with failing_store(running):
        says_everything(running, replies, tokens)
    dies_in_the_middle(running, tokens)
    first_log = running.log.read_bytes()
    running = serve(program=["-c", SABOTAGE])
    says_everything(running, replies, tokens)
    running.stop()
    files = [*folder.rglob("*"), *load_settings().model_dir.rglob("*")]
    places = {str(file): file.read_bytes() for file in files if file.is_file()}
    # Words are encrypted in the database, so searching its file would not find them.
    places["decrypted"] = everything(folder / "data")
    assert b"my friend is blackmailed" in places["decrypted"]
    return Leavings({**places, "first log": first_log, "replies": b"\n".join(replies)}, tokens)


def says_everything(server: Server, replies: "list[bytes]", tokens: "list[str]") -> None:
    """Type every identifier in a conversation, whatever the replies."""
    started = httpx.post(f"{server.chat}chat/conversations", headers={"X-Forwarded-For": ADDRESS}, timeout=60)
    if started.status_code != 201:
        replies.append(started.content)
        return
    tokens.append(started.json()["token"])
    headers = {"Authorization": f"Bearer {tokens[-1]}", "X-Forwarded-For": ADDRESS}
    for item in [*TYPED.values(), "show me a comparison", "what is grooming"]:
        said = {"text": f"my friend is blackmailed, {item} is in it"} if item in TYPED.values() else {"text": item}
        replies.append(httpx.post(f"{server.chat}chat/messages", json=said, headers=headers, timeout=60).content)


def sends_everything(server: Server, replies: "list[bytes]") -> None:
    """Send requests with planted values in every part other than the text."""
    person = Person(server)
    headers = {
        **person.headers,
        "User-Agent": SENT["agent"],
        "Referer": f"https://example.org/{SENT['referer']}",
        "Cookie": f"a={SENT['cookie']}",
        "X-Anything": SENT["header"],
        "Origin": f"https://{SENT['origin']}.example.org",
    }
    chat = f"{server.chat}chat"
    calls = [
        ("POST", "/messages", {"json": {"text": "hello", "metadata": {"a": SENT["metadata"]}}}),
        ("POST", "/messages", {"json": {"text": "hello", "sender": SENT["sender"]}}),
        ("POST", "/messages", {"json": {"choice": SENT["choice"]}}),
        ("POST", "/messages", {"content": b"{" + SENT["unreadable"].encode()}),
        ("POST", "/messages", {"json": {"text": "hello"}}),
        ("POST", "/messages", {"json": {"text": "hello"}, "headers": {"Authorization": f"Bearer {SENT['token']}"}}),
        ("POST", "/messages", {"content": b"{}", "headers": {"Content-Type": f"text/{SENT['content']}"}}),
        ("POST", "/", {"data": {"text": "what is grooming", "odd": SENT["field"], "choice": SENT["choice"]}}),
        ("GET", f"/{SENT['path']}", {}),
        ("GET", f"/?{SENT['query']}=1", {}),
        (SENT["method"].upper(), "/messages", {}),
    ]
    for method, path, how in calls:
        sent = {**headers, **how.pop("headers", {})}
        replies.append(httpx.request(method, f"{chat}{path}", headers=sent, timeout=60, **how).content)


class failing_store:  # noqa: N801 - reads as a statement
    """Makes every write to a server's review log fail until the block ends."""

    def __init__(self, server: Server) -> None:
        self.database = sqlite3.connect(server.data_dir / "streetwise.db", timeout=30, isolation_level=None)

    def __enter__(self) -> None:
        self.database.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON review_turn BEGIN SELECT RAISE(ABORT, 'disk failed'); END"
        )

    def __exit__(self, *_: object) -> None:
        self.database.execute("DROP TRIGGER broken")
        self.database.close()


def dies_in_the_middle(server: Server, tokens: "list[str]") -> None:
    person = Person(server)
    tokens.append(person.token)
    person.says(f"my friend {TYPED['name']} is blackmailed")

    def speak() -> None:
        try:
            person.says(f"write to {TYPED['email']} or {TYPED['phone']}")
        except (httpx.HTTPError, AssertionError):
            return

    speaking = threading.Thread(target=speak)
    speaking.start()
    server.stop(signal.SIGKILL)
    speaking.join()


def test_the_search_finds_words_that_are_stored(leavings: Leavings) -> None:
    found = {Path(place).name for _, place in leavings.with_any(["is blackmailed"])}
    assert {"decrypted", "first log"} <= found


def test_no_typed_identifier_is_left_anywhere(leavings: Leavings) -> None:
    # Also search for parts that are too long to occur in a model's numbers by chance.
    parts = [part for item in TYPED.values() for part in item.replace("@", " ").split() if len(part) > 7]
    assert leavings.with_any([*TYPED.values(), *parts]) == []


def test_no_metadata_is_left_anywhere(leavings: Leavings) -> None:
    assert leavings.with_any([form for item in SENT.values() for form in (item, item.upper())]) == []


def test_no_address_is_left_anywhere(leavings: Leavings) -> None:
    assert leavings.with_any([ADDRESS]) == []


def test_no_token_is_left_anywhere(leavings: Leavings) -> None:
    without_replies = Leavings({p: found for p, found in leavings.places.items() if p != "replies"}, leavings.tokens)
    assert without_replies.with_any(leavings.tokens) == []


def test_a_failing_action_still_leads_to_the_helplines(leavings: Leavings) -> None:
    assert b"0800 1111" in leavings.places["replies"]
