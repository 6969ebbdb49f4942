"""A message that is resent because its answer never arrived is answered only once."""

import json
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from chat_client import Person, Server, StartServer
from stored_words import texts

FIRST = {"text": "he says hell send my nudes to everyone, im 13", "id": "first"}


def kept(server: Server, text: str) -> int:
    """Return the number of messages in the review log with this text."""
    return texts(server.data_dir).count(text)


def send_and_hang_up(person: Person, server: Server, body: "dict[str, str]", wait: bool) -> None:
    """Send a message and close the connection, either at once or when the answer starts to arrive."""
    content = json.dumps(body).encode()
    head = [
        "POST /chat/messages HTTP/1.1", "Host: a", f"Authorization: Bearer {person.token}",
        f"Content-Length: {len(content)}", "", "",
    ]  # fmt: skip
    site = urlsplit(server.chat)
    with socket.create_connection((site.hostname or "", site.port or 0)) as connection:
        connection.sendall("\r\n".join(head).encode() + content)
        if wait:
            connection.recv(1)


def test_a_message_with_the_same_id_gets_the_same_answer(server: Server, person: Person) -> None:
    answers = [person.post(FIRST).json() for _ in range(3)]
    assert answers == [answers[0]] * 3


@pytest.mark.parametrize("wait", [False, True], ids=["before its answer", "in its answer"])
def test_a_message_is_stored_once_if_the_connection_is_lost(server: Server, person: Person, wait: bool) -> None:
    text = f"someone is blackmailing me {wait}"
    body = {"text": text, "id": "mine"}
    send_and_hang_up(person, server, body, wait)
    assert person.post(body).status_code == 200
    assert kept(server, text) == 1


def test_a_message_is_stored_once_if_it_is_sent_again_during_its_answer(server: Server, person: Person) -> None:
    text = "my mum will kill me if she sees the photo"
    for _ in range(3):
        send_and_hang_up(person, server, {"text": text, "id": "mine"}, wait=False)
    person.post({"text": text, "id": "mine"})
    assert kept(server, text) == 1


def test_a_press_sent_again_is_answered_once(person: Person) -> None:
    press = {"choice": person.welcome[-1]["choices"][0]["id"], "id": "pressed"}
    assert person.post(press).json() == person.post(press).json()


def test_a_repeated_answer_repeats_the_notice_that_something_was_left_out(person: Person) -> None:
    body = {"text": "my friend Jessica is being blackmailed", "id": "named"}
    first = person.post(body).json()
    assert (person.post(body).json(), "I left out" in str(first)) == (first, True)


def test_the_same_text_with_another_id_is_another_message(server: Server, person: Person) -> None:
    text = "he keeps asking for a photo of me"
    for name in ("one", "two"):
        person.post({"text": text, "id": name})
    assert kept(server, text) == 2


def test_an_id_from_another_conversation_is_ignored(server: Server, person: Person) -> None:
    person.post(FIRST)
    other = Person(server)
    other.post({"text": "what is grooming", "id": FIRST["id"]})
    assert other.post({"text": "x", "id": FIRST["id"]}).json()["topic"] == "grooming_signs"


def test_an_erased_conversation_does_not_repeat_an_answer(person: Person) -> None:
    person.post(FIRST)
    person.http.delete("conversations", headers=person.headers)
    assert person.post(FIRST).status_code == 404


def test_an_id_is_not_stored_in_plain_text(server: Server, person: Person) -> None:
    person.post({"text": "what is grooming", "id": "07700 900123"})
    files = [file for file in server.data_dir.iterdir() if file.is_file()]
    assert [file.name for file in files if b"07700 900123" in file.read_bytes()] == []


@pytest.mark.parametrize("name", ["", "a" * 65, 1, None, ["a"]], ids=["empty", "long", "number", "null", "list"])
def test_an_invalid_id_is_a_400_problem(person: Person, name: object) -> None:
    assert person.post({"text": "hello", "id": name}).status_code == 400


def test_an_answer_is_the_same_after_the_server_is_killed(start_server: StartServer, tmp_path: Path) -> None:
    running = start_server(tmp_path / "data")
    person = Person(running)
    before = person.post(FIRST).json()
    running.stop(signal.SIGKILL)
    running = start_server(tmp_path / "data")
    after = httpx.post(f"{running.chat}chat/messages", json=FIRST, headers=person.headers, timeout=60).json()
    said = kept(running, FIRST["text"])
    running.stop()
    assert (after, said) == (before, 1)


def form(page: httpx.Response, **fields: str) -> "dict[str, str]":
    """Return the hidden fields of a page's form together with other fields."""
    hidden = {
        name: page.text.split(f'name="{name}"')[1].split('value="')[1].split('"')[0] for name in ("token", "once")
    }
    return {**hidden, **fields}


def test_a_form_sent_again_is_answered_once(server: Server) -> None:
    address, text = f"{server.chat}chat/", "what does a groomer do first"
    page = httpx.post(address, data=form(httpx.get(address), text="hello"))
    sent = form(page, text=text)
    pages = [httpx.post(address, data=sent).text for _ in range(2)]
    assert (kept(server, text), [page.count(f'<p class="said">{text}') for page in pages]) == (1, [1, 1])


def test_another_text_sent_after_going_back_a_page_is_answered(server: Server) -> None:
    address = f"{server.chat}chat/"
    page = httpx.post(address, data=form(httpx.get(address), text="hello"))
    httpx.post(address, data=form(page, text="what is grooming"))
    assert "can i report it" in httpx.post(address, data=form(page, text="can i report it")).text


def test_a_form_whose_text_is_too_long_comes_back_with_all_of_it(server: Server) -> None:
    text = "he asks for pictures. " * 60
    page = httpx.post(f"{server.chat}chat/", data={"text": text})
    assert (page.status_code, text.strip() in page.text) == (413, True)


def test_a_line_break_in_a_form_counts_as_one_character(server: Server) -> None:
    assert httpx.post(f"{server.chat}chat/", data={"text": "a\r\n" * 500}).status_code == 200
