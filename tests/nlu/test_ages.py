"""Numbers that may be ages, whose ages they are, and numbers that are not ages."""

import asyncio
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import numpy as np
import pytest

from bot.nlu.ages import AGES, MOST_NUMBERS, clues, find_numbers, learn_ages, numbers_of, read_ages
from bot.rasa_runtime.agent import load_assistant
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("im 12", [12]),
        ("i am fifteen", [15]),
        ("im a 16 yr old girl", [16]),
        ("my 11-year-old has roblox", [11]),
        ("our daughter (15) was sent it", [15]),
        ("15yo and 13F", [15, 13]),
        ("he is 30ish", [30]),
        ("I am forty-two and I have been made a fool of", [42]),
        ("im thirty five", [35]),
        ("Twelve, thirteen.", [12, 13]),
        ("im 12 in a group chat", [12]),
        ("he's 30 and im 12", [30, 12]),
    ],
)
def test_numbers_that_may_be_ages_are_found(text: str, expected: List[int]) -> None:
    assert [number.years for number in find_numbers(text)] == expected


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("nearly fourteen", 13),
        ("im 18 next week, does it still work", 17),
        ("I'm 18 in june", 17),
        ("15 in feb", 14),
        ("i'm turning 16 on friday", 15),
    ],
)
def test_an_age_not_yet_reached_is_a_year_less(text: str, years: int) -> None:
    assert [number.years for number in find_numbers(text)] == [years]


@pytest.mark.parametrize("text", ["a nude of one of my year 9s", "a lad in yr 9 has it", "Y9 girl"])
def test_a_school_year_is_read_as_the_age_at_its_start(text: str) -> None:
    (number,) = find_numbers(text)
    assert (number.years, number.is_school_year) == (13, True)


@pytest.mark.parametrize(
    "text",
    [
        "is 999 the number",
        "the wait is 20 minutes",
        "it is 10 pm",
        "he is 3",
        "he wants £50",
        "it is 5 days ago",
        "im 100% sure",
        "it was 12th of may",
        "im 10 miles away",
        "the year 2026",
    ],
)
def test_other_numbers_are_ignored(text: str) -> None:
    assert find_numbers(text) == []


def test_a_number_has_its_position_in_the_text() -> None:
    (number,) = find_numbers("my son is 12 now")
    assert "my son is 12 now"[number.start : number.end] == "12"


def test_only_the_first_numbers_of_a_long_list_are_read() -> None:
    assert len(find_numbers(" ".join(["14"] * 300))) == MOST_NUMBERS


def test_equal_ages_belong_to_people_in_the_order_of_the_annotation() -> None:
    assert [one.names for one in numbers_of(0, "17, hes 17", {"writer_age": 17, "other_age": 17})] == [
        ("writer_age",),
        ("other_age",),
    ]


def test_one_number_can_be_two_peoples_age() -> None:
    (number,) = numbers_of(0, "shes 13 same as me", {"writer_age": 13, "about_age": 13})
    assert number.names == ("writer_age", "about_age")


def test_a_child_in_a_school_year_may_be_a_year_older() -> None:
    (number,) = numbers_of(0, "a yr 9 girl", {"about_age": 14})
    assert number.names == ("about_age",)


def test_the_person_named_last_before_a_number_is_a_clue() -> None:
    text = "my friend Ana, she is 12"
    (found,) = clues(text, find_numbers(text))
    assert "nearest=she" in found


def test_whose_age_a_number_is_can_be_learned_from_the_words_around_it() -> None:
    told = [("im 1%d", "writer_age"), ("hes 1%d", "other_age"), ("shes 1%d", "about_age")] * 20
    turns = [(text % (row % 8), {name: 10 + row % 8}) for row, (text, name) in enumerate(told)]
    numbers = [one for row, (text, ages) in enumerate(turns) for one in numbers_of(row, text, ages)]
    head = learn_ages(np.zeros((len(turns), 1), np.float32), numbers)
    (read,) = read_ages(head, "hes 14", np.zeros(1, np.float32))
    assert (read["years"], max(AGES, key=read["of"].__getitem__)) == (14, "other_age")


@pytest.fixture(scope="module")
def read(model_path: Path) -> Iterator[Callable[[str], List[Dict[str, Any]]]]:
    """A function that returns the numbers that the trained model finds in a first message."""
    agent = load_assistant(model_path, DialogueStore(engine=open_engine("sqlite://")))
    loop = asyncio.new_event_loop()
    yield lambda text: loop.run_until_complete(agent.parse_message(text))["context"]["numbers"]
    loop.close()


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("im 12", [(12, "writer_age")]),
        ("I'm 14 and scared", [(14, "writer_age")]),
        ("im a 16 yr old girl", [(16, "writer_age")]),
        ("I am forty-two and I have been made a fool of", [(42, "writer_age")]),
        ("my 9 yr old", [(9, "about_age")]),
        ("our daughter (15) was sent it", [(15, "about_age")]),
        ("my best friend is 16", [(16, "about_age")]),
        ("my son who's 15", [(15, "about_age")]),
        ("my boyfriend is 25", [(25, "other_age")]),
        ("a man, he's 45, has it", [(45, "other_age")]),
        ("i was 16 when i sent it", [(16, "image_age")]),
        ("she was 15 in it", [(15, "image_age")]),
        ("im 12 and he's 30", [(12, "writer_age"), (30, "other_age")]),
    ],
)
def test_the_model_reads_whose_age_a_number_is(read: Any, text: str, expected: Any) -> None:
    assert [(one["years"], max(AGES, key=one["of"].__getitem__)) for one in read(text)] == expected


@pytest.mark.model
@pytest.mark.parametrize("text", ["i have 20 accounts", "its in the year 10 group chat", "i read 12 pages about it"])
def test_a_number_that_is_nobodys_age_is_not_a_fact(read: Any, text: str) -> None:
    assert [one["years"] for one in read(text) if max(one["of"].values()) >= 0.5] == []
