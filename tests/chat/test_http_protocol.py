"""Malformed HTTP is refused as the standard requires, and the server keeps running."""

import time

import httpx
import pytest
from chat_client import Person, Server

from evaluation.fuzz.injections import malformed, read_injections
from evaluation.fuzz.run import Answer, exchange

ALIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"


def posted(server: Server, head: bytes, body: bytes = b"{}") -> "list[Answer]":
    return exchange(server.chat, b"POST /chat/messages HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n" + body)


@pytest.mark.parametrize(
    "line",
    [
        b"GET  HTTP/1.1",
        b"GET nowhere HTTP/1.1",
        b"GET ?a HTTP/1.1",
        b"GET http://[a HTTP/1.1",
        b"GET /chat/\x00 HTTP/1.1",
        b"GET /chat/\xff HTTP/1.1",
        b"GET /chat/ HTTP/9.9",
        b"GET http://[a HTTP/9.9",
        b"hello",
    ],
    ids=repr,
)
def test_an_invalid_request_line_is_a_400(server: Server, line: bytes) -> None:
    assert [answer.status for answer in exchange(server.chat, line + b"\r\nHost: a\r\n\r\n")] == [400]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: two",
        b"Content-Length: +2",
        b"Content-Length: 0x2",
        b"Content-Length: 1_0",
        b"Content-Length:",
        b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Length : 2",
        b"Content-Length: 2\r\nX A: b",
    ],
    ids=repr,
)
def test_a_body_of_ambiguous_length_is_a_400(server: Server, head: bytes) -> None:
    assert [answer.status for answer in posted(server, head)] == [400]


def test_a_negative_length_does_not_stop_the_server(server: Server) -> None:
    posted(server, b"Content-Length: -5", b"abc")
    assert exchange(server.chat, ALIVE)[0].status == 200


@pytest.mark.parametrize(
    "chunk",
    [
        b"size\r\nab\r\n",
        b"-5\r\nab\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"0_2\r\n{}\r\n0\r\n\r\n",
        b"+2\r\n{}\r\n",
        b"a" * 100,
    ],
    ids=repr,
)
def test_an_invalid_chunk_is_a_400(server: Server, chunk: bytes) -> None:
    assert [answer.status for answer in posted(server, b"Transfer-Encoding: chunked", chunk)] == [400]


def test_a_chunked_body_is_read(person: Person) -> None:
    pieces = iter([b'{"text": ', b'"what is grooming"}'])
    assert person.http.post("messages", content=pieces, headers=person.headers).status_code == 200


def test_a_head_of_more_than_16_kilobytes_is_a_413(server: Server) -> None:
    head = b"GET /chat/ HTTP/1.1\r\nX-A: " + b"a" * 17_000 + b"\r\n\r\n"
    assert exchange(server.chat, head)[0].status == 413


def test_a_body_declared_too_large_is_a_413_before_it_arrives(server: Server) -> None:
    assert posted(server, b"Content-Length: 999999999")[0].status == 413


def test_json_nested_too_deep_is_a_400(person: Person) -> None:
    answer = person.http.post("messages", content=b"[" * 16_000, headers=person.headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"text=\xff", "application/x-www-form-urlencoded"), (b"a&" * 500, "application/x-www-form-urlencoded")],
    ids=["not UTF-8", "too many fields"],
)
def test_an_unreadable_form_is_a_400(server: Server, content: bytes, kind: str) -> None:
    answer = httpx.post(f"{server.chat}chat/", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400


def test_leaving_works_whatever_is_sent(server: Server) -> None:
    assert httpx.post(f"{server.chat}chat/exit", content=b"\xff" * 20_000).status_code == 303


def test_a_wrong_method_is_answered_with_the_allowed_ones(server: Server) -> None:
    allowed = httpx.put(f"{server.chat}chat/messages").headers["allow"]
    assert set(allowed.split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("path", ["", "embed.js", "chat.js", "leaving", "exit"])
def test_a_head_is_answered_like_a_get_without_a_body(server: Server, path: str) -> None:
    answer = httpx.head(f"{server.chat}chat/{path}")
    assert (answer.status_code, answer.content) == (303 if path == "exit" else 200, b"")


def test_no_part_of_a_malformed_request_is_logged(server: Server) -> None:
    marker = f"zqmarker{time.monotonic_ns()}"
    for request in malformed(marker):
        exchange(server.chat, request.data, request.answers)
    assert marker not in server.log.read_text()


def test_the_charset_of_a_form_is_not_logged(server: Server) -> None:
    head = b'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=zqcharset'
    part = b"--BOUND\r\n" + head + b"\r\n\r\nhi\r\n--BOUND--\r\n"
    httpx.post(f"{server.chat}chat/", content=part, headers={"Content-Type": "multipart/form-data; boundary=BOUND"})
    assert "zqcharset" not in server.log.read_text()


def test_a_refused_draft_comes_back_as_text_rather_than_html(person: Person) -> None:
    typed = "</textarea><script>alert(1)</script>" + "a" * 1000
    page = person.http.post("", data={"text": typed, "token": person.token})
    assert page.status_code == 413
    assert "<script>alert" not in page.text


def test_the_list_of_injections_is_long() -> None:
    assert len(read_injections()) >= 150
