"""The one action that answers a message: it builds the turn, chooses the kind of answer, and keeps the case."""

from dataclasses import replace
from typing import Callable, Dict, List, Mapping, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import asides, comparison, messages
from actions.base import Events, SafeAction
from actions.crisis import answer_danger, answer_hint, say_danger
from actions.other_language import answer_in_language, name_people_in_english
from actions.reply import Reply
from actions.turn import CASE, RECENT, Turn
from bot.case.case import Case, dump
from bot.case.derived import IDLE, in_danger, urgency
from bot.case.facts import URGENCIES
from bot.case.questions import Question
from bot.case.reading import ASKS, Reading
from bot.case.replies import Choice, ShortReply, said_key
from bot.case.update import HEARD_AT, KEEPS_THE_SUBJECT
from bot.content.models import ChoiceWords, Command, DirectAnswer
from bot.referral.refer import EMERGENCY

#: The turn from which on what was understood is summed up.
SUM_UP_AT = 3
#: How a case remembers that it was asked whether an answer helped.
RATED = "rated"
#: Choices under a reply.
MOST_CHOICES = 3
#: Feelings that are told without a word for them: by somebody who cannot go on, and by one who sounds unhappy.
STUCK, SAD = "cannot_go_on_telling", "sad"
#: Moves that carry a story on, whatever the words alone are most like.
_CARRIES_ON = ("tells", "asks", "corrects")
#: How sure the message alone must be of something small said within a story.
SURE_OF_ASIDE = 0.7
#: What sounds like a complaint may be one about what was done to them, as long as they tell.
COMPLAINT = "complain"
#: Within a story, not to know how to go on is a part of it.
HESITATES = "hesitate"

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
        if in_danger(turn.case) and answer not in (answer_danger, answer_in_language):
            # While somebody is in danger, where to turn stands before any other word.
            say_danger(reply)
            reply.cards([EMERGENCY])
        answer(reply)
        messages.say(dispatcher, *messages.about(reply.messages, reply.case.topic))
        return [SlotSet(CASE, dump(reply.case)), SlotSet(RECENT, turn.recent)]


def choose(turn: Turn) -> Answer:
    """The kind of answer to a turn: danger first, then a hint, then something small, else the subject."""
    case, intent = turn.case, turn.reading.intent
    if turn.command is not None:
        return COMMANDS[turn.command]
    if turn.card is not None:
        return answer_in_language
    if turn.reading.pressed and intent in PRESSED:
        return PRESSED[intent]
    if in_danger(case) and (turn.reading.is_net or not in_danger(turn.before)):
        return answer_danger
    if _is_new(case, "suicide", "hinted"):
        return answer_hint
    if is_feeling_alone(turn):
        return answer_feeling
    if intent in ASIDES and _is_aside(turn):
        return ASIDES[intent]
    return answer_subject


def answer_subject(reply: Reply) -> None:
    """What was heard, the straight answer, the one thing to do now, one service, one question; the rest is folded."""
    turn = reply.turn
    if not reply.case.intent or turn.library.guidance_for(reply.case.intent) is None:
        if not answer_question(reply):
            reply.menu()
        return
    intent = turn.library.intent(reply.case.intent)
    if intent is not None and intent.shows_comparison and not in_danger(reply.case):
        comparison.show(reply)
        # A comparison is long enough by itself.
        reply.services(opened=0)
        reply.guidance(reply.case.intent)
        return
    has_answer = straight_answer(turn) is not None
    said = say_shortly(reply)
    # Beside a straight answer a service that is new stands among the folded ones, unless it is the first of all.
    reply.services(opened=0 if has_answer and reply.case.shown else 1)
    reply.guidance(reply.case.intent, folded=said or in_danger(reply.case))
    follow_on(reply)


def is_feeling_alone(turn: Turn) -> bool:
    """Whether nothing but signs was typed, and they name a feeling: tears, say."""
    has_words = any(letter.isalnum() for letter in turn.text)
    return not has_words and turn.replies.feeling_in(turn.text) is not None


def answer_feeling(reply: Reply) -> None:
    """A feeling as a feeling, with somebody to talk to in sight, and what may be said next."""
    go_on(reply)
    asides.offer_listeners(reply)
    follow_on(reply)


def say_shortly(reply: Reply) -> bool:
    """Show that it was heard, answer what was asked, and say what to do now; whether there were words for this case."""
    turn = reply.turn
    short = turn.replies.choose(reply.case, turn.voice)
    answer = straight_answer(turn)
    summed_up = not _tells_new(short, reply.case) and sum_up(reply)
    if summed_up:
        reply.remember(*([said_key(short)] if short else []))
    heard = not summed_up and short is not None and (answer is None or turn.before.turn == 0)
    if heard and short is not None:
        reply.once(said_key(short), heard_words(short, reply))
    # What was heard and a whole answer are too long together.
    answered = answer_question(reply, shortly=heard)
    if short is not None and not answered:
        reply.text(now_words(short, reply))
    if short is None and not answered and not summed_up and turn.before.intent == reply.case.intent:
        go_on(reply)
    return bool(turn.replies.fitting(reply.case, turn.voice)) or answered


