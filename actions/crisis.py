"""Replies to danger (999 and a helpline come first) and to a hint of suicide (one direct, kind question)."""

from dataclasses import replace
from typing import Optional

from actions.reply import Reply
from bot.case.danger import DANGER_KEY, UNSURE
from bot.case.derived import CRISIS, in_danger, speaks_of_self
from bot.case.reading import Reading
from bot.content.models import Library

#: The ids of the questions about suicide and about danger, and the `Case.said` entry that records a repeated question.
SUICIDE, IN_DANGER, ASKED_AGAIN = "suicide", "danger", "suicide/again"
#: Number of cards to show open: 999 and a helpline.
OPENED = 2
#: Minimum confidence at which a reply to danger also answers the message's own intent.
OTHER_INTENT_THRESHOLD = 0.5


def say_danger(reply: Reply) -> bool:
    """Say what to do in this kind of danger, including calling 999. After the first time, say it more briefly.

    Return whether this was the first time since the danger began.
    """
    turn, kind, voice = reply.turn, reply.turn.replies.danger_for(reply.case), reply.turn.audience
    key = DANGER_KEY + kind.id
    if key not in reply.case.said or not in_danger(turn.previous):
        reply.say(" ".join(turn.easier(kind.id, voice)) or kind.words[voice])
        reply.remember(key)
        return True
    again = kind.again[voice]
    if not reply.say_unused(again, f"again/{kind.id}"):
        reply.say(again[reply.case.turn % len(again)])
    return False


def answer_danger(reply: Reply) -> None:
    """Tell the writer to call 999, show 999 and a helpline as open cards, and fold everything else."""
    turn, words = reply.turn, reply.turn.library.words
    is_new = say_danger(reply)
    helplines = turn.for_danger(reply.case)[: OPENED if is_new else 1]
    reply.show_services(turn.situation(replace(reply.case, topic=CRISIS)), opened=OPENED, repeat=helplines)
    reply.show_guidance(reply.case.intent)
    likelier = _likelier(turn.reading, turn.library)
    if likelier is not None:
        # The message is mainly about something else, so answer that too, folded below the helplines.
        reply.show_guidance(likelier)
        reply.show_services(
            turn.situation(replace(reply.case, topic=turn.library.topic_of(likelier), intent=likelier)), opened=0
        )
    reply.offer_choices(words.not_meant, [words.not_meant_choice])


def answer_hint(reply: Reply) -> None:
    """Ask directly about suicide, with the helplines in view. After a second hint without an answer, ask once more.

    Writers whose story is about somebody else are asked whether anyone is in danger instead. Writers who answered that
    they are not sure are not asked again.
    """
    turn, words = reply.turn, reply.turn.library.words
    # "My life is over", from a boy who writes about what he did to a girl, is about himself.
    is_own = speaks_of_self(reply.case) or reply.case.role.value == "own_behaviour"
    is_asked = turn.previous.open_question == SUICIDE
    answers = is_asked and (turn.reading.pressed or turn.reading.answer in UNSURE)
    if answers:
        reply.say_unused(words.hint_unsure, "hint_unsure")
    elif is_own:
        reply.say_once("hint_heard", words.hint_heard)
    else:
        reply.say_unused(words.hint_heard_other, "hint_heard_other")
    reply.say_helplines()
    reply.show_cards(turn.for_danger(reply.case)[1:OPENED])
    if answers or ASKED_AGAIN in reply.case.said:
        return
    asked = SUICIDE if is_own else IN_DANGER
    if asked in reply.case.asked:
        reply.remember(ASKED_AGAIN)
    reply.ask(turn.triage.question(asked))


def _likelier(reading: Reading, library: Library) -> Optional[str]:
    """Return the intent that is more likely than danger, or None if there is none."""
    if reading.pressed:
        return None
    if reading.topic != CRISIS:
        # The danger comes from the conversation, but the message itself has another intent.
        is_clear = reading.confidence >= OTHER_INTENT_THRESHOLD and library.guidance_for(reading.intent) is not None
        return reading.intent if is_clear else None
    others = [(name, p) for name, p in reading.ranking if library.topic_of(name) != CRISIS]
    name, probability = max(others, key=lambda one: one[1], default=("", 0.0))
    # The safety net raises danger to a confidence of 1.0, whatever else the message is about.
    needed = OTHER_INTENT_THRESHOLD if reading.is_net else reading.confidence
    return name if probability > needed and library.guidance_for(name) else None
