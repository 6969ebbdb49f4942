"""The sample for a second reader, the counts, and the search for near duplicates."""

from typing import List

import pytest

from bot.case.annotations import Conversation, Turn
from bot.content.library import load_library
from tools.data.near_duplicates import near_duplicates
from tools.data.nlu_files import Example, Labels
from tools.data.overview import aligned, conversation_rows, example_rows
from tools.data.sample import Item, draw, of_conversations, of_examples

LONG = "someone in my year keeps posting that photo of me and laughing about it in the group chat"
ASKS, PARENT = Labels("ask_bullying", "", "none"), Labels("ask_bullying", "parent", "none")


def examples(*texts: str, labels: Labels = ASKS, file: str = "bullying.yml") -> List[Example]:
    return [Example(labels, text, file, number) for number, text in enumerate(texts, 1)]


def removed(*given: Example, threshold: float = 0.9) -> List[str]:
    return [one.example.text for one in near_duplicates(given, threshold)]


def turn(text: str, role: str = "asks", urgency: str = "none") -> Turn:
    return Turn(text, ("bullying",), "asks", role, urgency, False, None, {})


TALK = Conversation("X-1", "a boy", (turn("hi"), turn("they laugh at me", "harmed", "active_harm")))


def test_the_later_of_two_texts_that_differ_in_case_and_punctuation_is_removed() -> None:
    assert removed(*examples("whats cyberbullying", "other", "What's cyberbullying?"), threshold=1.0) == [
        "What's cyberbullying?"
    ]


def test_the_later_of_two_texts_that_differ_in_a_word_is_removed() -> None:
    assert removed(*examples(LONG, LONG.replace("photo", "video"))) == [LONG.replace("photo", "video")]


def test_an_example_is_compared_only_with_those_that_are_kept() -> None:
    # Each text is close to the one before it, but the third is not close enough to the first.
    chain = [LONG, LONG.replace("photo", "video"), LONG.replace("photo", "video").replace("laughing", "joking")]
    assert removed(*examples(*chain)) == chain[1:2]


@pytest.mark.parametrize(
    "other", [examples(LONG, labels=PARENT), examples(LONG, file="entities.yml")], ids=["labels", "file"]
)
def test_examples_with_other_labels_or_in_another_file_are_kept(other: List[Example]) -> None:
    assert removed(*examples(LONG), *other) == []


def test_texts_without_words_are_compared_too() -> None:
    assert removed(*examples("???", "!!")) == ["!!"]


def test_examples_are_counted_by_topic_intent_asker_and_urgency() -> None:
    head, topic, intent, every = example_rows(
        [*examples("a b c", "d"), *examples("e f", labels=PARENT)], load_library()
    )
    row = dict(zip(head, intent, strict=True))
    assert (row["topic and intent"], row["examples"], row["words"]) == ("  ask_bullying", "3", "2")
    assert (row["parent"], row["unknown"], row["none"], row["no urgency"]) == ("1", "2", "3", "0")
    assert (topic[0], topic[1:], every[0], every[1:]) == ("bullying", intent[1:], "all", intent[1:])


def test_turns_are_counted_by_role_and_urgency() -> None:
    rows = {row[0]: row[1:] for row in conversation_rows([TALK])}
    assert rows["harmed"] == ["1", "0", "0", "1", "0"]
    assert rows["all"] == ["2", "1", "0", "1", "0"]


def test_a_table_aligns_names_left_and_numbers_right() -> None:
    assert list(aligned([["name", "n"], ["a", "10"], ["all", "9.5"]])) == ["name    n", "a      10", "all   9.5"]


def test_a_sample_depends_on_the_seed_but_not_on_the_order_of_the_files() -> None:
    items = list(of_examples(examples(*"abcdefgh")))
    assert draw(items, 3, 7) == draw(items[::-1], 3, 7) != draw(items, 3, 8)


def test_a_sample_larger_than_the_data_has_each_item_once() -> None:
    items = list(of_examples(examples(*"abc")))
    assert sorted(draw(items, 50, 1)) == items


def test_an_example_is_drawn_with_its_labels() -> None:
    assert list(of_examples(examples("a"))) == [Item("a", "ask_bullying, unknown, none")]


def test_a_turn_is_drawn_with_the_messages_before_it() -> None:
    assert list(of_conversations([TALK]))[1] == Item("hi › they laugh at me", "bullying, harmed, active_harm")
