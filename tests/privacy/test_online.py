"""Links, e-mail addresses and user names: a table for each recogniser."""

from typing import List

import pytest

from bot.privacy.handles import HandleRecogniser, MarkedHandleRecogniser
from bot.privacy.online import DomainRecogniser, EmailRecogniser, LinkRecogniser
from bot.privacy.spans import Recogniser

EMAIL, LINK, DOMAIN, HANDLE, MARKED = (
    EmailRecogniser(),
    LinkRecogniser(),
    DomainRecogniser(),
    HandleRecogniser(),
    MarkedHandleRecogniser(),
)


def finds(recogniser: Recogniser, text: str) -> List[str]:
    return [text[span.start : span.end] for span in recogniser.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to jo.bloggs@example.org please", "jo.bloggs@example.org"),
        ("its jo.bloggs+new@mail.secure-pics.example", "jo.bloggs+new@mail.secure-pics.example"),
        ("its jo.bloggs @ gmail . com", "jo.bloggs @ gmail . com"),
        ("write to sam at hotmail dot co dot uk", "sam at hotmail dot co dot uk"),
        ("h.prentice(at)trust(dot)org", "h.prentice(at)trust(dot)org"),
        ("sam99 at gmail", "sam99 at gmail"),
        ("moonlitbadger at gmail com", "moonlitbadger at gmail com"),
    ],
)
def test_e_mail_addresses_are_found_also_written_out(text: str, found: str) -> None:
    assert finds(EMAIL, text)[0] == found


@pytest.mark.parametrize(
    "text", ["look at gmail", "we met at school", "he pinged @everyone", "snap @dark.wolf", "5 @ 3"]
)
def test_what_holds_no_address_is_no_e_mail(text: str) -> None:
    assert finds(EMAIL, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("he sent https://evil.example/abc?x=1", "https://evil.example/abc?x=1"),
        ("hxxps://evil.example", "hxxps://evil.example"),
        ("www.badsite.co.uk/me", "www.badsite.co.uk/me"),
        ("www dot badsite dot com", "www dot badsite dot com"),
    ],
)
def test_links_that_say_so_are_found(text: str, found: str) -> None:
    assert finds(LINK, text) == [found]


@pytest.mark.parametrize("text", ["a website", "www", "http", "the link he sent"])
def test_words_about_links_are_none(text: str) -> None:
    assert finds(LINK, text) == []


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
    assert found in finds(DOMAIN, text)


@pytest.mark.parametrize(
    "text", ["at 10.30 today", "the character.ai bot", "connect the dot", "@caitlin.vip.x", "1.5 hours"]
)
def test_numbers_and_apps_are_no_addresses(text: str) -> None:
    assert finds(DOMAIN, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("add me @sk8r_girl", "@sk8r_girl"),
        ("my discord is wolfie#1234", "wolfie#1234"),
        ("reddit u/quietmoth-8812", "u/quietmoth-8812"),
        ("cash app £bigmanty", "£bigmanty"),
        ("on skype live:.cid.9f3ab71c", "live:.cid.9f3ab71c"),
    ],
)
def test_user_names_with_a_sign_are_found(text: str, found: str) -> None:
    assert finds(MARKED, text) == [found]


@pytest.mark.parametrize(
    "text", ["he pinged @everyone", "he wants £200", "room #12", "r/teenagers", "one keeps @ing me"]
)
def test_signs_without_a_user_name_are_none(text: str) -> None:
    assert finds(MARKED, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("someone called xx_jay_xx", "xx_jay_xx"),
        ("lukey07 wont stop", "lukey07"),
        ("blocked th0masjnr", "th0masjnr"),
        ("its CoolGuyRyan again", "CoolGuyRyan"),
        ("xXFrostyPeachXx on fortnite", "xXFrostyPeachXx"),
        ("dm from quiet.lemon.tree", "quiet.lemon.tree"),
        ("his snap is jay.lad77", "jay.lad77"),
    ],
)
def test_words_that_only_a_user_name_can_be_are_found_anywhere(text: str, found: str) -> None:
    assert found in finds(HANDLE, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my snap is moonlitbadger", "moonlitbadger"),
        ("insta luvvleah", "luvvleah"),
        ("add froggydoggo", "froggydoggo"),
        ("does reporting frostedpickle tell him", "frostedpickle"),
        ("im crumpetqueen on tiktok", "crumpetqueen"),
        ("calling himself tartanterror", "tartanterror"),
        ("she go by sadangel", "sadangel"),
        ("back as nadiaisback", "nadiaisback"),
        ("a snap user bradz-xo", "bradz-xo"),
        ("His gamertag is RavenClaw Sniper 9", "RavenClaw Sniper 9"),
        ('"willpower" on ps5', "willpower"),
        ("username: shadow", "shadow"),
        ("picklequeen wont stop", "picklequeen"),
    ],
)
def test_plain_looking_user_names_are_found_by_the_words_beside_them(text: str, found: str) -> None:
    assert found in finds(HANDLE, text)


@pytest.mark.parametrize(
    "text",
    [
        "his snap is private",
        "her username is fake",
        "i am in year10 and on ps5",
        "16yo girl, b4 2nite, gr8, any1",
        "windows11 and iphone15 and fifa24",
        "the TikTok and WhatsApp and YouTube apps",
        "Mrs McDonald and the GCSEs",
        "i told him.he laughed",
        "add evryone on snap",
        "my daughter is on insta all nite",
        'a "girl" from roblox',
        "a playgroup, a buttercream cake",
    ],
)
def test_ordinary_words_beside_platforms_are_no_user_names(text: str) -> None:
    assert finds(HANDLE, text) == []
