"""Which other sites may use the public site, and how it is paused."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from chat_client import Person, Server, StartServer

from bot.chat.rasa_api_guard import OpenApiError, refuse_open_api
from bot.rate_limit import STARTS
from bot.settings import ROOT

HOST_PAGE = "https://school.example.org"
STRANGER = "https://elsewhere.example.org"


@pytest.fixture(scope="module")
def proxied(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind one proxy, which one host page may embed."""
    data = tmp_path_factory.mktemp("proxied") / "data"
    running = start_server(data, STREETWISE_ORIGINS=HOST_PAGE, STREETWISE_PROXIES="1")
    yield running
    running.stop()


def start_from(server: Server, address: str) -> httpx.Response:
    return httpx.post(f"{server.chat}chat/conversations", headers={"X-Forwarded-For": address}, timeout=30)


def preflight(server: Server, origin: str) -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
    return httpx.options(f"{server.chat}chat/conversations", headers=headers)


def test_conversations_begin_only_so_fast_from_one_address(proxied: Server) -> None:
    answers = [start_from(proxied, "192.0.2.7").status_code for _ in range(STARTS + 1)]
    assert (answers[:STARTS], answers[STARTS]) == ([201] * STARTS, 429)


def test_another_address_is_not_kept_waiting(proxied: Server) -> None:
    assert start_from(proxied, "192.0.2.8").status_code == 201


def test_what_a_client_says_of_its_own_address_is_not_believed(proxied: Server) -> None:
    answers = [start_from(proxied, f"198.51.100.{number}, 192.0.2.9").status_code for number in range(STARTS + 1)]
    assert answers[-1] == 429


def test_without_a_known_proxy_nobody_is_counted_by_address(server: Server) -> None:
    assert {start_from(server, "192.0.2.7").status_code for _ in range(STARTS + 5)} == {201}


def test_a_host_page_that_is_allowed_may_show_the_chat_in_a_frame(proxied: Server) -> None:
    policy = httpx.get(f"{proxied.chat}chat/").headers["content-security-policy"]
    assert f"frame-ancestors 'self' {HOST_PAGE};" in policy


def test_no_other_page_may_show_it_unless_it_is_allowed(server: Server) -> None:
    policy = httpx.get(f"{server.chat}chat/").headers["content-security-policy"]
    assert "frame-ancestors 'self';" in policy


def test_the_script_of_an_allowed_page_may_erase(proxied: Server) -> None:
    headers = preflight(proxied, HOST_PAGE).headers
    assert headers["access-control-allow-origin"] == HOST_PAGE
    assert "DELETE" in headers["access-control-allow-methods"]


def test_the_script_of_an_allowed_page_may_read_answers(proxied: Server) -> None:
    answer = httpx.post(f"{proxied.chat}chat/conversations", headers={"Origin": HOST_PAGE})
    assert answer.headers["access-control-allow-origin"] == HOST_PAGE


def test_the_script_of_another_page_is_told_nothing(proxied: Server) -> None:
    assert "access-control-allow-origin" not in preflight(proxied, STRANGER).headers


def test_by_default_no_page_is_allowed(server: Server) -> None:
    assert "access-control-allow-origin" not in preflight(server, HOST_PAGE).headers


@pytest.fixture
def paused(start_server: StartServer, tmp_path) -> Iterator["tuple[Server, Person]"]:
    """A server that was paused by the command, and somebody who was talking with it."""
    running = start_server(tmp_path / "data")
    person = Person(running)
    command(running, "pause")
    yield running, person
    running.stop()


def command(server: Server, name: str) -> None:
    environment = {"PATH": "", "STREETWISE_DATA_DIR": str(server.data_dir)}
    subprocess.run([sys.executable, "-m", "bot.cli", name], cwd=ROOT, env=environment, check=True, capture_output=True)


def test_a_paused_chat_answers_with_the_helplines_and_can_be_opened_again(paused: "tuple[Server, Person]") -> None:
    server, person = paused
    answer = person.post({"text": "hello"})
    assert answer.status_code == 503
    assert all(number in answer.json()["detail"] for number in ("999", "0800 1111", "101"))
    assert person.http.post("conversations").status_code == 503
    page = person.http.get("")
    assert (page.status_code, "0800 1111" in page.text) == (503, True)
    assert person.http.delete("conversations", headers=person.headers).status_code == 204
    command(server, "resume")
    assert Person(server).says("hello")


def test_something_left_out_of_a_message_is_said_kindly_and_once(person: Person) -> None:
    said = [
        person.says(f"my friend {name} is being blackmailed")[-1].get("text", "") for name in ("Jessica", "Mo Khan")
    ]
    assert ["left out names" in text for text in said] == [True, False]


def test_nothing_is_said_of_leaving_out_where_foreign_words_were_taken_for_names(person: Person) -> None:
    assert "left out" not in str(person.says("grozi ze wysle wszystkim moje zdjecia"))


def test_nothing_is_said_of_leaving_out_where_nothing_was(person: Person) -> None:
    assert "left out" not in str(person.says("my friend is being blackmailed"))


@pytest.mark.parametrize("arguments", [["run", "--enable-api"], ["run", "-p", "5005", "--enable-a"]])
def test_rasas_own_interface_is_refused_without_a_secret(arguments: "list[str]") -> None:
    with pytest.raises(OpenApiError, match="--auth-token"):
        refuse_open_api(arguments)


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "--enable-api", "--auth-token", "s3cret"], ["run", "--jwt-secret=s", "--enable-api"], []],
)
def test_rasas_own_interface_may_be_guarded_or_left_out(arguments: "list[str]") -> None:
    refuse_open_api(arguments)
