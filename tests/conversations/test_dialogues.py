"""Plays whole conversations over HTTP, and checks that the right services are offered and no wrong ones.

The conversations are in `dialogues/*.yml`. Each names a time, and runs on a server whose clock is set to that time.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import pytest
import yaml
from chat_client import Person, Server, StartServer, services

from bot.content.checks import WITHOUT_GUIDANCE
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.content.models import ASKERS

MOMENTS = {
    "noon": datetime(2026, 11, 25, 12, 0, tzinfo=LONDON),
    "night": datetime(2026, 11, 25, 2, 0, tzinfo=LONDON),
    "christmas": datetime(2026, 12, 25, 12, 0, tzinfo=LONDON),
    "clock_change": datetime(2026, 3, 29, 1, 30, tzinfo=LONDON),
}
DIALOGUES: List[Dict[str, Any]] = [
    dialogue
    for file in sorted(Path(__file__).parent.glob("dialogues/*.yml"))
    for dialogue in yaml.safe_load(file.read_text(encoding="utf-8"))
]
KNOWN_FAILURES = frozenset(yaml.safe_load(Path(__file__).with_name("known_failures.yml").read_text(encoding="utf-8")))


class Reply(NamedTuple):
    """A turn of a dialogue and the services that its reply offers, in order."""

    turn: Dict[str, Any]
    offered: List[str]


@pytest.fixture(scope="module")
def servers(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dict[str, Server]]:
    running = {
        name: start_server(tmp_path_factory.mktemp(name) / "data", at=moment) for name, moment in MOMENTS.items()
    }
    yield running
    for server in running.values():
        server.stop()


def talk(dialogue: Dict[str, Any], server: Server) -> List[Reply]:
    """Play the turns. If a turn's button is not under the last reply, skip the turn if it has `if_asked`, else fail."""
    person, replies = Person(server), []
    buttons = labelled(person.welcome)
    for turn in dialogue["turns"]:
        if turn.get("if_asked") and turn["presses"] not in buttons:
            continue
        messages = person.says(turn["says"]) if "says" in turn else person.presses(buttons[turn["presses"]])
        buttons = labelled(messages)
        replies.append(Reply(turn, services(messages)))
    return replies


def labelled(messages: List[Dict[str, Any]]) -> Dict[str, str]:
    """Map the label of each button under a reply to the button's id."""
    return {choice["label"]: choice["id"] for message in messages for choice in message.get("choices", [])}


def names(dialogue: Dict[str, Any]) -> str:
    return str(dialogue["name"])


def expected(dialogue: Dict[str, Any]) -> Any:
    """Return a dialogue as a test case. A known failure may pass on a processor that rounds differently."""
    known = [pytest.mark.xfail(strict=False, reason="known_failures.yml")] if dialogue["name"] in KNOWN_FAILURES else []
    return pytest.param(dialogue, marks=known, id=names(dialogue))


@pytest.mark.parametrize("dialogue", map(expected, DIALOGUES))
def test_a_conversation_is_offered_the_right_services_and_never_a_wrong_one(
    dialogue: Dict[str, Any], servers: Dict[str, Server]
) -> None:
    replies = talk(dialogue, servers[dialogue.get("at", "noon")])
    everything = {name for reply in replies for name in reply.offered}
    # No service is shown twice, so one that has been shown also counts in later turns.
    by_then = [{name for reply in replies[: number + 1] for name in reply.offered} for number in range(len(replies))]
    wrong = [
        f"{reply.turn.get('says') or reply.turn.get('presses')}: {fault} in {reply.offered}"
        for reply, offered in zip(replies, by_then, strict=True)
        for fault in (
            *(f"no {name}" for name in reply.turn.get("must", []) if name not in offered),
            *(f"{name}" for name in reply.turn.get("never", []) if name in reply.offered),
        )
    ]
    wrong += [f"no {name} at all" for name in dialogue.get("must", []) if name not in everything]
    wrong += [f"{name} in the conversation" for name in dialogue.get("never", []) if name in everything]
    assert wrong == []


def test_there_are_at_least_a_hundred_and_twenty_conversations() -> None:
    assert len(DIALOGUES) >= 120


@pytest.mark.parametrize("topic", sorted(set(load_library().topics) - WITHOUT_GUIDANCE - {"about_service"}))
def test_a_topic_has_at_least_five_conversations(topic: str) -> None:
    assert Counter(dialogue["topic"] for dialogue in DIALOGUES)[topic] >= 5


@pytest.mark.parametrize("asker", ASKERS)
def test_an_asker_has_at_least_five_conversations(asker: str) -> None:
    assert Counter(dialogue["asker"] for dialogue in DIALOGUES)[asker] >= 5


def test_conversations_name_only_known_services() -> None:
    named = {
        name
        for dialogue in DIALOGUES
        for part in (dialogue, *dialogue["turns"])
        for key in ("must", "never")
        for name in part.get(key) or []
    }
    assert named - set(load_library().services) == set()
