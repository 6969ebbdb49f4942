"""What keeps a conversation going: the welcome, hello, thanks, yes and no, a message that was not understood."""

from dataclasses import replace

from actions.reply import Reply
from bot.case.derived import ACCUSING, GROWN_UP, IDLE, UNKNOWN, age_band, asker, in_danger, was_harmed
from bot.case.questions import Triage
from bot.content.models import ChoiceWords

#: What a yes or no is taken for after "Did this help?"; the other open questions are those of triage.yml.
FEEDBACK = "feedback"
#: Readings offered where a message was not understood: the right one is among the first three nearly always.
READINGS = 3


def welcome(reply: Reply) -> None:
    """Say what this is before the first free text, and ask who is there."""
    words = reply.turn.library.words
    for line in words.welcome:
        reply.text(line)
    reply.choices(words.ask_asker, words.askers)


def ask_about(reply: Reply) -> bool:
    """Ask who it is about, if all we know is that an adult writes. Returns whether it asked."""
    case, words = reply.case, reply.turn.library.words
    if age_band(case) != GROWN_UP or asker(case) != UNKNOWN or case.value("about") is not None:
        return False
    reply.choices(words.ask_about, words.about)
    return True


def bring_help(reply: Reply) -> None:
    """999, the helpline and the police line, whatever was said before."""
    turn = reply.turn
    reply.text(turn.library.words.help_is_here)
    reply.cards([*turn.rules.danger[turn.asker][:2], "police_101"])


def greet(reply: Reply) -> None:
    """Hello."""
    words = reply.turn.library.words
    reply.text(words.greet)
    reply.menu()


def give_time(reply: Reply) -> None:
    """Somebody does not know how to begin, or cannot go on."""
    words = reply.turn.library.words
    reply.text(words.take_your_time)
    if reply.case.topic in IDLE:
        reply.menu()


def thank(reply: Reply) -> None:
    """You are welcome."""
    reply.text(reply.turn.library.words.thank)


def say_goodbye(reply: Reply) -> None:
    """Take care."""
    reply.text(reply.turn.library.words.goodbye)


def say_yes(reply: Reply) -> None:
    """A yes that answers no question of ours."""
    asked, words = reply.turn.before.open_question, reply.turn.library.words
    if asked == FEEDBACK:
        thank_for_feedback(reply)
    elif not in_danger(reply.case):
        reply.choices(words.go_on, words.capabilities)


def say_no(reply: Reply) -> None:
    """Take a no as the answer to what was asked last, or as the wish to go past it."""
    asked, words = reply.turn.before.open_question, reply.turn.library.words
    if asked == FEEDBACK:
        offer_people(reply)
        return
    if in_danger(reply.case):
        # "No, I'm not ringing anyone" is the most dangerous no.
        reply.text(words.no_need_to_ring)
    elif asked in SAFETY_QUESTIONS:
        reply.text(words.not_in_danger)
    else:
        reply.text(words.no_problem)


#: A no to these is an answer and no refusal.
SAFETY_QUESTIONS = ("danger", "suicide")


def say_why(reply: Reply) -> None:
    """Say why it asks, and that nobody has to answer."""
    triage: Triage = reply.turn.triage
    reply.text(reply.turn.library.words.why_asked)
    pending = triage.question(reply.turn.before.open_question)
    if pending is not None:
        reply.ask(pending)


def apologise(reply: Reply) -> None:
    """Somebody was misread: a person to talk to, and another try."""
    words = reply.turn.library.words
    reply.unused(words.sorry_misread, "sorry_misread")
    if in_danger(reply.turn.before):
        # That danger was not meant takes 999 out of sight, not out of reach.
        reply.helplines()
    offer_listeners(reply)
    reply.menu()


def stay_in_scope(reply: Reply) -> None:
    """What this is for, where something else was asked."""
    words = reply.turn.library.words
    reply.unused(words.outside, "outside")
    reply.menu()


def ask_which(reply: Reply) -> None:
    """Ask which of the likeliest readings was meant; the second time in a row, offer people instead."""
    turn, words = reply.turn, reply.turn.library.words
    if reply.case.misunderstood > 1:
        reply.text(words.not_understood_again)
        offer_listeners(reply)
        return
    described = [(name, turn.library.intent(name)) for name, _ in turn.reading.ranking if _may_be_meant(name, reply)]
    readings = [ChoiceWords(label=one.label, intent=name) for name, one in described if one and one.label]
    reply.choices(words.did_you_mean, [*readings[:READINGS], words.something_else])


def _may_be_meant(intent: str, reply: Reply) -> bool:
    """Whether somebody may be asked if they meant an intent: nobody who was harmed is asked for their own behaviour."""
    return not (was_harmed(reply.case) and reply.turn.library.topic_of(intent) in ACCUSING)


def thank_for_feedback(reply: Reply) -> None:
    """It helped."""
    reply.text(reply.turn.library.words.it_helped)


def offer_people(reply: Reply) -> None:
    """It did not help: people to talk to."""
    reply.text(reply.turn.library.words.it_did_not_help)
    offer_listeners(reply)


def offer_listeners(reply: Reply) -> None:
    """The services that listen, for whoever asks."""
    case = replace(reply.case, topic="emotional_support", intent="ask_who_to_talk_to")
    reply.services(reply.turn.situation(case))
