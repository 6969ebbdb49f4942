"""Which other sites may use the public site, and how it is paused."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chat_client import Person, Server, StartServer

from bot.chat.rasa_api_guard import OpenApiError, refuse_open_api
from bot.settings import ROOT

#: Maximum number of conversations that one address may start per minute.
STARTS = 20
HOST_PAGE = "https://school.example.org"
STRANGER = "https://elsewhere.example.org"


@pytest.fixture(scope="module")
def proxied(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind a proxy, with one allowed host page."""
    data = tmp_path_factory.mktemp("proxied") / "data"
    running = start_server(data, STREETWISE_ORIGINS=HOST_PAGE, STREETWISE_PROXIES="1", STREETWISE_STARTS=str(STARTS))
    yield running
    running.stop()


def start_from(server: Server, address: str) -> httpx.Response:
    return httpx.post(f"{server.chat}chat/conversations", headers={"X-Forwarded-For": address}, timeout=30)


def preflight(server: Server, origin: str) -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
    return httpx.options(f"{server.chat}chat/conversations", headers=headers)


def test_new_conversations_from_one_address_are_limited(proxied: Server) -> None:
    answers = [start_from(proxied, "192.0.2.7").status_code for _ in range(STARTS + 1)]
    assert (answers[:STARTS], answers[STARTS]) == ([201] * STARTS, 429)


def use_up(server: Server, address: str) -> None:
    assert [start_from(server, address).status_code for _ in range(STARTS)] == [201] * STARTS


def test_an_ipv6_network_is_counted_as_one_address(proxied: Server) -> None:
    use_up(proxied, "2001:db8:0:1::1")
    answers = [start_from(proxied, address).status_code for address in ("2001:db8:0:1:ffff::2", "2001:db8:0:2::1")]
    assert answers == [429, 201]


def test_the_limit_names_the_helplines(proxied: Server) -> None:
    use_up(proxied, "192.0.2.20")
    refused = start_from(proxied, "192.0.2.20")
    assert all(number in refused.json()["detail"] for number in ("999", "0800 1111", "116 123"))


def test_danger_is_answered_above_the_limit_without_javascript(proxied: Server) -> None:
    use_up(proxied, "192.0.2.21")
    page = httpx.post(
        f"{proxied.chat}chat/", data={"text": "i want to die"}, headers={"X-Forwarded-For": "192.0.2.21"}, timeout=30
    )
    assert (page.status_code, "Samaritans" in page.text, "i want to die" in page.text) == (200, True, True)


def test_a_conversation_that_begins_with_danger_starts_above_the_limit(proxied: Server) -> None:
    use_up(proxied, "192.0.2.22")
    starts = [
        httpx.post(
            f"{proxied.chat}chat/conversations",
            json={"first_message": text},
            headers={"X-Forwarded-For": "192.0.2.22"},
            timeout=30,
        ).status_code
        for text in ("hello", "i want to die")
    ]
    assert starts == [429, 201]


@pytest.mark.parametrize(
    "sent",
    [
        {"content": "{}", "headers": {"Content-Type": "text/plain"}},
        {"content": "{}", "headers": {}},
        {"json": {}, "headers": {"Origin": STRANGER}},
        {"json": {}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {"headers": {"Origin": STRANGER, "Sec-Fetch-Site": "cross-site"}},
    ],
    ids=str,
)
def test_another_sites_page_starts_no_conversation_and_does_not_use_up_the_limit(
    proxied: Server, sent: "dict[str, Any]"
) -> None:
    address = {"X-Forwarded-For": f"192.0.2.{100 + len(str(sent))}"}
    headers = {**sent["headers"], **address}
    asked = {**sent, "headers": headers}
    refused = {
        httpx.post(f"{proxied.chat}chat/conversations", timeout=30, **asked).status_code for _ in range(STARTS + 1)
    }
    assert refused <= {400, 403}
    assert start_from(proxied, address["X-Forwarded-For"]).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": HOST_PAGE, "Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}],
    ids=str,
)
def test_programs_allowed_pages_and_the_chat_itself_may_start(proxied: Server, headers: "dict[str, str]") -> None:
    address = {"X-Forwarded-For": "192.0.2.30"}
    answer = httpx.post(f"{proxied.chat}chat/conversations", json={}, headers={**headers, **address}, timeout=30)
    assert answer.status_code == 201


