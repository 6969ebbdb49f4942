"""A real nginx with deploy/nginx.conf, in front of the whole assistant."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat_client import Server, StartServer
from nginx import CONFIGURATION, HELPLINES, NAME, Nginx, StartNginx, closes

from bot.settings import ROOT

_addresses = itertools.count(2)

#: Conversations that one address may start per minute.
STARTS = 20


@pytest.fixture(scope="module")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The program, behind one proxy."""
    running = start_server(
        tmp_path_factory.mktemp("behind") / "data", STREETWISE_PROXIES="1", STREETWISE_STARTS=str(STARTS)
    )
    yield running
    running.stop()


@pytest.fixture(scope="module")
def proxy(start_nginx: StartNginx, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with start_nginx(tmp_path_factory.mktemp("proxy"), server) as running:
        yield running


@pytest.fixture
def site(proxy: Nginx) -> Iterator[httpx.Client]:
    """A client with its own address, so that its requests do not count against other tests' limits."""
    with proxy.client(f"127.0.0.{next(_addresses)}") as client:
        yield client


def begun(site: httpx.Client) -> "dict[str, str]":
    """Start a conversation and return the header that continues it."""
    answer = site.post("/chat/conversations")
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def raw_status(proxy: Nginx, target: str) -> int:
    """Request a target exactly as written, which a client would normalise, and return the status."""
    with proxy.connect() as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        return int(connection.recv(4096).split()[1])


def test_nginx_accepts_the_configuration(proxy: Nginx) -> None:
    checked = proxy.check()
    assert (checked.returncode, "is successful" in checked.stderr) == (0, True), checked.stderr


def test_a_conversation_goes_through(site: httpx.Client) -> None:
    answer = site.post("/chat/messages", json={"text": "what is grooming"}, headers=begun(site))
    assert {"guidance", "service"} <= {message["kind"] for message in answer.json()["messages"]}


def test_a_conversation_without_a_script_goes_through(site: httpx.Client) -> None:
    assert "Childline" in site.post("/chat/", data={"text": "what is grooming"}).text


def test_erasing_goes_through(site: httpx.Client) -> None:
    assert site.delete("/chat/conversations", headers=begun(site)).status_code == 204


@pytest.mark.parametrize("file", ["chat.js", "host.css", "embed.js"])
def test_the_page_and_its_files_go_through(site: httpx.Client, server: Server, file: str) -> None:
    assert site.get(f"/chat/{file}").content == httpx.get(f"{server.chat}chat/{file}").content


def test_the_programs_headers_arrive_once(site: httpx.Client, server: Server) -> None:
    names = ("cache-control", "content-security-policy", "referrer-policy", "x-content-type-options")
    direct, through = httpx.get(f"{server.chat}chat/").headers, site.get("/chat/").headers
    assert [through.get_list(name) for name in names] == [[direct[name]] for name in names]


def test_browsers_are_told_to_use_tls_only(site: httpx.Client) -> None:
    assert site.get("/chat/").headers.get_list("strict-transport-security") == ["max-age=63072000"]


def test_http_2_is_supported(proxy: Nginx) -> None:
    with proxy.connect(protocol="h2") as connection:
        assert connection.selected_alpn_protocol() == "h2"


@pytest.fixture(scope="module")
def flood(proxy: Nginx) -> httpx.Response:
    """The response to a conversation over the limit. All come from one address, but each claims a different one."""
    with proxy.client("127.0.9.1") as client:
        return [client.post("/chat/conversations", headers=claims(number)) for number in range(STARTS + 1)][-1]


def claims(number: int) -> "dict[str, str]":
    address = f"198.51.100.{number}"
    return {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}


def test_limits_apply_to_the_address_that_nginx_sees(flood: httpx.Response) -> None:
    assert flood.status_code == 429


def test_another_address_is_not_limited(proxy: Nginx, flood: httpx.Response) -> None:
    with proxy.client("127.0.9.2") as client:
        assert client.post("/chat/conversations").status_code == 201


def test_too_many_requests_to_nginx_are_refused_with_the_helplines(
    start_nginx: StartNginx, server: Server, tmp_path: Path
) -> None:
    strict = {"rate=30r/s": "rate=1r/m", "burst=300": "burst=1"}
    with start_nginx(tmp_path, server, strict) as proxy, proxy.client() as client:
        answer = [client.get("/chat/chat.js") for _ in range(3)][-1]
    assert (answer.status_code, [number in answer.text for number in HELPLINES]) == (429, [True] * 3)


def test_a_class_opening_the_page_all_at_once_is_not_refused(site: httpx.Client) -> None:
    assert {site.get("/chat/chat.js").status_code for _ in range(30 * 4)} == {200}


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "//health/live", "/chat/../health/live", "/chat/%2e%2e/health/live"]
)
def test_health_checks_cannot_be_reached_from_outside(proxy: Nginx, path: str) -> None:
    assert raw_status(proxy, path) == 404


