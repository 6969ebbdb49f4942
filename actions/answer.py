"""The one action that answers a message: it builds the turn, chooses the kind of answer, and keeps the case."""

from dataclasses import replace
from typing import Callable, Mapping

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import asides, comparison, messages
from actions.base import Events, SafeAction
from actions.crisis import answer_danger, answer_hint
from actions.reply import Reply
from actions.turn import CASE, RECENT, Turn
from bot.case.case import Case, dump
from bot.case.derived import IDLE, in_danger, urgency
from bot.case.facts import URGENCIES
from bot.case.questions import Question
from bot.case.update import KEEPS_THE_SUBJECT

#: The same subject in a row this often is not answered with "the same still fits" again.
TIRED = 2
#: Moves that carry a story on, whatever the words alone are most like.
_CARRIES_ON = ("tells", "asks", "corrects")
#: How sure the message alone must be of something small said within a story.
SURE_OF_ASIDE = 0.7
#: What sounds like a complaint may be one about what was done to them, as long as they tell.
COMPLAINT = "complain"

Answer = Callable[[Reply], None]


class ActionAnswer(SafeAction):
    """Answers whatever was typed or pressed."""

    def name(self) -> str:
        """See the base class."""
        return "action_answer"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        turn = Turn.of(tracker)
        reply = Reply(turn)
        answer = choose(turn)
        if in_danger(turn.case) and answer is not answer_danger:
            # While somebody is in danger, where to turn stands before any other word.
            reply.text(turn.library.words.keep_safe)
        answer(reply)
        messages.say(dispatcher, *messages.about(reply.messages, reply.case.topic))
        return [SlotSet(CASE, dump(reply.case)), SlotSet(RECENT, turn.recent)]


def choose(turn: Turn) -> Answer:
    """The kind of answer to a turn: danger first, then a hint, then something small, else the subject."""
    case, intent = turn.case, turn.reading.intent
    if turn.reading.pressed and intent in PRESSED:
        return PRESSED[intent]
    if in_danger(case) and (turn.reading.is_net or not in_danger(turn.before)):
        return answer_danger
    if _is_new(case, "suicide", "hinted"):
        return answer_hint
    if intent in ASIDES and _is_aside(turn):
        return ASIDES[intent]
    return answer_subject


def answer_subject(reply: Reply) -> None:
    """The straight answer, the guidance, the services and one question, each only if it was not given before."""
    turn, words = reply.turn, reply.turn.library.words
    answered = answer_question(reply)
    if not reply.case.intent or turn.library.guidance_for(reply.case.intent) is None:
        if not answered:
            reply.choices(words.ask_topic, words.capabilities)
        return
    if not reply.guidance(reply.case.intent) and not answered:
        go_on(reply)
    intent = turn.library.intent(reply.case.intent)
    if intent is not None and intent.shows_comparison and not in_danger(reply.case):
        comparison.show(reply)
        reply.services()
        return
    reply.services()
    follow_on(reply)


def answer_question(reply: Reply) -> bool:
    """The straight answer to a direct question, if one was asked and it was not answered already."""
    turn = reply.turn
    answer = turn.library.direct_answer(str(turn.reading.asks), reply.case.topic)
    return answer is not None and reply.once(f"answer/{answer.id}/{turn.asker}", answer.words_for(turn.asker))


def go_on(reply: Reply) -> None:
    """What helps when it goes on or gets worse, once; then that it still fits; in the end, a person."""
    turn, words = reply.turn, reply.turn.library.words
    what_if = turn.library.what_if_after(reply.case.intent)
    text = what_if.get(turn.asker) or what_if.get("young_person")
    if text and reply.once(f"what_if/{reply.case.intent}/{turn.asker}", text):
        return
    same = f"same_again/{reply.case.intent}/"
    times = sum(key.startswith(same) for key in reply.case.said)
    if times + 1 >= TIRED:
        reply.text(words.said_before)
        if urgency(reply.case) in URGENCIES[2:] and not in_danger(reply.case):
            # Of somebody who still writes of harm after every answer nobody knows that they are safe.
            reply.text(words.keep_safe)
    else:
        reply.text(words.same_again)
        reply.remember(f"{same}{reply.case.turn}")


