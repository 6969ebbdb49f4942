"""The action that answers every message: builds the turn, chooses the kind of answer, and stores the case."""

from dataclasses import replace
from typing import Callable, Dict, List, Mapping, Optional, Sequence

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
from bot.case.replies import ShortReply, Suggestion, said_key
from bot.case.update import KEEPS_THE_SUBJECT, LIKELY_AT
from bot.content.models import Button, Command, DirectAnswer
from bot.referral.refer import EMERGENCY

#: The first turn at which the reply may sum up what was understood.
SUM_UP_AT = 3
#: The key in `Case.said` once the person was asked whether an answer helped.
RATED = "rated"
#: The maximum number of choices under a reply.
MAX_CHOICES = 3
#: Ids in turns.yml of feelings without a cue word: the person cannot go on, or sounds unhappy.
STUCK, SAD = "cannot_go_on_telling", "sad"
#: Moves that continue the story, whatever intent the message alone has.
_CONTINUES = ("tells", "asks", "corrects")
#: Minimum confidence of the message alone for an aside within a story.
ASIDE_THRESHOLD = 0.7
#: While the person tells their story, a complaint may be about what was done to them.
COMPLAINT = "complain"
#: Within a story, hesitation is part of the story.
HESITATES = "hesitate"

Answer = Callable[[Reply], None]


class ActionAnswer(SafeAction):
    """Answers any message, typed or pressed."""

    def name(self) -> str:
        """See the base class."""
        return "action_answer"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        turn = Turn.of(tracker)
        reply = Reply(turn)
        answer = choose(turn)
        if in_danger(turn.case) and answer not in (answer_danger, answer_in_language):
            # While somebody is in danger, every reply starts with where to turn.
            say_danger(reply)
            reply.show_cards([EMERGENCY])
        answer(reply)
        messages.send(dispatcher, reply.messages, reply.case.topic)
        return [SlotSet(CASE, dump(reply.case)), SlotSet(RECENT, turn.recent)]


def choose(turn: Turn) -> Answer:
    """Choose the kind of answer: danger first, then a hint of suicide, then an aside, else the subject."""
    case, intent = turn.case, turn.reading.intent
    if turn.command is not None:
        return COMMANDS[turn.command]
    if turn.card is not None:
        return answer_in_language
    if turn.reading.pressed and intent in PRESSED:
        return PRESSED[intent]
    if in_danger(case) and (turn.reading.is_net or not in_danger(turn.previous)):
        return answer_danger
    if _is_new(case, "suicide", "hinted"):
        return answer_hint
    if is_only_a_feeling(turn):
        return answer_feeling
    if intent in ASIDES and _is_aside(turn):
        return ASIDES[intent]
    return answer_subject


def answer_subject(reply: Reply) -> None:
    """Reply to the subject: acknowledgement, straight answer, next step, one service, one question; the rest folded."""
    turn, answer = reply.turn, straight_answer(reply.turn)
    if not reply.case.intent or turn.library.guidance_for(reply.case.intent) is None:
        if not give_answer(reply, answer):
            reply.show_menu()
        return
    if _starts_with_comparison(reply, answer):
        comparison.show(reply)
        # A comparison is long enough on its own.
        reply.show_services(opened=0)
        reply.show_guidance(reply.case.intent)
        return
    said = give_short_reply(reply, answer)
    # With a straight answer, new services are folded, unless no service was shown before.
    reply.show_services(opened=0 if answer is not None and reply.case.shown else 1)
    reply.show_guidance(reply.case.intent, folded=said or in_danger(reply.case))
    follow_up(reply)


def _starts_with_comparison(reply: Reply, answer: Optional[DirectAnswer]) -> bool:
    """Whether the reply is a comparison: the intent asks for one, and a later question has no straight answer."""
    intent = reply.turn.library.intent(reply.case.intent)
    asks_for_one = intent is not None and intent.shows_comparison and not in_danger(reply.case)
    return asks_for_one and (answer is None or not comparison.was_shown(reply.case))


