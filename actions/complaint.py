"""Answers a complaint, such as "that is not what I meant", with an apology, and resumes the story where it was."""

from actions import asides
from actions.follow_up import MAX_CHOICES, suggestions
from actions.reply import Reply
from bot.case.derived import CRISIS, IDLE, in_danger
from bot.case.subject import before_crisis

#: Prefix of the `Case.said` keys for these apologies, and the turns.yml key of the apologies that precede an answer.
SORRY, MISSED = "sorry_misread", "missed"


def apologise(reply: Reply) -> None:
    """Apologise for a misunderstanding.

    If there is a story, continue it, so the writer need not tell it again. Without one, or after another apology, show
    services that listen and the menu. A writer who opens with a curse has not been misunderstood yet.
    """
    turn, words = reply.turn, reply.turn.library.words
    is_again = any(key.startswith((SORRY, f"{MISSED}/")) for key in reply.case.said)
    if turn.previous.turn == 0:
        reply.say(words.take_your_time)
    else:
        reply.say_unused(words.sorry_misread, SORRY)
    if in_danger(turn.previous):
        # The writer says that they did not mean danger, so name 999 but do not show its card again.
        reply.say_helplines()
    if not in_danger(reply.case):
        reply.case = before_crisis(reply.case, turn.library.topic_of)
    if reply.case.topic not in (CRISIS, *IDLE) and turn.previous.turn > 0 and not is_again:
        _go_on(reply)
        return
    asides.offer_listeners(reply)
    reply.show_menu()


def _go_on(reply: Reply) -> None:
    """Offer suggestions for what to say next, or something else."""
    words, options = reply.turn.library.words, suggestions(reply, again=True)
    reply.offer_choices(words.you_could_say, [*options[: MAX_CHOICES - 1], words.something_else])
