"""Straight answers to direct and frequently asked questions, each given once in a conversation."""

from typing import Optional, Sequence

from actions.reply import Reply
from actions.turn import Turn
from bot.content.models import StraightAnswer

#: The intent of a message that asks what happens if something else happens.
WHAT_IF = "ask_what_if"


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
    answers = (faq_answer(turn), turn.library.direct_answer(str(turn.reading.asks), turn.case.topic, turn.case.intent))
    return next((one for one in answers if one is not None and answer_key(one, turn) not in turn.case.said), None)


def faq_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the answer to the frequently asked question that this turn asks, or None if it asks none.

    "And what if she won't talk to me" depends on the story, but these questions are recognised without it.
    """
    return None if turn.reading.intent == WHAT_IF else turn.library.faq.get(turn.reading.faq or "")


def answer_key(answer: StraightAnswer, turn: Turn) -> str:
    """Return the key in `Case.said` of an answer to this turn's asker."""
    return f"answer/{answer.id}/{turn.asker}"