def is_only_a_feeling(turn: Turn) -> bool:
    """Whether the message is only emoji or punctuation that expresses a feeling, such as tears."""
    has_words = any(letter.isalnum() for letter in turn.text)
    return not has_words and turn.replies.feeling_in(turn.text) is not None


def answer_feeling(reply: Reply) -> None:
    """Acknowledge a feeling, show services that listen, and suggest what to say next."""
    acknowledge(reply)
    asides.offer_listeners(reply)
    follow_up(reply)


def give_short_reply(reply: Reply, answer: Optional[DirectAnswer]) -> bool:
    """Acknowledge the message, answer the direct question, and say what to do now.

    Returns whether there was a short reply for this case or a straight answer.
    """
    turn = reply.turn
    short = turn.replies.choose(reply.case, turn.audience)
    summed_up = not _tells_new(short, reply.case) and sum_up(reply)
    if summed_up:
        reply.remember(*([said_key(short)] if short else []))
    if short is not None and not summed_up and (answer is None or turn.previous.turn == 0):
        reply.say_once(said_key(short), heard_text(short, reply))
        # An acknowledgement and a full answer are too long together.
        answered = give_brief_answer(reply, answer)
    else:
        answered = give_answer(reply, answer)
    if short is not None and not answered:
        reply.say(advice_text(short, reply))
    if short is None and not answered and not summed_up and turn.previous.intent == reply.case.intent:
        acknowledge(reply)
    return bool(turn.replies.fitting(reply.case, turn.audience)) or answered


def _tells_new(short: Optional[ShortReply], case: Case) -> bool:
    """Whether a reply is for a fact that this message told."""
    return short is not None and any(case.facts[name].turn == case.turn for name in short.when)


def sum_up(reply: Reply) -> bool:
    """Sum up once what was understood, so that the person can correct it; returns whether it was said now."""
    line = reply.turn.replies.summary.of(reply.case, reply.turn.audience) if reply.case.turn >= SUM_UP_AT else None
    return line is not None and not in_danger(reply.case) and reply.say_once("summary", line)


def heard_text(short: ShortReply, reply: Reply) -> str:
    """The acknowledgement of a short reply: one of its wordings, or its first sentence in easier words."""
    turn, wordings = reply.turn, short.heard[reply.turn.audience]
    return next(iter(turn.easier(short.id, turn.audience)), wordings[reply.case.turn % len(wordings)])


def advice_text(short: ShortReply, reply: Reply) -> str:
    """The one thing to do now, from a short reply."""
    turn = reply.turn
    return " ".join(turn.easier(short.id, turn.audience)[1:]) or short.now[turn.audience]


def give_answer(reply: Reply, answer: Optional[DirectAnswer]) -> bool:
    """Give a straight answer, in easier words if the turn uses them; returns whether there was one to give."""
    if answer is None:
        return False
    version = answer.version_key(reply.turn.asker)
    return _say_answer(reply, answer, reply.turn.easier(answer.id, version))


def give_brief_answer(reply: Reply, answer: Optional[DirectAnswer]) -> bool:
    """Give a straight answer in easier words, which are shorter; returns whether there was one to give."""
    if answer is None:
        return False
    version = answer.version_key(reply.turn.asker)
    return _say_answer(reply, answer, reply.turn.replies.easier[answer.id][version])


def _say_answer(reply: Reply, answer: DirectAnswer, easier: Sequence[str]) -> bool:
    """Say `easier`, or the usual words if it is empty."""
    words = " ".join(easier) or answer.versions[answer.version_key(reply.turn.asker)]
    return reply.say_once(_answer_key(answer, reply.turn), words)


def straight_answer(turn: Turn) -> Optional[DirectAnswer]:
    """The answer to the direct question of this turn, or None if there is none or it was given before."""
    answer = turn.library.direct_answer(str(turn.reading.asks), turn.case.topic)
    return None if answer is None or _answer_key(answer, turn) in turn.case.said else answer


def _answer_key(answer: DirectAnswer, turn: Turn) -> str:
    return f"answer/{answer.id}/{turn.asker}"