def test_a_form_on_another_site_starts_no_conversation(proxied: Server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": STRANGER, "X-Forwarded-For": "192.0.2.31"}
    assert httpx.post(f"{proxied.chat}chat/", data={"text": "hello"}, headers=headers).status_code == 403


def test_another_address_is_not_kept_waiting(proxied: Server) -> None:
    assert start_from(proxied, "192.0.2.8").status_code == 201


def test_an_address_claimed_by_the_client_is_ignored(proxied: Server) -> None:
    answers = [start_from(proxied, f"198.51.100.{number}, 192.0.2.9").status_code for number in range(STARTS + 1)]
    assert answers[-1] == 429


def test_without_a_known_proxy_nobody_is_counted_by_address(server: Server) -> None:
    assert {start_from(server, "192.0.2.7").status_code for _ in range(STARTS + 5)} == {201}


def test_an_allowed_host_page_may_embed_the_chat(proxied: Server) -> None:
    policy = httpx.get(f"{proxied.chat}chat/").headers["content-security-policy"]
    assert f"frame-ancestors 'self' {HOST_PAGE};" in policy


def test_no_page_may_embed_the_chat_unless_it_is_allowed(server: Server) -> None:
    policy = httpx.get(f"{server.chat}chat/").headers["content-security-policy"]
    assert "frame-ancestors 'self';" in policy


def test_the_script_of_an_allowed_page_may_erase_a_conversation(proxied: Server) -> None:
    headers = preflight(proxied, HOST_PAGE).headers
    assert headers["access-control-allow-origin"] == HOST_PAGE
    assert "DELETE" in headers["access-control-allow-methods"]


def test_the_script_of_an_allowed_page_may_read_answers(proxied: Server) -> None:
    answer = httpx.post(f"{proxied.chat}chat/conversations", headers={"Origin": HOST_PAGE})
    assert answer.headers["access-control-allow-origin"] == HOST_PAGE


def test_the_script_of_another_page_may_read_nothing(proxied: Server) -> None:
    assert "access-control-allow-origin" not in preflight(proxied, STRANGER).headers


def test_no_host_page_is_allowed_by_default(server: Server) -> None:
    assert "access-control-allow-origin" not in preflight(server, HOST_PAGE).headers


@pytest.fixture
def paused(start_server: StartServer, tmp_path) -> Iterator["tuple[Server, Person]"]:
    """A server paused by the command, and a person in the middle of a conversation."""
    running = start_server(tmp_path / "data")
    person = Person(running)
    command(running, "pause")
    yield running, person
    running.stop()


def command(server: Server, name: str) -> None:
    environment = {"PATH": "", "STREETWISE_DATA_DIR": str(server.data_dir)}
    subprocess.run([sys.executable, "-m", "bot.cli", name], cwd=ROOT, env=environment, check=True, capture_output=True)


def test_a_paused_chat_answers_with_the_helplines_and_can_be_resumed(paused: "tuple[Server, Person]") -> None:
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


def test_a_redaction_is_mentioned_kindly_and_once(person: Person) -> None:
    said = [
        person.says(f"my friend {name} is being blackmailed")[-1].get("text", "") for name in ("Jessica", "Mo Khan")
    ]
    assert ["left out names" in text for text in said] == [True, False]


def test_there_is_no_notice_if_foreign_words_were_taken_for_names(person: Person) -> None:
    assert "left out" not in str(person.says("grozi ze wysle wszystkim moje zdjecia"))


def test_there_is_no_notice_if_nothing_was_left_out(person: Person) -> None:
    assert "left out" not in str(person.says("my friend is being blackmailed"))


@pytest.mark.parametrize("arguments", [["run", "--enable-api"], ["run", "-p", "5005", "--enable-a"]])
def test_rasas_own_interface_is_refused_without_a_secret(arguments: "list[str]") -> None:
    with pytest.raises(OpenApiError, match="--auth-token"):
        refuse_open_api(arguments)


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "--enable-api", "--auth-token", "s3cret"], ["run", "--jwt-secret=s", "--enable-api"], []],
)
def test_rasas_own_interface_may_be_guarded_or_off(arguments: "list[str]") -> None:
    refuse_open_api(arguments)
