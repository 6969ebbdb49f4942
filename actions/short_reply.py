"""The short reply to a message on a topic: the acknowledgement, the direct answer and the one thing to do now."""

from typing import Optional

from actions.acknowledgement import (
    acknowledge,
    acknowledge_feeling,
    acknowledge_remark,
    give_next_step,
    has_new_step,
    is_a_question,
    meet_question,
    sum_up,
)
from actions.direct_answer import faq_answer, give_answer, give_brief_answer
from actions.follow_up import begins_story
from actions.reply import Reply
from bot.case.derived import tells_of_harm
from bot.case.reading import ASKING
from bot.case.replies import said_key
from bot.case.reply_models import ShortReply, just_told
from bot.content.models import StraightAnswer


def give_short_reply(reply: Reply, answer: Optional[StraightAnswer]) -> bool:
    """Acknowledge the message, answer the direct question, and say what to do now.

    Return whether there is a short reply for this case or a straight answer was given.
    """
    turn = reply.turn
    short = turn.replies.choose(reply.case, turn.audience)
    tells_new = just_told(short.when, reply.case) if short is not None else has_new_step(reply)
    if not tells_new and acknowledge_remark(reply):
        # The reply to a remark includes advice, so an unused short reply can wait.
        return True
    is_asked = answer is not None or is_a_question(turn)
    # Within a story, a feeling is acknowledged unless there is a new fact to acknowledge. A summary can wait.
    is_met = not tells_new and _meet_feeling_or_question(reply, short)
    is_summed_up = not tells_new and not is_met and not is_asked and sum_up(reply)
    is_acknowledged = is_met or is_summed_up
    if is_acknowledged:
        reply.remember(*([said_key(short)] if short else []))
    # A plain question is answered at once. A story that begins with one is acknowledged first.
    is_plain = answer is not None and answer is faq_answer(turn) and not tells_of_harm(reply.case)
    begins = turn.previous.turn == 0 and not is_plain
    if short is not None and not is_acknowledged and (answer is None or begins):
        reply.say_once(said_key(short), heard_text(short, reply))
        # An acknowledgement followed by a full answer would be too long.
        answered = give_brief_answer(reply, answer)
    else:
        answered = give_answer(reply, answer)
    if short is not None and not answered and not begins_story(reply):
        reply.say(advice_text(short, reply))
    has_replies = bool(turn.replies.fitting(reply.case, turn.audience))
    is_same = has_replies or turn.previous.intent == reply.case.intent
    if short is None and is_same and not answered:
        if not is_acknowledged:
            acknowledge(reply)
        elif is_summed_up:
            # A summary alone does not say what to do.
            give_next_step(reply)
    return has_replies or answered


def _meet_feeling_or_question(reply: Reply, short: Optional[ShortReply]) -> bool:
    """Acknowledge a feeling, or a question that gets no straight answer. Return whether there was either."""
    turn = reply.turn
    names_feeling = turn.previous.turn > 0 and turn.replies.feeling_in(turn.text) is not None
    return (names_feeling and acknowledge_feeling(reply)) or (short is None and meet_question(reply))


def heard_text(short: ShortReply, reply: Reply) -> str:
    """Return the acknowledgement in a short reply: one of its wordings, or the first sentence of its easier version."""
    turn, wordings = reply.turn, short.heard[reply.turn.audience]
    return next(iter(turn.easier(short.id, turn.audience)), wordings[reply.case.turn % len(wordings)])


def advice_text(short: ShortReply, reply: Reply) -> str:
    """Return the advice in a short reply: the one thing to do now."""
    turn = reply.turn
    return " ".join(turn.easier(short.id, turn.audience)[1:]) or short.now[turn.audience]


def show_services_asked_about(reply: Reply) -> bool:
    """Show the services that a question names, unless they were shown before and the answer names them.

    Return whether a card with a number was added.
    """
    turn, before = reply.turn, set(reply.case.shown)
    answered = turn.named_answers.services_in(" ".join(one["text"] for one in reply.messages if one["kind"] == "text"))
    for service_id in turn.named_answers.services_in(turn.text) if turn.reading.move in ASKING else ():
        if service_id not in answered or service_id not in reply.case.shown:
            reply.show_asked(service_id)
    return any(turn.library.services[one].phone for one in set(reply.case.shown) - before)
