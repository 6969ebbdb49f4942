"""Ages that people say in passing, and numbers that are none."""

from typing import List, Tuple

import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.ages import AgeExtractor, find_ages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("im 12", [("self", 12)]),
        ("I'm 14 and scared", [("self", 14)]),
        ("I’m only 13", [("self", 13)]),
        ("i am fifteen", [("self", 15)]),
        ("im a 16 yr old girl", [("self", 16)]),
        ("my 9 yr old", [("concerned", 9)]),
        ("my 11-year-old has roblox", [("concerned", 11)]),
        ("my 19 year old son", [("concerned", 19)]),
        ("our daughter (15) was sent it", [("concerned", 15)]),
        ("my best friend is 16", [("concerned", 16)]),
        ("a man, he's 45, has it", [("other", 45)]),
        ("my boyfriend is 25", [("other", 25)]),
        ("my son who's 15", [("concerned", 15)]),
        ("pretending im 15", [("other", 15)]),
        ("were both 15", [("self", 15)]),
        ("no, he's 19", [("concerned", 19)]),
        ("sorry she is 14", [("concerned", 14)]),
        ("actually 17 years old", [("concerned", 17)]),
        ("i was 16 when i sent it", [("then", 16)]),
        ("she was 15 in it", [("then", 15)]),
        ("i was 16 but im 20 now", [("then", 16), ("self", 20)]),
        ("19", [("bare", 19)]),
        ("nearly fourteen", [("bare", 13)]),
        ("14. lives with her nan", [("bare", 14)]),
        ("Twelve, thirteen.", [("bare", 12)]),
        ("15, yes im aware", [("bare", 15)]),
        ("I am forty-two and I have been made a fool of", [("self", 42)]),
        ("im thirty five", [("self", 35)]),
        ("Two years ago so I'd have been sixteen", [("then", 16)]),
        ("im nearly 18", [("self", 17)]),
        ("im 18 next week, does it still work", [("self", 17)]),
        ("I'm 18 in june", [("self", 17)]),
        ("i'm turning 16 on friday", [("self", 15)]),
        ("my son is almost 18", [("concerned", 17)]),
        ("im 12 in a group chat", [("self", 12)]),
        ("shes only fourteen", [("other", 14)]),
        ("he is 35", [("other", 35)]),
        ("my daughter is 10", [("concerned", 10)]),
        ("im 12 and he's 30", [("self", 12), ("other", 30)]),
        ("a boy aged 8", [("concerned", 8)]),
        ("a nude of one of my year 9s", [("concerned", 13)]),
        ("a lad in yr 11 has it", [("concerned", 15)]),
        ("she's 14, year 10", [("other", 14)]),
    ],
)
def test_an_age_is_found_with_whose_it_is(text: str, expected: List[Tuple[str, int]]) -> None:
    assert [(age.whose, age.years) for age in find_ages(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "is 999 the number",
        "the wait is 20 minutes",
        "it is 10 pm",
        "he is 3",
        "i have 12 accounts",
        "he wants £50",
        "it is 5 days ago",
        "im 100% sure",
        "it was 12th of may",
        "im 10 miles away",
        "im in year 9",
        "im only a kid in year 8",
        "I'm a year 10",
        "we're in yr 7",
        "the year 2026",
        "its in the year 10 group chat",
    ],
)
def test_a_number_that_is_no_age_is_left_alone(text: str) -> None:
    assert find_ages(text) == []


def test_an_age_stands_where_it_was_said() -> None:
    (age,) = find_ages("my son is 12 now")
    assert "my son is 12 now"[age.start : age.end] == "12"


def test_the_component_adds_the_age_to_the_entities_of_a_message() -> None:
    (message,) = AgeExtractor.create({}).process([Message({TEXT: "im 12"})])
    (entity,) = message.get(ENTITIES)
    assert (entity["entity"], entity["role"], entity["value"]) == ("age", "self", 12)


def test_the_writers_age_is_told_from_that_of_others() -> None:
    assert [(age.whose, age.years) for age in find_ages("he's 30 and im 12")] == [("other", 30), ("self", 12)]
