"""Straight answers to direct and frequently asked questions, each given once in a conversation."""

from typing import Optional, Sequence

from actions.reply import Reply
from actions.turn import Turn
from bot.content.models import StraightAnswer


def give_answer(reply: Reply, answer: Optional[StraightAnswer]) -> bool:
    """Give a straight answer, in easier words if the turn uses them. Return whether anything was added."""
    if answer is None:
        return False
    version = answer.version_key(reply.turn.asker)
    return _say_answer(reply, answer, reply.turn.easier(answer.id, version))


def give_brief_answer(reply: Reply, answer: Optional[StraightAnswer]) -> bool:
    """Give the shorter, easier version of a straight answer. Return whether anything was added."""
    if answer is None:
        return False
    version = answer.version_key(reply.turn.asker)
    return _say_answer(reply, answer, reply.turn.replies.easier[answer.id][version])


def _say_answer(reply: Reply, answer: StraightAnswer, easier: Sequence[str]) -> bool:
    """Say the sentences in `easier`, or the usual words if it is empty. Return whether anything was added."""
    words = " ".join(easier) or answer.versions[answer.version_key(reply.turn.asker)]
    return reply.say_once(answer_key(answer, reply.turn), words)


def straight_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the straight answer to this turn's question, or None if there is none or it was already given.

    The answer to a frequently asked question comes first, because it is more precise than the answer to its kind.
    """
    return new_faq_answer(turn) or _if_new(turn, _direct_answer(turn))


def faq_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the answer to the frequently asked question that this turn asks, or None if it asks none."""
    return turn.library.faq.get(turn.reading.faq or "")


def new_faq_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the answer to this turn's frequently asked question, or None if there is none or it was already given."""
    return _if_new(turn, faq_answer(turn))


def _direct_answer(turn: Turn) -> Optional[StraightAnswer]:
    return turn.library.direct_answer(str(turn.reading.asks), turn.case.topic, turn.case.intent)


def _if_new(turn: Turn, answer: Optional[StraightAnswer]) -> Optional[StraightAnswer]:
    return None if answer is None or answer_key(answer, turn) in turn.case.said else answer


def answer_key(answer: StraightAnswer, turn: Turn) -> str:
    """Return the key in `Case.said` of an answer to this turn's asker."""
    return f"answer/{answer.id}/{turn.asker}"
