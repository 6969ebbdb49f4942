"""The strings of `tests/chat/injections.txt`, and malformed HTTP requests."""

import re
from pathlib import Path
from typing import List, NamedTuple

from bot.settings import ROOT

INJECTIONS = ROOT / "tests" / "chat" / "injections.txt"

_REPEAT = re.compile(r"@repeat (\d+) (.+)", re.DOTALL)


class Malformed(NamedTuple):
    """A malformed request: what is wrong with it, its bytes, and how many answers it may get."""

    name: str
    data: bytes
    answers: int = 1


def read_injections(path: Path = INJECTIONS) -> List[str]:
    """The strings, decoded."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_decoded(line) for line in lines if line and not line.startswith("# ")]


def _decoded(line: str) -> str:
    text = line.encode("latin-1", "backslashreplace").decode("unicode_escape")
    repeated = _REPEAT.fullmatch(text)
    return repeated[2] * int(repeated[1]) if repeated else text


def malformed(marker: str) -> List[Malformed]:
    """Malformed requests, with `marker` wherever a client may put its own text."""
    m = marker.encode("ascii")
    return [Malformed(name, data, answers) for name, data, answers in (*_heads(m), *_bodies(m), *_rows(m))]


def _heads(m: bytes) -> "List[tuple[str, bytes, int]]":
    lines = {
        "a word": b"%b",
        "no version": b"GET /chat/?%b",
        "a version of its own": b"GET /chat/ HTTP/%b",
        "HTTP/2": b"PRI * HTTP/2.0 %b",
        "no path": b"GET  HTTP/1.1 %b",
        "an empty path": b"GET  HTTP/1.1",
        "a path without a slash": b"GET %b HTTP/1.1",
        "a query alone": b"GET ?%b HTTP/1.1",
        "a host alone": b"GET http://%b HTTP/1.1",
        "a bracket": b"GET http://[%b HTTP/1.1",
        "a port": b"GET http://a:%b/chat/ HTTP/1.1",
        "a space in the path": b"GET /chat/ %b HTTP/1.1",
        "bytes that are no UTF-8 in the path": b"GET /chat/\xff\xfe%b HTTP/1.1",
        "a null byte in the path": b"GET /chat/\x00%b HTTP/1.1",
        "per cent signs": b"GET /chat/%%%%zz%%ff%b HTTP/1.1",
        "a host before the path": b"GET //%b/chat/ HTTP/1.1",
        "an unknown method": b"%b /chat/ HTTP/1.1",
        "a method in lower case": b"post /chat/%b HTTP/1.1",
        "CONNECT": b"CONNECT %b:443 HTTP/1.1",
        "TRACE": b"TRACE /chat/?%b HTTP/1.1",
        "OPTIONS": b"OPTIONS * HTTP/1.1 %b",
    }
    headers = {
        "no colon": b"%b",
        "no name": b": %b",
        "a continued line": b"X-A: a\r\n %b",
        "bytes that are no UTF-8 in a header": b"X-A: \xff\xfe%b",
        "a null byte in a header": b"X-A: \x00%b",
        "a host that is none": b"Host: %b\x00/",
        "two hosts": b"Host: a\r\nHost: %b",
        "an upgrade": b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %b",
        "a range": b"Range: bytes=%b-9",
        "a date": b"If-Modified-Since: %b",
        "a cookie": b"Cookie: %b=%b",
        "a forwarded address": b'X-Forwarded-For: %b\r\nForwarded: for=%b;by="',
        "an expectation": b"Expect: %b",
        "what it accepts": b"Accept: %b;q=x/\r\nAccept-Encoding: %b",
        "an identity": b"X-Request-ID: %b",
        "a header of 20 KB": b"X-A: " + b"%b" * 1500,
        "a thousand headers": b"".join(b"X-%d: a\r\n" % i for i in range(1000)) + b"X-A: %b",
    }
    return [
        *((name, _filled(line, m) + b"\r\nHost: a\r\n\r\n", 1) for name, line in lines.items()),
        *((name, b"GET /chat/chat.js HTTP/1.1\r\n" + _filled(h, m) + b"\r\n\r\n", 1) for name, h in headers.items()),
    ]


def _filled(template: bytes, m: bytes) -> bytes:
    return template.replace(b"%b", m).replace(b"%%", b"%")


def _bodies(m: bytes) -> "List[tuple[str, bytes, int]]":
    lengths = {
        "a length in words": b"Content-Length: %b",
        "a length below nothing": b"Content-Length: -5",
        "a length with a sign": b"Content-Length: +2",
        "a length with an underscore": b"Content-Length: 1_0",
        "a length in hexadecimal": b"Content-Length: 0x2",
        "no length after all": b"Content-Length: ",
        "two lengths": b"Content-Length: 2\r\nContent-Length: 9",
        "a length beyond all bounds": b"Content-Length: 99999999999999999999999",
        "a body far too large": b"Content-Length: 999999999",
        "an encoding of its own": b"Transfer-Encoding: %b",
        "a length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        "an encoding within chunks": b"Transfer-Encoding: gzip, chunked",
    }
    chunks = {
        "a chunk's size in words": b"%b\r\nab\r\n",
        "a chunk's size below nothing": b"-5\r\nab\r\n",
        "a chunk beyond all bounds": b"ffffffffffffffffffff\r\n%b",
        "a chunk's line that does not end": b"%b" * 20,
        "a chunk that is longer than it says": b"2\r\n%b\r\n0\r\n\r\n",
        "a trailer": b"2\r\n{}\r\n0\r\nX-A: %b\r\n\r\n",
    }
    post = b"POST %b HTTP/1.1\r\nHost: a\r\n"
    found = [(name, post % b"/chat/messages" + _filled(h, m) + b"\r\n\r\n{}" + m, 1) for name, h in lengths.items()]
    for path, where in ((b"/chat/messages", ""), (b"/chat/nowhere", ", where there is nothing")):
        start = post % path + b"Transfer-Encoding: chunked\r\n\r\n"
        found += [(name + where, start + _filled(chunk, m), 1) for name, chunk in chunks.items()]
    return found


def _rows(m: bytes) -> "List[tuple[str, bytes, int]]":
    get = b"GET /health/live?%b HTTP/1.1\r\nHost: a\r\n\r\n" % m
    bad = b"POST /chat/messages HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
    return [
        ("a row of good ones", get * 20, 20),
        ("a row of bad ones", (bad % (len(m), m)) * 20, 20),
        ("a good one behind a bad one", b"%b\r\n\r\n" % m + get, 1),
        ("a shorter length than the body, which reads like a request", bad % (2, b"{}") + get, 2),
        ("lines before the request", b"\r\n\r\n" + get, 1),
    ]
