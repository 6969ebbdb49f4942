"""The names, user names and schools that the trained tagger finds on its own."""

import time

import numpy as np
import pytest

from bot.redaction.recognizers.tagger import AROUND, WIDTH, TaggerRecognizer, extras, inputs
from bot.redaction.recognizers.tagger_features import lists, tokens
from bot.redaction.redactor import Redactor
from bot.weights import TAGGER, TAGGER_SHA256, digest, tagger_path


@pytest.fixture(scope="module")
def tagger() -> TaggerRecognizer:
    return TaggerRecognizer(tagger_path())


GOES = [
    # text, identifier, kind
    ("ive been talking to mossyteapot on discord since march", "mossyteapot", "handle"),
    ("my snap is cobwebcarly n he found it", "cobwebcarly", "handle"),
    ("A user called trombonegravy keeps writing to my daughter.", "trombonegravy", "handle"),
    ("she blocked turnipprincess and he came back as turnip.prince", "turnipprincess", "handle"),
    ("insta is bex_n_the_gang if u wanna look", "bex_n_the_gang", "handle"),
    ("LlamaDramaQueen from fortnite asked where i live", "LlamaDramaQueen", "handle"),
    ("then orlaithe told the whole bus", "orlaithe", "name"),
    ("my cousin temidayo got sent it", "temidayo", "name"),
    ("told zuzka n she laughed", "zuzka", "name"),
    ("My son Caelum has stopped eating", "Caelum", "name"),
    ("mr brathwaite wont listen", "brathwaite", "name"),
    ("everyone at thistlemoor high has it", "thistlemoor high", "school"),
    ("My daughter attends Larchbeck Community College.", "Larchbeck Community College", "school"),
    ("he coaches at pinfold rovers u11s", "pinfold rovers u11s", "school"),
]

STAYS = [
    "im petrified n i cant sleep",
    "my snap is locked so only mates see it",
    "he told me not to tell anyone",
    "i hope she gets better soon",
    "will i get in trouble",
    "mark that post as spam pls",
    "She goes to primary school in Bradford",
    "is snapchat plus worth it",
    "my phone bill came and theres loads of texts",
    "ring childline on 0800 1111",
    "he wants £200 in bitcoin by friday",
    "is clare's law free",
    "I live near Basildon, in Essex",
    "The Online Safety Act 2023 says otherwise",
    "ktoś prosi moją córkę o nagie zdjęcia",
]


@pytest.mark.parametrize(("text", "found", "kind"), GOES, ids=[text for text, _, _ in GOES])
def test_identifiers_are_found_at_their_position(tagger: TaggerRecognizer, text: str, found: str, kind: str) -> None:
    assert (kind, found) in [(span.kind, text[span.start : span.end]) for span in tagger.find(text)]


@pytest.mark.parametrize("text", STAYS)
def test_other_text_is_not_found(tagger: TaggerRecognizer, text: str) -> None:
    assert Redactor([tagger]).redact(text).removed == []


@pytest.mark.slow
def test_no_example_of_these_tests_is_in_the_training_data() -> None:
    from training.examples import read_examples
    from training.tagger.tagging import read_contexts

    material = {text.lower() for text in (*read_examples().texts, *read_contexts())}
    assert not material.intersection(text.lower() for text in (*STAYS, *(text for text, _, _ in GOES)))


@pytest.mark.parametrize("kind", ["name", "handle", "school", "phone", "postcode"])
def test_placeholders_are_ignored(tagger: TaggerRecognizer, kind: str) -> None:
    assert not list(tagger.find(f"my mate <{kind}> said so"))


def test_other_words_in_angle_brackets_are_read_as_words(tagger: TaggerRecognizer) -> None:
    text = "add me on snap <mossyteapot_99>"
    assert [text[span.start : span.end] for span in tagger.find(text)] == ["mossyteapot_99"]


def test_a_possessive_ending_is_kept(tagger: TaggerRecognizer) -> None:
    text = "i was at jessica's house"
    assert [text[span.start : span.end] for span in tagger.find(text)] == ["jessica"]


@pytest.mark.parametrize("text", ["", " ", "?!", "😡", "<name>", "١٢٣", "ktoś prosi o zdjęcia"])
def test_odd_texts_can_be_read(tagger: TaggerRecognizer, text: str) -> None:
    assert all(0 <= span.start < span.end <= len(text) for span in tagger.find(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("add jo.bloggs, or u/quiet_moth", ["add", "jo.bloggs", "or", "u/quiet_moth"]),
        ("o'dea's wolf#1234 @bam..bi", ["o'dea's", "wolf#1234", "@bam", "bi"]),
        ("one/two (three)", ["one", "two", "three"]),
        ("<name>s mum", ["<name>", "s", "mum"]),
    ],
)
def test_words_keep_the_characters_of_user_names(text: str, words: "list[str]") -> None:
    assert [token.written for token in tokens(text)] == words


def test_words_have_their_positions_in_the_text() -> None:
    text = "wait...what, she's @x_y!"
    assert all(text[token.start : token.end] == token.written for token in tokens(text))


def test_each_word_is_read_together_with_its_neighbours() -> None:
    padded = np.zeros((2 * AROUND + 2, WIDTH), np.float32)
    padded[AROUND], padded[AROUND + 1] = 1, 2
    read = inputs(padded)
    assert read.shape[0] == 2
    middle = 3 * WIDTH
    assert read[0, middle] == 1
    assert read[0, middle + WIDTH] == read[1, middle] == 2
    assert read[1, -1] == pytest.approx(3 / (2 * AROUND + 1))


def test_the_ends_of_a_message_are_marked() -> None:
    beside = extras(tokens("one two, three"), lists(frozenset()))
    assert list(beside[:, -5]) == [1, 0, 0]
    assert list(beside[:, -4]) == [0, 0, 1]


def test_only_common_words_are_cached() -> None:
    tagger = TaggerRecognizer(tagger_path())
    list(tagger.find("my mate zuzka is mossyteapot on snap"))
    assert set(tagger._vectors) == {"my", "mate", "is", "on", "snap"}


def test_the_weights_are_the_tested_ones_and_are_small() -> None:
    assert digest(TAGGER) == TAGGER_SHA256
    assert TAGGER.stat().st_size <= 2_000_000


@pytest.mark.slow
def test_time_grows_no_faster_than_the_text(tagger: TaggerRecognizer) -> None:
    text = "i told zuzka from thistlemoor high n now mossyteapot wont stop messaging me on snap about it "

    def took(times: int) -> float:
        best = []
        for _ in range(7):
            started = time.thread_time()
            list(tagger.find(text * times))
            best.append(time.thread_time() - started)
        return min(best)

    took(1)
    assert took(10) < 15 * took(1)
