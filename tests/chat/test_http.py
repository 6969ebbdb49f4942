"""The HTTP interface, tested against the whole running assistant."""

import html
import json

import httpx
import pytest
from chat_client import Person, Server, services

from bot.content.page import load_page_words
from bot.settings import load_settings

PROBLEM = "application/problem+json"


def is_problem(answer: httpx.Response, status: int) -> bool:
    body = answer.json()
    return (
        answer.status_code == status == body["status"]
        and answer.headers["content-type"] == PROBLEM
        and bool(body["title"])
        and bool(body["detail"])
    )


def test_a_conversation_begins_with_a_token_and_a_welcome(person: Person) -> None:
    assert len(person.token) >= 22  # 128 bits in base64
    assert "computer program" in person.welcome[0]["text"]


def test_two_conversations_have_different_tokens(server: Server) -> None:
    assert Person(server).token != Person(server).token


def test_a_text_is_answered_with_structured_messages(person: Person) -> None:
    kinds = {message["kind"] for message in person.says("what is grooming")}
    assert {"guidance", "service"} <= kinds


def test_guidance_carries_its_sources_and_the_day_it_was_checked(person: Person) -> None:
    guidance = next(m for m in person.says("what is grooming") if m["kind"] == "guidance")
    assert guidance["sources"][0]["url"].startswith("https://")
    assert guidance["checked_on"].startswith("20")


def test_a_service_card_has_every_field_of_the_contract(person: Person) -> None:
    card = next(m for m in person.says("what is grooming") if m["kind"] == "service")
    assert set(card) == {
        "kind", "id", "name", "does", "phone", "text", "url", "hours", "open_now", "anonymous", "note", "checked_on"
    }  # fmt: skip


def test_a_choice_of_the_last_reply_is_answered(person: Person) -> None:
    choice = person.welcome[-1]["choices"][0]
    assert person.presses(choice["id"])


def test_typing_the_label_of_a_choice_counts_as_pressing_it(server: Server) -> None:
    typing, pressing = Person(server), Person(server)
    choice = pressing.welcome[-1]["choices"][0]
    label = choice["label"].replace("'", "").lower()
    typed, pressed = typing.says(f"{label}!!"), pressing.presses(choice["id"])
    assert [message.get("text") for message in typed] == [message.get("text") for message in pressed]


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("im 15 and someone is threatening to share my nudes", "Not right now 💊🔪"),
        ("i want to kill myself im 15", "That is not what I meant."),
    ],
    ids=["more than the label", "a button that ends danger"],
)
def test_some_labels_must_be_pressed(server: Server, said: str, typed: str) -> None:
    typing, pressing = Person(server), Person(server)
    typing.says(said)
    choices = pressing.says(said)[-1]["choices"]
    pressed = pressing.presses(next(one["id"] for one in choices if typed.startswith(one["label"])))
    assert [message.get("text") for message in typing.says(typed)] != [message.get("text") for message in pressed]


def test_a_choice_is_sent_as_only_an_id_and_a_label(person: Person) -> None:
    assert all(set(choice) == {"id", "label"} for choice in person.welcome[-1]["choices"])


def test_a_choice_of_another_conversation_is_refused(server: Server, person: Person) -> None:
    stranger = Person(server)
    assert is_problem(person.post({"choice": stranger.welcome[-1]["choices"][0]["id"]}), 400)


def test_a_leading_slash_triggers_nothing(person: Person) -> None:
    messages = person.says('/disclose_suicidal{"age": 12}')
    assert messages
    assert "computer program" not in str(person.says("/restart"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b'{"text": 1}',
        b'{"text": null}',
        b'{"choice": ["a"]}',
        b'{"text": "a", "choice": "b"}',
        b'{"text": "a", "sender": "b"}',
        b'{"metadata": {}}',
        b'{"text": "   "}',
        b'{"text": "///"}',
        b'{"choice": "nosuch"}',
        b"\xff\xfe",
    ],
    ids=lambda body: body.decode("latin-1") or "nothing",
)
def test_a_body_that_cannot_be_read_or_answered_is_a_400_problem(person: Person, body: bytes) -> None:
    assert is_problem(person.http.post("messages", content=body, headers=person.headers), 400)


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nosuchtoken", "Basic abc"])
def test_without_a_valid_token_nothing_is_answered(person: Person, header: "str | None") -> None:
    headers = {"Authorization": header} if header else {}
    answer = person.http.post("messages", json={"text": "hello"}, headers=headers)
    assert is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_erased_conversation_is_not_found(person: Person) -> None:
    assert person.http.delete("conversations", headers=person.headers).status_code == 204
    assert is_problem(person.post({"text": "hello"}), 404)


