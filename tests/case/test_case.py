"""The case as a value: it survives its slot, stays within its size limit, and drops the facts of other versions."""

import json

import pytest

from bot.case.case import MAX_ENTRIES, Case, dump, learned, load
from bot.case.facts import FACTS, PLACE_LETTERS, Fact, Value

#: The maximum size of a case in a slot, in bytes (DESIGN part 4).
BOUND = 8 * 1024


def longest(name: str) -> Value:
    """Return the longest value that a fact can have."""
    kind = FACTS[name]
    return max(
        (*kind.words, "x" * PLACE_LETTERS if kind.text else "", *([99] if kind.years else [])),
        key=lambda v: len(str(v)),
    )


@pytest.fixture
def fullest() -> Case:
    facts = {name: Fact(longest(name), True, 500) for name in FACTS}
    lists = {name: tuple(f"{name}_{number:0>30}" for number in range(500)) for name in MAX_ENTRIES}
    return Case(turn=500, facts=facts).with_entries(**lists)


def test_a_case_survives_its_slot() -> None:
    case = Case(turn=3, facts={"writer_age": Fact(14, True, 2)}, role=Fact("harmed", False, 1), topic="sextortion")
    assert load(json.loads(json.dumps(dump(case)))) == case


def test_an_empty_slot_is_an_empty_case() -> None:
    assert load(None) == Case()


def test_the_fullest_case_stays_within_its_bound(fullest: Case) -> None:
    assert len(json.dumps(dump(fullest))) <= BOUND


def test_the_latest_entries_of_a_list_are_kept() -> None:
    case = Case().with_entries(shown=tuple(f"s{number}" for number in range(100)))
    assert case.shown[-1] == "s99"


def test_a_repeated_entry_is_kept_once() -> None:
    assert Case().with_entries(said=("a", "b")).with_entries(said=("a",)).said == ("b", "a")


@pytest.mark.parametrize(
    "fact", [("weather", "fine"), ("writer_age", "old"), ("threat", "maybe")], ids=lambda fact: fact[0]
)
def test_a_fact_of_another_version_is_left_out(fact: "tuple[str, str]") -> None:
    slot = {**dump(Case()), "facts": {fact[0]: [fact[1], True, 1]}}
    assert load(slot).facts == {}


def test_learned_facts_are_new_changed_or_withdrawn() -> None:
    before = Case(facts={"threat": Fact(True, False, 1), "paid": Fact(True, True, 1), "writer_age": Fact(13, True, 1)})
    after = Case(facts={"threat": Fact(True, True, 2), "writer_age": Fact(13, True, 2)}, role=Fact("harmed", False, 2))
    assert learned(before, after) == {"threat": (True, True, 2), "paid": None, "role": ("harmed", False, 2)}