def _tells_new(short: Optional[ShortReply], case: Case) -> bool:
    """Whether a reply is to something that this message told."""
    return short is not None and any(case.facts[name].turn == case.turn for name in short.when)


def sum_up(reply: Reply) -> bool:
    """Say what was understood so far, once, so that it can be corrected; whether that is said now."""
    line = reply.turn.replies.summary.of(reply.case, reply.turn.voice) if reply.case.turn >= SUM_UP_AT else None
    return line is not None and not in_danger(reply.case) and reply.once("summary", line)


def heard_words(short: ShortReply, reply: Reply) -> str:
    """What shows that it was heard: one of the wordings, or the first sentence in easier words."""
    turn, wordings = reply.turn, short.heard[reply.turn.voice]
    return next(iter(turn.easier(short.id, turn.voice)), wordings[reply.case.turn % len(wordings)])


def now_words(short: ShortReply, reply: Reply) -> str:
    """The one thing to do now."""
    turn = reply.turn
    return " ".join(turn.easier(short.id, turn.voice)[1:]) or short.now[turn.voice]


def answer_question(reply: Reply, shortly: bool = False) -> bool:
    """The straight answer to a direct question, if one was asked and it was not answered already."""
    turn, answer = reply.turn, straight_answer(reply.turn)
    if answer is None:
        return False
    reader = answer.reader(turn.asker)
    easier = turn.replies.easier[answer.id][reader] if shortly or turn.is_easier else ()
    return reply.once(_answer_key(answer, turn), " ".join(easier) or answer.versions[reader])


def straight_answer(turn: Turn) -> Optional[DirectAnswer]:
    """The answer to a direct question that was not given before, or None."""
    answer = turn.library.direct_answer(str(turn.reading.asks), turn.case.topic)
    return None if answer is None or _answer_key(answer, turn) in turn.case.said else answer


def _answer_key(answer: DirectAnswer, turn: Turn) -> str:
    return f"answer/{answer.id}/{turn.asker}"


def go_on(reply: Reply) -> None:
    """Answer what changes nothing: a feeling as a feeling, a correction as one, else that it was taken in."""
    turn, replies = reply.turn, reply.turn.replies
    feeling = replies.feeling_in(turn.text)
    if in_danger(reply.case):
        # Where to turn was said already.
        return
    if feeling is None:
        named = STUCK if turn.reading.move == "stuck" else SAD if _sounds_sad(turn.reading) else None
        feeling = next((one for one in replies.feelings if one.id == named), None)
    if feeling is not None and reply.unused(feeling.words[turn.voice], f"feeling/{feeling.id}"):
        return
    kind = _transition(turn)
    if reply.unused(replies.transitions[kind].words[turn.voice], kind):
        return
    if reply.once("said_before", turn.library.words.said_before):
        asides.offer_listeners(reply)


def _transition(turn: Turn) -> str:
    """What a message that is answered by no reply of its own does: it corrects, objects, or adds nothing."""
    if turn.reading.move == "corrects" and any(fact.turn == turn.case.turn for fact in turn.case.facts.values()):
        return "corrected"
    return "cannot_tell_what" if turn.reading.move in ("corrects", "objects") else "adds_nothing"


def _sounds_sad(reading: Reading) -> bool:
    return reading.topic == "emotional_support" and reading.confidence >= HEARD_AT


def follow_on(reply: Reply) -> None:
    """One question that is worth asking; without one what they may want to say or ask next, and a comparison."""
    turn, words = reply.turn, reply.turn.library.words
    if in_danger(reply.case):
        reply.choices(words.not_meant, [words.not_meant_choice])
        return
    if reply.case.has("danger", "possible"):
        reply.helplines()
    elif _urgency(reply) in URGENCIES[2:]:
        reply.text(words.in_danger)
    if reply.ask(turn.question(reply.case)):
        return
    if may_ask_if_it_helped(reply):
        reply.choices(words.did_it_help, words.did_it_help_choices)
        reply.remember(RATED)
        reply.case = replace(reply.case, open_question=asides.FEEDBACK)
        return
    options = next_words(reply)
    if comparison.may_offer(reply):
        options = [*options[: MOST_CHOICES - 1], words.compare]
    if options:
        reply.choices(words.you_could_say, options)


def may_ask_if_it_helped(reply: Reply) -> bool:
    """Whether to ask if it helped: of information that was asked for again, once.

    Nobody who was harmed is asked about the page: they might take it for a question about them.
    """
    intent, before = reply.case.intent, reply.turn.before.intent
    return _urgency(reply) == URGENCIES[0] and intent == before and RATED not in reply.case.said


