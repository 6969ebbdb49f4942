"""Searches every file that the proxy leaves behind for values planted in the requests to it."""

import socket
from pathlib import Path
from typing import Mapping, NamedTuple

import pytest
from chat_client import Server
from nginx import NAME, Nginx, StartNginx, closes

#: An address that only this test's client has, and the address that the client claims to have.
ADDRESS, CLAIMED = "127.0.77.213", "203.0.113.91"
#: Values that a client sends, by their place in the request.
PLANTED = {where: f"planted-{where}-9c2e" for where in "path query agent referer cookie token text header".split()}
#: Makes deliberately broken requests time out quickly.
IMPATIENT = {"client_body_timeout 10s": "client_body_timeout 1s"}
#: Restores the logs that nginx writes by default.
LOGGING = {
    "access_log off;": "access_log access.log;",
    "error_log /dev/null crit;": "error_log http.log info;",
}
#: Makes nginx keep request bodies in files.
KEEPING = {"client_body_in_file_only off;": "client_body_in_file_only on;"}


class Leavings(NamedTuple):
    """The contents of every file that was written, by path, and the conversation's token."""

    files: "dict[str, bytes]"
    token: str

    def with_any(self, *planted: str) -> "set[str]":
        return {item for item in planted for found in self.files.values() if item.encode() in found}


def leave(start_nginx: StartNginx, folder: Path, server: Server, changes: Mapping[str, str]) -> Leavings:
    """Send valid and broken requests through nginx with `changes`, and read the files that it leaves behind."""
    with start_nginx(folder / "answered", server, {**IMPATIENT, **changes}) as proxy:
        token = converses(proxy)
        sends_everything(proxy)
    with start_nginx(folder / "stopped", changes={**IMPATIENT, **changes}) as proxy:
        sends_everything(proxy)
    return Leavings({str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}, token)


def converses(proxy: Nginx) -> str:
    """Hold a conversation and return its token."""
    with proxy.client(ADDRESS) as client:
        token = str(client.post("/chat/conversations").json()["token"])
        said = {"text": f"my friend is blackmailed {PLANTED['text']}"}
        answer = client.post("/chat/messages", json=said, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
    return token


def sends_everything(proxy: Nginx) -> None:
    """Send every kind of request, with a planted value in every part."""
    text, path = PLANTED["text"], PLANTED["path"]
    planted = {
        "Authorization": f"Bearer {PLANTED['token']}",
        "User-Agent": PLANTED["agent"],
        "Referer": f"https://example.org/{PLANTED['referer']}",
        "Cookie": f"a={PLANTED['cookie']}",
        "X-Anything": PLANTED["header"],
        "X-Forwarded-For": CLAIMED,
    }
    with proxy.client(ADDRESS) as client:
        client.headers.update(planted)
        client.post("/chat/messages", json={"text": text})
        client.post("/chat/messages", json={"text": text * 2_000})
        client.post("/chat/messages", content=text.encode() * 200)
        client.post("/chat/", data={"text": text})
        client.get(f"/chat/{path}?{PLANTED['query']}=1")
        client.get(f"/{path}", headers={"X-Long": PLANTED["header"] * 500})
        client.put(f"/chat/{path}")
    breaks_off(proxy, f"POST /chat/{path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 999\r\n\r\n{text}")
    breaks_off(proxy, f"GET /{path}\0 HTTP/1.1\r\n\r\n")
    breaks_off(proxy, f"{path}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", proxy.https), source_address=(ADDRESS, 0)) as no_tls:
        no_tls.sendall(f"GET /{path} HTTP/1.1\r\n\r\n".encode())
        closes(no_tls)


def breaks_off(proxy: Nginx, sent: str) -> None:
    with proxy.connect(ADDRESS) as connection:
        connection.sendall(sent.encode())
        closes(connection)


@pytest.fixture(scope="module")
def leavings(start_nginx: StartNginx, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Leavings:
    return leave(start_nginx, tmp_path_factory.mktemp("left"), server, {})


@pytest.fixture(scope="module")
def by_default(start_nginx: StartNginx, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Leavings:
    return leave(start_nginx, tmp_path_factory.mktemp("left"), server, {**LOGGING, **KEEPING})


def test_the_proxy_leaves_no_address_in_any_file(leavings: Leavings) -> None:
    assert leavings.with_any(ADDRESS, CLAIMED) == set()


def test_the_proxy_leaves_no_part_of_a_request_in_any_file(leavings: Leavings) -> None:
    assert leavings.with_any(*PLANTED.values()) == set()


def test_the_proxy_leaves_no_token_in_any_file(leavings: Leavings) -> None:
    assert leavings.with_any(leavings.token) == set()


def test_the_search_finds_what_nginx_leaves_by_default(by_default: Leavings) -> None:
    left = {ADDRESS, PLANTED["path"], PLANTED["query"], PLANTED["agent"], PLANTED["referer"], PLANTED["text"]}
    assert by_default.with_any(*left) == left


@pytest.mark.parametrize(
    ("buffer", "written"), [("48k", False), ("1k", True)], ids=["as shipped", "with a small buffer"]
)
def test_a_body_goes_to_a_temporary_file_only_if_the_buffer_is_too_small(
    start_nginx: StartNginx, tmp_path: Path, buffer: str, written: bool
) -> None:
    changes = {**LOGGING, "client_body_buffer_size 48k": f"client_body_buffer_size {buffer}"}
    with start_nginx(tmp_path, changes=changes) as proxy, proxy.client() as client:
        client.post("/chat/messages", content=b"a" * 32_768)
        assert ("temporary file" in proxy.said("http.log")) == written
