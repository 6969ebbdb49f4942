"""Folding undoes disguises and leaves plain text unchanged."""

import re
import time

import pytest
import yaml

from bot.settings import ROOT
from bot.text.folding import Word, fold

#: `[Colchester](place)` is an annotated entity.
ENTITY = re.compile(r"\[([^\]]+)\]\(\w+\)")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("im su1cidal", "im suicidal"),
        ("k1ll my53lf", "kill myself"),
        ("5u1c1d3", "suicide"),
        ("3nd it all", "end it all"),
        ("jump off a br1dge", "jump off a bridge"),
        ("s3lf h4rm", "self harm"),
        ("he r4ped me", "he raped me"),
        ("$uicide", "suicide"),
        ("su!cide", "suicide"),
        ("mys€lf", "myself"),
        ("k*ll", "kill"),
        ("s***ide", "suicide"),
        ("kill_myself", "kill myself"),
        ("i_want_to_die", "i want to die"),
        ("s.u.i.c.i.d.a.l", "suicidal"),
        ("s-u-i-c-i-d-e", "suicide"),
        ("su-i-cide", "suicide"),
        ("k i l l  m y s e l f", "kill myself"),
        ("d i e", "die"),
        ("kkiillll mmyysseellff", "kill myself"),
        ("suiicidde", "suicide"),
        ("dieeee", "die"),
    ],
)
def test_a_disguised_word_is_made_plain(text: str, plain: str) -> None:
    assert fold(text).text == plain


@pytest.mark.parametrize(
    "text",
    [
        "ѕuісіdе",
        "sυιcιdε",
        "ｓｕｉｃｉｄｅ",
        "𝐬𝐮𝐢𝐜𝐢𝐝𝐞",
        "ⓢⓤⓘⓒⓘⓓⓔ",
        "ꜱᴜɪᴄɪᴅᴇ",
        "su\u200bic\u00adide",
        "s\u0336u\u0336i\u0336c\u0336i\u0336d\u0336e\u0336",
        "s\u0489uicide",
        "súicídé",
    ],
)
def test_lookalike_letters_and_hidden_characters_are_made_plain(text: str) -> None:
    assert fold(text).text == "suicide"


@pytest.mark.parametrize(
    "text",
    [
        "14",
        "5 kms",
        "5kms",
        "101",
        "3am",
        "4 boys",
        "year 9",
        "year9",
        "18+",
        "b4",
        "gr8",
        "any1 m8",
        "in the 50s, 1st 2nd 3rd 4th",
        "a 14yo on ps5",
        "top5",
        "1 2 3 4 5 6",
        "at 1 a.m. a boy",
        "room 10c1",
        "life360",
    ],
)
def test_real_numbers_and_abbreviations_with_digits_stay(text: str) -> None:
    assert fold(text).text == text


@pytest.mark.parametrize(
    "text",
    ["self-harm", "e-mail", "r.i.p.", "a&e", "5*", "matt likes naan", "help!me", "what?!", "хочу умереть", "łódź, für"],
)
def test_plain_writing_stays(text: str) -> None:
    assert fold(text).text == text


@pytest.mark.parametrize(
    "text", ["see <date_of_birth>", "www.example.org/su1cide", "a_b1ll@example.org", "@su1cidal_x"]
)
def test_links_addresses_user_names_and_placeholders_stay(text: str) -> None:
    assert fold(text).text == text


def test_an_ambiguous_word_is_folded_only_next_to_a_disguised_one() -> None:
    assert [fold(text).text for text in ("my 5elf", "k1ll my 5elf")] == ["my 5elf", "kill my self"]


def test_each_word_has_its_position_in_the_typed_text() -> None:
    assert fold("I’m k.i.l.l.ing\u200b, d!e_x").words[:1] == [Word("im", 0, 3)]
    text = "so: \u200bk1ll\u0336 my_53lf now"
    assert [text[word.start : word.end] for word in fold(text).words][1:4] == ["k1ll\u0336", "my", "53lf"]


def test_words_lose_case_apostrophes_accents_and_stretching() -> None:
    assert [word.said for word in fold("I’m SOOOOO sad, can't, Zoë").words] == ["im", "soo", "sad", "cant", "zoe"]


def test_links_and_user_names_have_no_words() -> None:
    assert fold("https://a.example/suicide-note me@kill.org @suicidal").words == []


@pytest.mark.slow
def test_nearly_all_training_examples_stay_unchanged() -> None:
    texts = [
        ENTITY.sub(r"\1", line.strip()[2:].strip())
        for path in sorted((ROOT / "data" / "nlu").glob("*.yml"))
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]
        if "intent" in block
        for line in block["examples"].splitlines()
    ]
    # 19,000 examples are enough to measure a share of 0.2 %.
    some = texts[::4]
    changed = [text for text in some if fold(text).text != text]
    assert len(changed) <= 0.002 * len(some), changed


def shortest(text: str) -> float:
    took = []
    for _ in range(5):
        started = time.process_time()
        fold(text)
        took.append(time.process_time() - started)
    return min(took)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["k1", "s.u.", "5u1c1d3 ", "***", "ddiiee", "a://", "a@", "ѕ", "a\u0336", "k_", "1-", "i "]
)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    fold(piece)
    short, long = (shortest((piece * size)[:size]) for size in (1_000, 8_000))
    assert long <= 16 * max(short, 0.0005)
