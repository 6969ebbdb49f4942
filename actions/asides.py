"""Asides: the welcome, greetings, thanks, yes and no, and messages that were not understood."""

from dataclasses import replace
from typing import Callable, Mapping

from actions.reply import Reply
from actions.turn import Turn
from bot.case.derived import ACCUSING, GROWN_UP, IDLE, OUT_OF_SCOPE, UNKNOWN, age_band, asker, in_danger, was_harmed
from bot.case.questions import Triage
from bot.case.reading import FALLBACK
from bot.case.subject import KEEPS_THE_SUBJECT
from bot.content.models import Button

#: The value of `open_question` after "Did this help?". Its other values are the ids of questions in triage.yml.
FEEDBACK = "feedback"
#: Ids of the questions to which "no" is an answer rather than a refusal to answer.
SAFETY_QUESTIONS = ("danger", "suicide")
#: Number of intents to offer if a message was not understood. The right intent is nearly always in the top three.
OFFERED_INTENTS = 3
#: Key in `Case.said` of the line that tells the writer to take their time.
INVITED = "invite"
#: Moves that continue the writer's story, whatever the message's own intent.
_CONTINUES = ("tells", "asks", "corrects", "answers")
#: Minimum confidence in a message's own intent for treating the message as an aside in the middle of a story.
ASIDE_THRESHOLD = 0.7
#: Minimum probability, given the conversation, that a message only says thanks. "Thank you. I did like him, that's the
#: worst bit" has 0.5.
THANKS_AT = 0.6
#: Minimum probability, given the conversation, that a message objects to our reply.
OBJECTS_AT = 0.2


def _asks(turn: Turn) -> bool:
    return turn.reading.move == "asks"


def _is_an_answer(turn: Turn) -> bool:
    """Whether a yes or a no answers the open question, refuses to answer it, or is the whole message.

    After "Where in the UK are you?", "I don't want to do that" is about the story.
    """
    reading, asked = turn.reading, turn.previous.open_question
    is_short = reading.is_bare if asked is not None else len(turn.text.split()) <= 1
    answers = asked in (*SAFETY_QUESTIONS, FEEDBACK) or reading.declines or is_short
    return answers and not _asks(turn) and reading.confidence >= ASIDE_THRESHOLD


def _objects(turn: Turn) -> bool:
    return turn.reading.moves.get("objects", 0.0) >= OBJECTS_AT


def _only_thanks(turn: Turn) -> bool:
    return turn.reading.moves.get("thanks", 0.0) >= THANKS_AT


def _has_no_subject(turn: Turn) -> bool:
    """Whether a message has no subject even when read in its conversation."""
    topics = turn.reading.topics
    return max(topics, key=lambda topic: topics[topic], default=OUT_OF_SCOPE) in IDLE


def _never(turn: Turn) -> bool:
    return False


#: Intents that a message within a story may only seem to have, each with a function that checks whether it does.
_WITHIN_A_STORY: Mapping[str, Callable[[Turn], bool]] = {
    # "We were just playing" only sounds like a greeting, and "hello?" asks for an answer to the story.
    "greet": _never,
    "hesitate": _never,
    # A message that was not understood is still part of the story, so do not ask what it was about.
    FALLBACK: _never,
    # "cheers. oh and the lad who made it is in my sixth form" continues the story.
    "thank": _only_thanks,
    # "i didnt ask" is about what happened, not about us.
    "complain": _objects,
    # "he hasnt done anything yet" is not a question.
    "ask_what_if": _asks,
    # "is that ok" is not a yes, and "no. not my face" says more than no.
    "affirm": _is_an_answer,
    "deny": _is_an_answer,
    # "we broke up" has a subject only within a story.
    OUT_OF_SCOPE: _has_no_subject,
}


def is_aside(turn: Turn) -> bool:
    """Whether the message is an aside, such as thanks, rather than part of a story that only sounds like an aside."""
    reading = turn.reading
    if turn.previous.topic in IDLE:
        return turn.case.topic in IDLE or reading.intent in KEEPS_THE_SUBJECT
    if reading.intent == "deny" and in_danger(turn.previous):
        # The writer refuses to get help. "friday" only resembles a refusal.
        return reading.confidence >= ASIDE_THRESHOLD
    if reading.intent in _WITHIN_A_STORY and not _WITHIN_A_STORY[reading.intent](turn):
        return False
    if reading.move in _CONTINUES and reading.confidence < ASIDE_THRESHOLD:
        return False
    is_answer = reading.intent in ("affirm", "deny") and turn.previous.open_question is not None
    return is_answer or turn.case.topic == turn.previous.topic


def welcome(reply: Reply) -> None:
    """Introduce the assistant, and ask who is writing."""
    words = reply.turn.library.words
    for line in words.welcome:
        reply.say(line)
    reply.offer_choices(words.ask_asker, words.askers)