def acknowledge(reply: Reply) -> None:
    """Acknowledge a message that needs no other reply: a feeling, a correction, or nothing new."""
    turn, replies = reply.turn, reply.turn.replies
    feeling = replies.feeling_in(turn.text)
    if in_danger(reply.case):
        # The reply already says where to turn.
        return
    if feeling is None:
        named = STUCK if turn.reading.move == "stuck" else SAD if _sounds_sad(turn.reading) else None
        feeling = next((one for one in replies.feelings if one.id == named), None)
    if feeling is not None and reply.say_unused(feeling.words[turn.audience], f"feeling/{feeling.id}"):
        return
    kind = _transition(turn)
    if reply.say_unused(replies.transitions[kind].words[turn.audience], kind):
        return
    if reply.say_once("said_before", turn.library.words.said_before):
        asides.offer_listeners(reply)


def _transition(turn: Turn) -> str:
    """The transition of turns.yml for a message without its own reply: it corrects, objects or adds nothing."""
    if turn.reading.move == "corrects" and any(fact.turn == turn.case.turn for fact in turn.case.facts.values()):
        return "corrected"
    return "cannot_tell_what" if turn.reading.move in ("corrects", "objects") else "adds_nothing"


def _sounds_sad(reading: Reading) -> bool:
    return reading.topic == "emotional_support" and reading.confidence >= LIKELY_AT


def follow_up(reply: Reply) -> None:
    """Ask the next useful question; if there is none, suggest what to say or ask next, and a comparison."""
    turn, words = reply.turn, reply.turn.library.words
    if in_danger(reply.case):
        reply.offer_choices(words.not_meant, [words.not_meant_choice])
        return
    if reply.case.has("danger", "possible"):
        reply.say_helplines()
    elif _urgency(reply) in URGENCIES[2:]:
        reply.say(words.in_danger)
    if reply.ask(turn.question(reply.case)):
        return
    if may_ask_if_it_helped(reply):
        reply.offer_choices(words.did_it_help, words.did_it_help_choices)
        reply.remember(RATED)
        reply.case = replace(reply.case, open_question=asides.FEEDBACK)
        return
    options = suggestions(reply)
    if comparison.may_offer(reply):
        options = [*options[: MAX_CHOICES - 1], words.compare]
    if options:
        reply.offer_choices(words.you_could_say, options)


def may_ask_if_it_helped(reply: Reply) -> bool:
    """Whether to ask if the answer helped: once, if the person asks for the same information again.

    People who were harmed are not asked: they might take it for a question about themselves.
    """
    intent, before = reply.case.intent, reply.turn.previous.intent
    return _urgency(reply) == URGENCIES[0] and intent == before and RATED not in reply.case.said


def _urgency(reply: Reply) -> str:
    """The urgency of the conversation, from its facts and its intent."""
    intent = reply.turn.library.intent(reply.case.intent)
    return urgency(reply.case, intent.urgency if intent else URGENCIES[0])


def suggestions(reply: Reply) -> List[Button]:
    """Buttons for what the person may want to say or ask next, without what was already said or answered."""
    turn, case = reply.turn, reply.case
    short = next(iter(turn.replies.fitting(case, turn.audience)), None)
    return [
        Button(label=one.label, intent=one.intent or case.intent, entities=_entities_of(one))
        for one in (short.choices if short else ())
        if turn.audience in one.audiences and _is_open(one, reply)
    ][:MAX_CHOICES]


def _is_open(choice: Suggestion, reply: Reply) -> bool:
    if choice.asks is None:
        return not all(reply.case.has(name, value) for name, value in choice.facts.items())
    answer = reply.turn.library.direct_answer(choice.asks, reply.case.topic)
    return answer is not None and _answer_key(answer, reply.turn) not in reply.case.said


def _entities_of(choice: Suggestion) -> Dict[str, str]:
    """The entities of a suggestion's button: the question it asks, or the facts it tells."""
    if choice.asks is not None:
        return {ASKS: choice.asks}
    return {name: str(value).lower() for name, value in choice.facts.items()}


def say_again(reply: Reply) -> None:
    """Say whether easier words are used from now on, and repeat the last short reply in those words."""
    turn, words = reply.turn, reply.turn.library.words
    reply.say(words.easier_on if turn.is_easier else words.easier_off)
    short = next(iter(turn.replies.fitting(turn.case, turn.audience)), None)
    if short is None:
        reply.show_menu()
        return
    reply.say(heard_text(short, reply))
    reply.say(advice_text(short, reply))
    follow_up(reply)


