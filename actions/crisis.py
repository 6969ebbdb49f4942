"""Danger: 999 and a helpline before any other word. A hint: one direct, kind question with the helplines in sight."""

from dataclasses import replace
from typing import Optional

from actions.reply import Reply
from bot.case.derived import asker
from bot.case.reading import Reading
from bot.content.library import Library

CRISIS = "crisis"
#: From this confidence on, a message in which danger was heard is also answered for what it says by itself.
SURE_OF_ANOTHER = 0.5


def answer_danger(reply: Reply) -> None:
    """999 in one line, the helplines, and only then the guidance and what else was asked."""
    turn, words = reply.turn, reply.turn.library.words
    reply.text(words.danger_first)
    reply.services(turn.situation(replace(reply.case, topic=CRISIS)))
    age = reply.case.value("writer_age")
    if age is not None and asker(reply.case) == "young_person":
        reply.once("age_heard", words.age_heard.format(age=age))
    reply.guidance(reply.case.intent)
    likelier = _likelier(turn.reading, turn.library)
    if likelier is not None:
        # Danger told within a message about something else: that is answered too, after the helplines.
        reply.text(words.and_also)
        reply.guidance(likelier)
        reply.services(turn.situation(replace(reply.case, topic=turn.library.topic_of(likelier), intent=likelier)))


def answer_hint(reply: Reply) -> None:
    """What may be meant is asked straight, with the word; the helplines are in sight whatever the answer."""
    words = reply.turn.library.words
    reply.once("hint_heard", words.hint_heard)
    reply.text(words.keep_safe)
    reply.ask(reply.turn.question(reply.case))


def _likelier(reading: Reading, library: Library) -> Optional[str]:
    """The intent that was likelier than the danger, where danger was raised above it."""
    if reading.pressed:
        return None
    if reading.topic != CRISIS:
        # The danger was heard in the conversation; the message itself says something else.
        is_clear = reading.confidence >= SURE_OF_ANOTHER and library.guidance_for(reading.intent) is not None
        return reading.intent if is_clear else None
    others = [(name, p) for name, p in reading.ranking if library.topic_of(name) != CRISIS]
    name, probability = max(others, key=lambda one: one[1], default=("", 0.0))
    # Words of the safety net raise a message to certainty, whatever else it is about.
    needed = SURE_OF_ANOTHER if reading.is_net else reading.confidence
    return name if probability > needed and library.guidance_for(name) else None