def ask_about(reply: Reply) -> bool:
    """Ask who this is about if we know only that the writer is an adult. Return whether the question was asked."""
    case, words = reply.case, reply.turn.library.words
    if age_band(case) != GROWN_UP or asker(case) != UNKNOWN or case.value("about") is not None:
        return False
    reply.offer_choices(words.ask_about, words.about)
    return True


def bring_help(reply: Reply) -> None:
    """Show 999, a helpline and 101, even if they have been shown before."""
    turn = reply.turn
    reply.say(turn.library.words.help_is_here)
    reply.show_cards([*turn.for_danger(reply.case)[:2], "police_101"])


def greet(reply: Reply) -> None:
    """Greet the writer, and show the menu."""
    words = reply.turn.library.words
    reply.say(words.greet)
    reply.show_menu()


def give_time(reply: Reply) -> None:
    """Tell a writer who does not know how to begin, or cannot go on, to take their time."""
    words = reply.turn.library.words
    reply.say(words.take_your_time)
    reply.remember(INVITED)
    if reply.case.topic in IDLE:
        reply.show_menu()


def invite(reply: Reply) -> None:
    """Invite a writer whose subject is not clear yet to say more, and show the menu."""
    reply.say_once(INVITED, reply.turn.library.words.take_your_time)
    reply.show_menu()


def thank(reply: Reply) -> None:
    """Reply to thanks."""
    reply.say(reply.turn.library.words.thank)


def say_goodbye(reply: Reply) -> None:
    """Reply to a goodbye."""
    reply.say(reply.turn.library.words.goodbye)


def say_yes(reply: Reply) -> None:
    """Reply to a yes that does not answer a question from triage.yml."""
    asked, words = reply.turn.previous.open_question, reply.turn.library.words
    if asked == FEEDBACK:
        thank_for_feedback(reply)
    elif not in_danger(reply.case):
        reply.offer_choices(words.go_on, words.capabilities)


def say_no(reply: Reply) -> None:
    """Reply to a no, which either answers the open question or declines to answer it."""
    asked, words = reply.turn.previous.open_question, reply.turn.library.words
    if asked == FEEDBACK:
        offer_people(reply)
        return
    if in_danger(reply.case):
        # "No, I'm not ringing anyone" is the most dangerous kind of no.
        reply.say(words.no_need_to_ring)
        reply.offer_choices(words.not_meant, [words.not_meant_choice])
    elif asked in SAFETY_QUESTIONS and not reply.turn.reading.declines:
        reply.say(words.not_in_danger)
    else:
        reply.say(words.no_problem)
        if asked in SAFETY_QUESTIONS:
            reply.say(words.in_danger)


def say_why(reply: Reply) -> None:
    """Explain why the assistant asks and that nobody has to answer, then repeat the open question."""
    triage: Triage = reply.turn.triage
    reply.say(reply.turn.library.words.why_asked)
    pending = triage.question(reply.turn.previous.open_question)
    if pending is not None:
        reply.ask(pending)


def stay_in_scope(reply: Reply) -> None:
    """Reply to an out-of-scope message by saying what the assistant is for, and show the menu."""
    words = reply.turn.library.words
    reply.say_unused(words.outside, "outside")
    reply.show_menu()


def ask_which(reply: Reply) -> None:
    """Ask which of the likeliest intents was meant. The second time in a row, offer services that listen instead."""
    turn, words = reply.turn, reply.turn.library.words
    if reply.case.misunderstood > 1:
        reply.say(words.not_understood_again)
        offer_listeners(reply)
        return
    described = [(name, turn.library.intent(name)) for name, _ in turn.reading.ranking if _may_be_meant(name, reply)]
    options = [Button(label=one.label, intent=name) for name, one in described if one and one.label]
    reply.offer_choices(words.did_you_mean, [*options[:OFFERED_INTENTS], words.something_else])


def _may_be_meant(intent: str, reply: Reply) -> bool:
    """Whether an intent may be offered. People who were harmed are never asked about their own behaviour."""
    return not (was_harmed(reply.case) and reply.turn.library.topic_of(intent) in ACCUSING)


def thank_for_feedback(reply: Reply) -> None:
    """Reply to "it helped"."""
    reply.say(reply.turn.library.words.it_helped)


def offer_people(reply: Reply) -> None:
    """Reply to "it did not help" with services that listen."""
    reply.say(reply.turn.library.words.it_did_not_help)
    offer_listeners(reply)


def offer_listeners(reply: Reply) -> None:
    """Show the services that listen, chosen for this asker."""
    case = replace(reply.case, topic="emotional_support", intent="ask_who_to_talk_to")
    reply.show_services(reply.turn.situation(case))
