"""The file of conversations retold by staff can be written and read back."""

from pathlib import Path
from typing import List

import pytest

from bot.case.annotations import Conversation, read_conversations
from bot.commands.told_again import file_of
from bot.store.retellings import Mistake, Retelling, Step

STEPS: List[Step] = [
    {
        "user": 'he says "send it": or else',
        "move": "tells",
        "topic": "sextortion",
        "role": "asks",
        "urgency": "active_harm",
        "needs": False,
        "facts": {"threat": True},
    },
    {
        "user": "im 14",
        "move": "tells",
        "topic": "sextortion",
        "role": "harmed",
        "urgency": "active_harm",
        "needs": True,
        "facts": {"writer_age": 14},
    },
]


def read(folder: Path, mistake: Mistake) -> Conversation:
    told = Retelling(7, 1, 2, mistake, STEPS, "approved", 1, 0, 2, 0)
    (folder / "told.yml").write_text(file_of([told]), encoding="utf-8")
    return read_conversations(folder)[0]


ROLE: Mistake = {"kind": "role", "was": "asks", "right": "harmed"}


def test_messages_survive_the_round_trip(tmp_path: Path) -> None:
    assert [turn.text for turn in read(tmp_path, ROLE).turns] == [step["user"] for step in STEPS]


def test_facts_survive_the_round_trip_with_their_values(tmp_path: Path) -> None:
    assert [dict(turn.facts) for turn in read(tmp_path, ROLE).turns] == [{"threat": True}, {"writer_age": 14}]


def test_the_need_for_context_survives_the_round_trip(tmp_path: Path) -> None:
    assert [turn.needs_context for turn in read(tmp_path, ROLE).turns] == [False, True]


def test_the_mistake_survives_the_round_trip(tmp_path: Path) -> None:
    assert read(tmp_path, ROLE).mistake == ("role", "asks", "harmed")


@pytest.mark.parametrize(("kind", "field"), [("missed_service", "right"), ("wrong_service", "wrong")])
def test_a_mistake_about_a_service_lists_it_as_right_or_wrong(tmp_path: Path, kind: str, field: str) -> None:
    read_back = read(tmp_path, {"kind": kind, "was": "", "right": "childline"})
    assert getattr(read_back, field) == ("childline",)


def test_a_mistake_of_an_unknown_kind_is_refused_with_its_conversation(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="'R-7': a mistake has a kind"):
        read(tmp_path, {"kind": "mood", "was": "", "right": "low"})
