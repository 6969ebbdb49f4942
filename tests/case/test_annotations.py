"""The annotated conversations: their format is checked, and there are enough of them with enough variety."""

from collections import Counter
from pathlib import Path
from typing import List

import pytest

from bot.case.annotations import TRAINING, Conversation, read_conversations
from bot.content.library import load_library
from bot.content.reader import ContentError
from evaluation.understanding.conversations import DEVELOPMENT, SEALED

GOOD = '- {user: "im scared", move: tells, topic: crisis, role: asks, urgency: concern}'


def written(folder: Path, step: str) -> Path:
    text = f'version: "3.1"\nconversations:\n- conversation: X-1\n  metadata: {{voice: a boy}}\n  steps:\n  {step}\n'
    (folder / "talk.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def training() -> List[Conversation]:
    return read_conversations(TRAINING)


def test_a_good_turn_is_read(tmp_path: Path) -> None:
    assert read_conversations(written(tmp_path, GOOD))[0].turns[0].topics == ("crisis",)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (GOOD.replace("crisis", "cooking"), "topic is 'cooking'"),
        (GOOD.replace("tells", "sings"), "move is 'sings'"),
        (GOOD.replace("asks", "king"), "role is 'king'"),
        (GOOD.replace("}", ", facts: {weather: fine}}"), "'weather' is no fact"),
        (GOOD.replace("}", ", facts: {threat: maybe}}"), "'threat' cannot be 'maybe'"),
        (GOOD.replace("}", ", asks: weather}"), "no kind of question"),
        (GOOD.replace("}", ", remark: weather}"), "remark is 'weather'"),
        (GOOD.replace("}", ", faq: weather}"), "faq is 'weather'"),
        (GOOD.replace("}", ", mood: bad}"), "'mood' is no field"),
        (GOOD.replace('"im scared"', '""'), "has no text"),
    ],
)
def test_a_wrong_turn_is_refused_with_its_position(tmp_path: Path, wrong: str, named: str) -> None:
    with pytest.raises(ContentError) as refused:
        read_conversations(written(tmp_path, wrong))
    assert named in str(refused.value)
    assert "'X-1', turn 1" in str(refused.value)


@pytest.mark.slow
def test_there_are_at_least_1200_training_conversations(training: List[Conversation]) -> None:
    assert (len(training) >= 1200, sum(len(conversation.turns) for conversation in training) >= 6000) == (True, True)


@pytest.mark.slow
def test_there_are_at_least_forty_voices(training: List[Conversation]) -> None:
    assert len({conversation.voice for conversation in training}) >= 40


@pytest.mark.slow
def test_six_in_ten_later_turns_need_their_context(training: List[Conversation]) -> None:
    later = [turn for conversation in training for turn in conversation.turns[1:]]
    assert sum(turn.needs_context for turn in later) / len(later) >= 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "what"),
    [
        (0.15, lambda conversation: any(turn.is_danger for turn in conversation.turns[1:])),
        (0.15, lambda conversation: any(turn.move == "corrects" for turn in conversation.turns)),
        (0.10, lambda conversation: len({turn.topics[0] for turn in conversation.turns}) > 2),
    ],
    ids=["danger that builds up", "corrections", "changes of subject"],
)
def test_events_are_frequent(training: List[Conversation], share: float, what) -> None:  # type: ignore[no-untyped-def]
    assert sum(map(what, training)) / len(training) >= share


@pytest.mark.slow
def test_every_topic_occurs(training: List[Conversation]) -> None:
    topics = Counter(turn.topics[0] for conversation in training for turn in conversation.turns)
    assert set(load_library().topics) - set(topics) == set()


@pytest.mark.parametrize("folder", [DEVELOPMENT, SEALED], ids=["development", "sealed"])
def test_a_test_set_has_a_hundred_and_fifty_conversations(folder: Path) -> None:
    assert len(read_conversations(folder)) == 150


@pytest.mark.slow
def test_no_test_conversation_is_learned_from(training: List[Conversation]) -> None:
    def texts(conversations: List[Conversation]) -> "set[tuple[str, ...]]":
        return {tuple(turn.text.lower() for turn in conversation.turns) for conversation in conversations}

    assert texts(training) & (texts(read_conversations(DEVELOPMENT)) | texts(read_conversations(SEALED))) == set()
