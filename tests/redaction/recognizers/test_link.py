"""Web addresses."""

import pytest
from matching import matches

from bot.redaction.recognizers.link import DomainRecognizer, LinkRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("he sent https://evil.example/abc?x=1", "https://evil.example/abc?x=1"),
        ("hxxps://evil.example", "hxxps://evil.example"),
        ("www.badsite.co.uk/me", "www.badsite.co.uk/me"),
        ("www dot badsite dot com", "www dot badsite dot com"),
    ],
)
def test_explicit_links_are_found(text: str, found: str) -> None:
    assert matches(LinkRecognizer(), text) == [found]


@pytest.mark.parametrize("text", ["a website", "www", "http", "the link he sent"])
def test_words_about_links_are_not_links(text: str) -> None:
    assert matches(LinkRecognizer(), text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("its on pics4u.xyz/leak", "pics4u.xyz/leak"),
        ("t.me/essexbaitout", "t.me/essexbaitout"),
        ("badsite dot com slash me", "badsite dot com slash me"),
        ("badsite[.]com", "badsite[.]com"),
        ("discord . gg / abc", "discord . gg / abc"),
    ],
)
def test_addresses_without_a_scheme_are_found(text: str, found: str) -> None:
    assert found in matches(DomainRecognizer(), text)


@pytest.mark.parametrize(
    "text", ["at 10.30 today", "the character.ai bot", "connect the dot", "@caitlin.vip.x", "1.5 hours"]
)
def test_numbers_and_apps_are_not_addresses(text: str) -> None:
    assert matches(DomainRecognizer(), text) == []