def follow_on(reply: Reply) -> None:
    """One question that is worth asking; without one a comparison, or whether it helped."""
    turn, words, intent = reply.turn, reply.turn.library.words, reply.case.intent
    if reply.ask(turn.question(reply.case)) or in_danger(reply.case):
        return
    if comparison.may_offer(reply):
        comparison.offer(reply)
    elif f"rated/{intent}" not in reply.case.said:
        reply.choices(words.did_it_help, words.did_it_help_choices)
        reply.remember(f"rated/{intent}")
        reply.case = replace(reply.case, open_question=asides.FEEDBACK)


def take_note(reply: Reply) -> None:
    """Take what somebody tells of who they are, an age or a place; the guidance follows if it is now another's."""
    turn, words = reply.turn, reply.turn.library.words
    noted = {"tell_place": words.place_noted, "tell_age": words.age_noted}
    reply.text(noted.get(turn.reading.intent, words.asker_noted))
    reply.guidance(reply.case.intent)
    if turn.library.guidance_for(reply.case.intent) is None:
        reply.choices(words.ask_topic, words.capabilities)
        return
    reply.services()
    follow_on(reply)


def say_yes(reply: Reply) -> None:
    """A yes answers what was asked last; one that answers nothing goes on."""
    asked: "Question | None" = reply.turn.triage.question(reply.turn.before.open_question)
    if asked is not None:
        reply.ask(asked)
    else:
        asides.say_yes(reply)


def what_if(reply: Reply) -> None:
    """Answers "and what if …?" for the subject; without one asks for it."""
    words = reply.turn.library.words
    if not reply.turn.library.what_if_after(reply.case.intent):
        reply.choices(words.go_on, words.capabilities)
        return
    if not answer_question(reply):
        go_on(reply)
    reply.services()
    follow_on(reply)


def _is_new(case: Case, name: str, value: str) -> bool:
    return case.has(name, value) and case.facts[name].turn == case.turn


def _is_aside(turn: Turn) -> bool:
    """Whether something small was meant, rather than a part of the story that sounds like it."""
    if turn.before.topic in IDLE:
        return turn.case.topic in IDLE or turn.reading.intent in KEEPS_THE_SUBJECT
    carries_on = turn.reading.move in _CARRIES_ON
    if carries_on and (turn.reading.confidence < SURE_OF_ASIDE or turn.reading.intent == COMPLAINT):
        return False
    is_answer = turn.reading.intent in ("affirm", "deny") and turn.before.open_question is not None
    return is_answer or turn.case.topic == turn.before.topic


#: What is answered by something else than the subject where it is pressed.
PRESSED: Mapping[str, Answer] = {
    "start_conversation": asides.welcome,
    "choose": comparison.answer_choice,
    "ask_comparison": comparison.show,
    "feedback_helped": asides.thank_for_feedback,
    "feedback_not_helped": asides.offer_people,
}
#: What is small enough to be answered without the subject.
ASIDES: Mapping[str, Answer] = {
    "greet": asides.greet,
    "hesitate": asides.give_time,
    "thank": asides.thank,
    "goodbye": asides.say_goodbye,
    "affirm": say_yes,
    "deny": asides.say_no,
    "tell_asker": take_note,
    "tell_age": take_note,
    "tell_place": take_note,
    "ask_what_if": what_if,
    "ask_why": asides.say_why,
    "ask_comparison": comparison.show,
    "complain": asides.apologise,
    "nlu_fallback": asides.ask_which,
    "other_language": asides.name_people_in_english,
    "out_of_scope": asides.stay_in_scope,
}
