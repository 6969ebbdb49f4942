"""Straight answers to direct questions, each given once in a conversation."""

from typing import Optional, Sequence

from actions.reply import Reply
from actions.turn import Turn
from bot.content.models import DirectAnswer


def give_answer(reply: Reply, answer: Optional[DirectAnswer]) -> bool:
    """Give a straight answer, in easier words if the turn uses them. Return whether anything was added."""
    if answer is None:
        return False
    version = answer.version_key(reply.turn.asker)
    return _say_answer(reply, answer, reply.turn.easier(answer.id, version))


def give_brief_answer(reply: Reply, answer: Optional[DirectAnswer]) -> bool:
    """Give the shorter, easier version of a straight answer. Return whether anything was added."""
    if answer is None:
        return False
    version = answer.version_key(reply.turn.asker)
    return _say_answer(reply, answer, reply.turn.replies.easier[answer.id][version])


def _say_answer(reply: Reply, answer: DirectAnswer, easier: Sequence[str]) -> bool:
    """Say the sentences in `easier`, or the usual words if it is empty. Return whether anything was added."""
    words = " ".join(easier) or answer.versions[answer.version_key(reply.turn.asker)]
    return reply.say_once(answer_key(answer, reply.turn), words)


def straight_answer(turn: Turn) -> Optional[DirectAnswer]:
    """Return the straight answer to this turn's direct question, or None if there is none or it was already given."""
    answer = turn.library.direct_answer(str(turn.reading.asks), turn.case.topic, turn.case.intent)
    return None if answer is None or answer_key(answer, turn) in turn.case.said else answer


def answer_key(answer: DirectAnswer, turn: Turn) -> str:
    """Return the key in `Case.said` of an answer to this turn's asker."""
    return f"answer/{answer.id}/{turn.asker}"
