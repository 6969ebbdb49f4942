"""Whether the assistant still makes the mistakes that staff corrected by retelling conversations."""

from typing import List, Optional

import pytest

from bot.case.annotations import Conversation, Mistake, Turn
from bot.case.case import Case
from bot.case.facts import Fact
from bot.content.message_types import Message
from evaluation.understanding.conversations import PlayedTurn
from evaluation.understanding.told_again import compare, lines

TURN = Turn("im 14", ("sextortion",), "tells", "harmed", "active_harm", True, None, {})
CASE = Case(role=Fact("harmed", False, 1), facts={"writer_age": Fact(14, True, 1)})
MESSAGES: List[Message] = [{"kind": "service", "id": "childline"}]  # type: ignore[typeddict-item, list-item]


def is_gone(kind: str, right: str) -> Optional[bool]:
    told = Conversation("R-1", "staff", (TURN,), mistake=Mistake(kind, "asks", right))
    return compare([(told, [PlayedTurn(TURN, CASE, "sextortion", MESSAGES)])])[0].is_gone


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("role", "harmed"),
        ("topic", "sextortion"),
        ("fact", "writer_age=14"),
        ("fact", "threat=unknown"),
        ("missed_service", "childline"),
        ("wrong_service", "stop_it_now"),
    ],
)
def test_a_mistake_is_gone_if_the_assistant_now_gets_it_right(kind: str, right: str) -> None:
    assert is_gone(kind, right) is True


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("role", "carer"),
        ("topic", "bullying"),
        ("fact", "writer_age=15"),
        ("missed_service", "nspcc"),
        ("wrong_service", "childline"),
    ],
)
def test_a_mistake_remains_if_the_assistant_still_gets_it_wrong(kind: str, right: str) -> None:
    assert is_gone(kind, right) is False


def test_a_better_reply_is_left_to_a_person() -> None:
    assert is_gone("reply", "say that it is not her fault") is None


def test_the_last_line_counts_the_mistakes_that_are_gone() -> None:
    told = Conversation("R-1", "staff", (TURN,), mistake=Mistake("role", "asks", "harmed"))
    assert lines(compare([(told, [PlayedTurn(TURN, CASE, "sextortion", [])])]))[-1] == "1 of 1 mistakes are gone."