def _urgency(reply: Reply) -> str:
    """How urgent the conversation is, by its facts and its subject."""
    intent = reply.turn.library.intent(reply.case.intent)
    return urgency(reply.case, intent.urgency if intent else URGENCIES[0])


def next_words(reply: Reply) -> List[ChoiceWords]:
    """What the reader may want to say or ask next in this case, unless it was said or answered."""
    turn, case = reply.turn, reply.case
    short = next(iter(turn.replies.fitting(case, turn.voice)), None)
    return [
        ChoiceWords(label=one.label, intent=one.intent or case.intent, entities=_told_by(one))
        for one in (short.choices if short else ())
        if turn.voice in one.readers and _is_open(one, reply)
    ][:MOST_CHOICES]


def _is_open(choice: Choice, reply: Reply) -> bool:
    if choice.asks is None:
        return not all(reply.case.has(name, value) for name, value in choice.facts.items())
    answer = reply.turn.library.direct_answer(choice.asks, reply.case.topic)
    return answer is not None and _answer_key(answer, reply.turn) not in reply.case.said


def _told_by(choice: Choice) -> Dict[str, str]:
    """The entities of a button: what it asks, or the facts that it tells."""
    if choice.asks is not None:
        return {ASKS: choice.asks}
    return {name: str(value).lower() for name, value in choice.facts.items()}


def say_again(reply: Reply) -> None:
    """Say which words are used from here on, and once more in them what was heard and what to do."""
    turn, words = reply.turn, reply.turn.library.words
    reply.text(words.easier_on if turn.is_easier else words.easier_off)
    short = next(iter(turn.replies.fitting(turn.case, turn.voice)), None)
    if short is None:
        reply.menu()
        return
    reply.text(heard_words(short, reply))
    reply.text(now_words(short, reply))
    follow_on(reply)


def take_note(reply: Reply) -> None:
    """Take what somebody tells of who they are, an age or a place; the guidance follows if it is now another's."""
    turn, words = reply.turn, reply.turn.library.words
    noted = {"tell_place": words.place_noted, "tell_age": words.age_noted}
    if turn.before.topic in IDLE:
        reply.text(noted.get(turn.reading.intent, words.asker_noted))
        if asides.ask_about(reply):
            return
    else:
        say_shortly(reply)
    if turn.library.guidance_for(reply.case.intent) is None:
        reply.menu()
        return
    reply.services()
    reply.guidance(reply.case.intent)
    follow_on(reply)


def say_yes(reply: Reply) -> None:
    """A yes answers what was asked last; one that answers nothing goes on."""
    asked: "Question | None" = reply.turn.triage.question(reply.turn.before.open_question)
    if asked is not None:
        reply.ask(asked)
    elif reply.case.topic in IDLE or reply.turn.before.open_question == asides.FEEDBACK:
        asides.say_yes(reply)
    else:
        go_on(reply)
        follow_on(reply)


def what_if(reply: Reply) -> None:
    """Answers "and what if …?" for the subject; without one asks for it."""
    turn, words = reply.turn, reply.turn.library.words
    if not reply.turn.library.what_if_after(reply.case.intent):
        reply.choices(words.go_on, words.capabilities)
        return
    told = turn.library.what_if_after(reply.case.intent)
    text = told.get(turn.asker) or told.get("young_person")
    if not answer_question(reply) and not (text and reply.once(f"what_if/{reply.case.intent}/{turn.asker}", text)):
        go_on(reply)
    reply.services()
    follow_on(reply)


def _is_new(case: Case, name: str, value: str) -> bool:
    return case.has(name, value) and case.facts[name].turn == case.turn


def _is_aside(turn: Turn) -> bool:
    """Whether something small was meant, rather than a part of the story that sounds like it."""
    if turn.before.topic in IDLE:
        return turn.case.topic in IDLE or turn.reading.intent in KEEPS_THE_SUBJECT
    if turn.reading.intent == HESITATES:
        return False
    carries_on = turn.reading.move in _CARRIES_ON
    if carries_on and (turn.reading.confidence < SURE_OF_ASIDE or turn.reading.intent == COMPLAINT):
        return False
    if turn.reading.intent == "deny" and turn.reading.is_bare and in_danger(turn.before):
        return True
    is_answer = turn.reading.intent in ("affirm", "deny") and turn.before.open_question is not None
    return is_answer or turn.case.topic == turn.before.topic


#: What always does the same, whatever was said before.
COMMANDS: Mapping[Command, Answer] = {"help": asides.bring_help, "easier": say_again, "usual": say_again}
#: What is answered by something else than the subject where it is pressed.
PRESSED: Mapping[str, Answer] = {
    "start_conversation": asides.welcome,
    "choose": comparison.answer_choice,
    "ask_comparison": comparison.show,
    "feedback_helped": asides.thank_for_feedback,
    "feedback_not_helped": asides.offer_people,
    "complain": asides.apologise,
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
    "other_language": name_people_in_english,
    "out_of_scope": asides.stay_in_scope,
}
