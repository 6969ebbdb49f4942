"""The Host header must name this console, to prevent DNS rebinding."""

import pytest
from console_client import Console

from bot.console.access import is_known_host


@pytest.mark.parametrize("host", ["127.0.0.1:5006", "127.0.0.1", "localhost:5006", "LOCALHOST", "[::1]:5006"])
def test_loopback_is_always_ours(host: str) -> None:
    assert is_known_host(host, ())


@pytest.mark.parametrize("host", ["console.example.org", "Console.Example.org:443"])
def test_an_allowed_name_is_ours(host: str) -> None:
    assert is_known_host(host, ("console.example.org",))


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[", "evil.example:5006"]
)
def test_any_other_name_is_not_ours(host: str) -> None:
    assert not is_known_host(host, ("console.example.org",))


async def test_a_request_to_another_name_gets_only_the_reason(console: Console) -> None:
    rae = console.member()
    answer = await rae.get("/queue", Host="evil.example")
    assert answer.status_code == 403
    assert "STREETWISE_CONSOLE_HOSTS" in answer.text


async def test_a_form_sent_to_another_name_does_not_count_as_an_attempt_to_sign_in(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    headers = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    await console.http.post("/sign-in", data={"name": "rae", "password": "a guess"}, headers=headers)
    assert console.audited() == []