def note_details(reply: Reply) -> None:
    """Acknowledge who the writer is, an age or a place; within a subject, also show the guidance that fits now."""
    turn, words = reply.turn, reply.turn.library.words
    noted = {"tell_place": words.place_noted, "tell_age": words.age_noted}
    if turn.previous.topic in IDLE:
        reply.say(noted.get(turn.reading.intent, words.asker_noted))
        if asides.ask_about(reply):
            return
    else:
        give_short_reply(reply, straight_answer(turn))
    if turn.library.guidance_for(reply.case.intent) is None:
        reply.show_menu()
        return
    reply.show_services()
    reply.show_guidance(reply.case.intent)
    follow_up(reply)


def say_yes(reply: Reply) -> None:
    """Repeat the open question after a yes; without one, continue the conversation."""
    asked: "Question | None" = reply.turn.triage.question(reply.turn.previous.open_question)
    if asked is not None:
        reply.ask(asked)
    elif reply.case.topic in IDLE or reply.turn.previous.open_question == asides.FEEDBACK:
        asides.say_yes(reply)
    else:
        acknowledge(reply)
        follow_up(reply)


def what_if(reply: Reply) -> None:
    """Answer "and what if …?" for the subject; without a subject, ask for one."""
    turn, words = reply.turn, reply.turn.library.words
    versions = turn.library.what_if_after(reply.case.intent)
    if not versions:
        reply.offer_choices(words.go_on, words.capabilities)
        return
    text = versions.get(turn.asker) or versions.get("young_person")
    if not give_answer(reply, straight_answer(turn)) and not (
        text and reply.say_once(f"what_if/{reply.case.intent}/{turn.asker}", text)
    ):
        acknowledge(reply)
    reply.show_services()
    follow_up(reply)


def _is_new(case: Case, name: str, value: str) -> bool:
    return case.has(name, value) and case.facts[name].turn == case.turn


def _is_aside(turn: Turn) -> bool:
    """Whether the message is an aside, such as thanks, rather than a part of the story that sounds like one."""
    if turn.previous.topic in IDLE:
        return turn.case.topic in IDLE or turn.reading.intent in KEEPS_THE_SUBJECT
    if turn.reading.intent == HESITATES:
        return False
    continues = turn.reading.move in _CONTINUES
    if continues and (turn.reading.confidence < ASIDE_THRESHOLD or turn.reading.intent == COMPLAINT):
        return False
    if turn.reading.intent == "deny" and turn.reading.is_bare and in_danger(turn.previous):
        return True
    is_answer = turn.reading.intent in ("affirm", "deny") and turn.previous.open_question is not None
    return is_answer or turn.case.topic == turn.previous.topic


#: Answers to commands, which ignore the state of the conversation.
COMMANDS: Mapping[Command, Answer] = {"help": asides.bring_help, "easier": say_again, "usual": say_again}
#: Answers to buttons that do not lead to the subject, by intent.
PRESSED: Mapping[str, Answer] = {
    "start_conversation": asides.welcome,
    "choose": comparison.answer_choice,
    "ask_comparison": comparison.show,
    "feedback_helped": asides.thank_for_feedback,
    "feedback_not_helped": asides.offer_people,
    "complain": asides.apologise,
}
#: Answers to asides, by intent.
ASIDES: Mapping[str, Answer] = {
    "greet": asides.greet,
    "hesitate": asides.give_time,
    "thank": asides.thank,
    "goodbye": asides.say_goodbye,
    "affirm": say_yes,
    "deny": asides.say_no,
    "tell_asker": note_details,
    "tell_age": note_details,
    "tell_place": note_details,
    "ask_what_if": what_if,
    "ask_why": asides.say_why,
    "ask_comparison": comparison.show,
    "complain": asides.apologise,
    "nlu_fallback": asides.ask_which,
    "other_language": name_people_in_english,
    "out_of_scope": asides.stay_in_scope,
}
