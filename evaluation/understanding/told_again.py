"""Plays the conversations that staff retold, and compares each mistake with the assistant's current result."""

from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

from bot.case.annotations import TRAINING, Conversation, Mistake, read_conversations
from bot.case.facts import as_word
from evaluation.understanding.conversations import PlayedTurn


class Compared(NamedTuple):
    """A mistake, the assistant's current result, and whether the mistake is gone (None if a person must judge that)."""

    id: str
    mistake: Mistake
    now: str
    is_gone: Optional[bool]


def read_told_again() -> List[Conversation]:
    """Return the conversations in data/conversations/ that staff retold."""
    return [one for one in read_conversations(TRAINING) if one.mistake is not None]


def compare(played: Iterable[Tuple[Conversation, Sequence[PlayedTurn]]]) -> List[Compared]:
    """Compare each mistake with the assistant's result at the end of the conversation."""
    found = []
    for conversation, turns in played:
        if conversation.mistake is not None:
            now = _now(conversation.mistake, turns)
            found.append(Compared(conversation.id, conversation.mistake, now, _is_gone(conversation.mistake, now)))
    return found


def lines(compared: Sequence[Compared]) -> List[str]:
    """Return the comparison as lines to print."""
    outcome = {True: "gone", False: "still wrong", None: "read the answer"}
    judged = [one.is_gone for one in compared if one.is_gone is not None]
    return [
        *(
            f"{one.id}  {one.mistake.kind}: was {one.mistake.was or '-'}, right is {one.mistake.right}, "
            f"now {one.now or '-'} ({outcome[one.is_gone]})"
            for one in compared
        ),
        f"{sum(judged)} of {len(judged)} mistakes are gone.",
    ]


def _now(mistake: Mistake, turns: Sequence[PlayedTurn]) -> str:
    last = turns[-1]
    if mistake.kind == "role":
        return str(last.case.role.value)
    if mistake.kind == "topic":
        return last.topic
    if mistake.kind == "fact":
        name = mistake.right.partition("=")[0]
        return f"{name}={as_word(last.case.value(name))}"
    if mistake.kind == "reply":
        return ""
    return ", ".join(sorted({service for turn in turns for service in turn.services}))


def _is_gone(mistake: Mistake, now: str) -> Optional[bool]:
    if mistake.kind == "reply":
        return None
    is_offered = mistake.right in now.split(", ")
    return {"missed_service": is_offered, "wrong_service": not is_offered}.get(mistake.kind, now == mistake.right)
