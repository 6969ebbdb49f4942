"""Danger: 999 and a helpline before any other word. A hint: one direct, kind question with the helplines in sight."""

from dataclasses import replace
from typing import Optional

from actions.reply import Reply
from bot.case.reading import Reading
from bot.case.update import DANGER_SAID
from bot.content.library import Library

CRISIS = "crisis"
#: Buttons in sight: 999 and a helpline.
OPENED = 2
#: From this confidence on, a message in which danger was heard is also answered for what it says by itself.
SURE_OF_ANOTHER = 0.5


def say_danger(reply: Reply) -> bool:
    """What somebody in this danger needs to hear first, with 999; shorter where it was said. Whether it is new."""
    kind, voice = reply.turn.replies.danger_for(reply.case), reply.turn.voice
    is_new = reply.once(DANGER_SAID + kind.id, " ".join(reply.turn.easier(kind.id, voice)) or kind.words[voice])
    again = kind.again[voice]
    if not is_new and not reply.unused(again, f"again/{kind.id}"):
        reply.text(again[reply.case.turn % len(again)])
    return is_new


def answer_danger(reply: Reply) -> None:
    """999 in two lines, 999 and a helpline as buttons; everything else is folded."""
    turn, words = reply.turn, reply.turn.library.words
    is_new = say_danger(reply)
    helplines = turn.rules.danger[turn.asker][: OPENED if is_new else 1]
    reply.services(turn.situation(replace(reply.case, topic=CRISIS)), opened=OPENED, again_too=helplines)
    reply.guidance(reply.case.intent)
    likelier = _likelier(turn.reading, turn.library)
    if likelier is not None:
        # Danger told within a message about something else: that is answered too, folded below the helplines.
        reply.guidance(likelier)
        reply.services(
            turn.situation(replace(reply.case, topic=turn.library.topic_of(likelier), intent=likelier)), opened=0
        )
    reply.choices(words.not_meant, [words.not_meant_choice])


def answer_hint(reply: Reply) -> None:
    """What may be meant is asked straight, with the word; the helplines are in sight whatever the answer."""
    words = reply.turn.library.words
    reply.once("hint_heard", words.hint_heard)
    reply.helplines()
    reply.cards(reply.turn.rules.danger[reply.turn.asker][1:OPENED])
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
