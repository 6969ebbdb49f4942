"""User names."""

import pytest
from matching import matches

from bot.redaction.recognizers.handles import HandleRecognizer, MarkedHandleRecognizer


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
    assert matches(MarkedHandleRecognizer(), text) == [found]


@pytest.mark.parametrize(
    "text", ["he pinged @everyone", "he wants £200", "room #12", "r/teenagers", "one keeps @ing me"]
)
def test_signs_without_a_user_name_are_not_found(text: str) -> None:
    assert matches(MarkedHandleRecognizer(), text) == []


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
def test_words_that_can_only_be_user_names_are_found_anywhere(text: str, found: str) -> None:
    assert found in matches(HandleRecognizer(), text)


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
def test_plain_looking_user_names_are_found_by_the_words_next_to_them(text: str, found: str) -> None:
    assert found in matches(HandleRecognizer(), text)


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
def test_ordinary_words_next_to_platforms_are_not_user_names(text: str) -> None:
    assert matches(HandleRecognizer(), text) == []