def test_the_console_cannot_be_requested_by_its_absolute_url(proxy: Nginx, server: Server) -> None:
    with proxy.connect() as connection:
        connection.sendall(f"GET {server.console} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        assert closes(connection)


def test_requests_are_forwarded_only_to_the_chat() -> None:
    lines = [line.strip() for line in CONFIGURATION.read_text(encoding="utf-8").splitlines()]
    assert {line for line in lines if line.startswith("proxy_pass ")} == {"proxy_pass http://127.0.0.1:5005;"}


def test_a_text_that_is_too_long_is_refused_in_the_programs_words(site: httpx.Client) -> None:
    answer = site.post("/chat/messages", json={"text": "a" * 20_000}, headers=begun(site))
    assert (answer.status_code, answer.json()["title"]) == (413, "Too long")


def test_a_connection_for_another_name_gets_no_certificate(proxy: Nginx) -> None:
    with proxy.client(name="other.example.org") as stranger, pytest.raises(httpx.ConnectError):
        stranger.get("/chat/")


def test_a_request_for_another_name_on_a_connection_to_ours_is_not_answered(proxy: Nginx) -> None:
    with proxy.connect() as connection:
        connection.sendall(b"GET /chat/ HTTP/1.1\r\nHost: other.example.org\r\n\r\n")
        assert closes(connection)


@pytest.fixture(scope="module")
def plain(proxy: Nginx) -> httpx.Response:
    """The answer to a request without TLS for another host name."""
    return httpx.get(f"http://127.0.0.1:{proxy.http}/chat/", headers={"Host": "other.example.org"})


def test_a_plain_request_is_redirected_to_our_own_name_over_tls(plain: httpx.Response) -> None:
    assert (plain.status_code, plain.headers["location"]) == (307, f"https://{NAME}/chat/")


def test_the_redirect_is_not_cached(plain: httpx.Response) -> None:
    assert plain.headers["cache-control"] == "no-store"


@pytest.fixture(scope="module")
def paused(server: Server) -> Iterator[Server]:
    command(server, "pause")
    yield server
    command(server, "resume")


def command(server: Server, name: str) -> None:
    environment = {"PATH": "", "STREETWISE_DATA_DIR": str(server.data_dir)}
    subprocess.run([sys.executable, "-m", "bot.cli", name], cwd=ROOT, env=environment, check=True, capture_output=True)


# From here on the program is paused, so these tests come last.


def test_a_paused_chats_page_is_passed_on_unchanged(site: httpx.Client, paused: Server) -> None:
    through = site.get("/chat/")
    assert (through.status_code, "closed for the moment" in through.text) == (503, True)


def test_a_paused_chats_answer_to_a_script_is_passed_on_unchanged(site: httpx.Client, paused: Server) -> None:
    assert site.post("/chat/conversations").json()["title"] == "Paused"