def test_a_text_of_a_thousand_characters_is_answered_and_one_more_is_too_long(person: Person) -> None:
    assert person.post({"text": "ab " * 333 + "a"}).status_code == 200
    assert is_problem(person.post({"text": "a" * 1001}), 413)


def test_a_text_that_grows_eighteenfold_when_normalised_is_too_long(person: Person) -> None:
    assert is_problem(person.post({"text": "\ufdfa" * 1000}), 413)


def test_an_oversized_body_is_a_413_problem(person: Person) -> None:
    assert is_problem(person.post({"text": "a" * 20_000}), 413)


def test_a_client_that_sends_too_fast_is_told_when_to_retry(server: Server) -> None:
    hasty = Person(server)
    answers = [hasty.post({"choice": "x"}) for _ in range(45)]
    last = answers[-1]
    assert is_problem(last, 429)
    assert int(last.headers["retry-after"]) > 0


def test_an_unknown_address_and_a_wrong_method_are_problems(person: Person) -> None:
    assert is_problem(person.http.get("nowhere"), 404)
    assert is_problem(person.http.put("messages"), 405)


@pytest.mark.parametrize("path", ["/chat/", "/chat/embed.js", "/chat/nowhere", "/chat/exit", "/health/live"])
def test_every_answer_carries_the_strict_headers(server: Server, path: str) -> None:
    headers = httpx.get(server.chat.rstrip("/") + path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", ["live", "ready"])
def test_the_health_checks_answer(server: Server, path: str) -> None:
    assert httpx.get(f"{server.chat}health/{path}").json() == {path: True}


def test_leaving_clears_the_site_data_and_leads_elsewhere(server: Server) -> None:
    answer = httpx.get(f"{server.chat}chat/exit")
    assert answer.status_code == 303
    assert "storage" in answer.headers["clear-site-data"]
    assert "127.0.0.1" not in answer.headers["location"]


def test_the_page_works_without_javascript(server: Server) -> None:
    page = httpx.post(f"{server.chat}chat/", data={"text": "what is grooming"}).text
    assert "What grooming is" in page
    assert 'name="token" value=""' not in page


def test_the_page_says_what_it_is_before_the_first_message(server: Server) -> None:
    page = httpx.get(f"{server.chat}chat/").text
    assert "computer program" in page
    assert "999" in page


def test_the_page_says_what_happens_to_what_is_typed(server: Server) -> None:
    page = httpx.get(f"{server.chat}chat/").text
    words = load_page_words()
    said = [line.says.format(days=load_settings().keep_days) for line in words.privacy]
    assert [line for line in said if line not in html.unescape(page)] == []


def test_the_text_of_a_form_is_shown_as_text(server: Server) -> None:
    page = httpx.post(f"{server.chat}chat/", data={"text": "<script>alert(1)</script> hello"}).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1000,
        "😀😭🙏",
        "مرحبا كيف حالك",
        "\u202eabc",
        "<b>hi</b>",
        json.dumps({"a": [1]}),
        "DROP TABLE users;--",
        "\x00\x01a",
    ],
    ids=["one letter", "emoji", "arabic", "right to left", "html", "json", "sql", "control characters"],
)
def test_odd_input_gets_an_answer(person: Person, text: str) -> None:
    assert person.says(text)


def test_people_get_the_services_for_the_place_they_name(person: Person) -> None:
    person.says("how do i report a man who messages kids online")
    assert "police_scotland" in services(person.says("i live in Glasgow"))


STORY = [
    "he says hell send my nudes to everyone if i dont pay, im 13",
    "he wants 200 pounds",
    "i havent told anyone",
    "will my mum find out",
    "i live in Chelmsford",
    "what happens if i report it",
    "can i get the picture taken down",
    "who can i talk to",
    "is it my fault",
    "thank you",
]


def wire_size(answer: httpx.Response) -> int:
    """Return the size of an answer and its headers in bytes, uncompressed."""
    status = len(f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n\r\n")
    return status + sum(len(name) + len(value) + 4 for name, value in answer.headers.raw) + len(answer.content)


def test_ten_turns_and_the_page_are_at_most_60_kb(server: Server, person: Person) -> None:
    page = [httpx.get(f"{server.chat}chat/{name}") for name in ("", "chat.js")]
    replies = [person.post({"text": text}) for text in STORY]
    assert sum(wire_size(answer) for answer in [*page, *replies]) <= 60 * 1024
