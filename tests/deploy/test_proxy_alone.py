"""The proxy on its own: when the program does not answer, and when a client is slow or sends too many requests."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from nginx import HELPLINES, NAME, Nginx, StartNginx, closes

from bot.content.page import load_page_words


@pytest.fixture(scope="module")
def alone(start_nginx: StartNginx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """A proxy in front of a stopped program."""
    with start_nginx(tmp_path_factory.mktemp("alone")) as running:
        yield running


@pytest.fixture
def site(alone: Nginx) -> Iterator[httpx.Client]:
    with alone.client() as client:
        yield client


def test_the_page_shown_for_a_stopped_program_has_the_helplines(site: httpx.Client) -> None:
    page = site.get("/chat/")
    assert (page.status_code, [number in page.text for number in HELPLINES]) == (503, [True] * 3)


def test_a_submitted_form_gets_the_same_page(site: httpx.Client) -> None:
    assert site.post("/chat/", data={"text": "hello"}).text == site.get("/chat/").text


@pytest.mark.parametrize("path", ["conversations", "messages"])
def test_the_script_gets_the_helplines_as_a_problem_document(site: httpx.Client, path: str) -> None:
    answer = site.post(f"/chat/{path}", json={"text": "hello"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert all(number in answer.json()["detail"] for number in HELPLINES)


def test_the_page_is_not_cached(site: httpx.Client) -> None:
    assert site.get("/chat/").headers["cache-control"] == "no-store"


def test_people_can_still_leave(site: httpx.Client) -> None:
    answer = site.post("/chat/exit", data={"token": "a"})
    assert answer.status_code == 303
    assert answer.headers["location"] in load_page_words().sites


def test_a_program_that_hangs_times_out(start_nginx: StartNginx, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        behind = {"http://127.0.0.1:5005": f"http://127.0.0.1:{hanging.getsockname()[1]}"}
        changes = {**behind, "proxy_read_timeout 35s": "proxy_read_timeout 1s"}
        with start_nginx(tmp_path, changes=changes) as proxy, proxy.client() as client:
            assert client.get("/chat/").status_code == 503


# With no program behind the proxy, any status other than 503 comes from the proxy itself.


@pytest.mark.parametrize("path", ["/console", "/console.css", "/review", "/off.html", "/off.json", "/anything"])
def test_paths_outside_the_chat_are_not_found(site: httpx.Client, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "PROPFIND"])
def test_methods_that_the_chat_does_not_use_are_refused(site: httpx.Client, method: str) -> None:
    assert site.request(method, "/chat/").status_code == 405


def test_a_body_that_is_too_long_for_the_program_is_refused(site: httpx.Client) -> None:
    assert site.post("/chat/messages", content=b"a" * 40_000).status_code == 413


def test_a_body_without_a_content_length_is_refused(site: httpx.Client) -> None:
    assert site.post("/chat/messages", content=iter([b"{}"])).status_code == 411


def test_headers_that_are_too_long_are_refused(site: httpx.Client) -> None:
    assert site.get("/chat/", headers={"X-Long": "a" * 5_000}).status_code == 400


def test_a_path_that_is_too_long_is_refused(site: httpx.Client) -> None:
    assert site.get(f"/chat/{'a' * 5_000}").status_code == 414


@pytest.fixture(scope="module")
def impatient(start_nginx: StartNginx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    waits = ("client_header_timeout", "client_body_timeout")
    with start_nginx(
        tmp_path_factory.mktemp("impatient"), changes={f"{wait} 10s": f"{wait} 1s" for wait in waits}
    ) as running:
        yield running


@pytest.mark.parametrize(
    "begun",
    [f"GET /chat/ HTTP/1.1\r\nHost: {NAME}\r\n", f"POST /chat/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9\r\n\r\na"],
    ids=["headers", "body"],
)
def test_a_slow_sender_is_cut_off(impatient: Nginx, begun: str) -> None:
    with impatient.connect() as connection:
        connection.sendall(begun.encode())
        assert closes(connection)
