"""The action that answers every message: it builds the turn, chooses the kind of answer and stores the case."""

from typing import Callable, Mapping, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import asides, comparison, messages
from actions.acknowledgement import HEARD_AT_LENGTH, SAYS_A_DETAIL, acknowledge
from actions.base import Events, SafeAction
from actions.complaint import MISSED, apologise
from actions.crisis import IN_DANGER, answer_danger, answer_hint, say_danger
from actions.direct_answer import faq_answer, give_answer, give_brief_answer, new_faq_answer, straight_answer
from actions.follow_up import FALLBACK, TELLING, ask_next, ask_story, follow_up
from actions.other_language import answer_in_language, name_people_in_english
from actions.reply import Reply
from actions.short_reply import advice_text, give_short_reply, heard_text, show_services_asked_about
from actions.trimming import SAFEGUARDING_LEAD
from actions.turn import CASE, RECENT, Turn
from bot.case.case import dump, learned
from bot.case.danger import DANGER_KEY
from bot.case.derived import CRISIS, IDLE, in_danger, may_be_own_story, tells_of_harm
from bot.case.facts import HARM, URGENCIES
from bot.case.questions import Question
from bot.case.reading import LIKELY_AT
from bot.case.replies import said_key
from bot.case.reply_models import just_told
from bot.case.subject import topics_at_first
from bot.content.models import Command, Library, StraightAnswer
from bot.referral.refer import EMERGENCY

Answer = Callable[[Reply], None]

#: The number of messages at the beginning of a conversation that may get a comparison even if nobody asked for one.
BEGINNING = 2
#: Minimum probability of the topic for the reply to the beginning of a story to name it.
NAMED_AT = 0.5
#: Prefix of the keys in `Case.said` for the lines that suggest talking to a person.
PERSON = "person"
#: turns.yml key of the reply to a writer whose story is their own after all.
OWN_STORY = "own_story"


class ActionAnswer(SafeAction):
    """Answers every message, whether it was typed or sent by pressing a button."""

    def name(self) -> str:
        """See the base class."""
        return "action_answer"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """See the base class."""
        turn = Turn.of(tracker)
        reply = Reply(turn)
        answer = choose(turn)
        if in_danger(turn.case) and answer not in (answer_danger, answer_in_language):
            # While somebody is in danger, every reply starts by saying when to call 999.
            say_danger(reply)
            if EMERGENCY not in turn.case.shown or turn.reading.topic == CRISIS:
                reply.show_cards([EMERGENCY])
        answer(reply)
        messages.send(dispatcher, reply.messages, reply.case.topic)
        return [SlotSet(CASE, dump(reply.case)), SlotSet(RECENT, turn.recent)]


def choose(turn: Turn) -> Answer:
    """Choose the kind of answer for a turn.

    Commands, other languages and some buttons come first, then danger, a hint of suicide, feelings and asides. Anything
    else is answered as part of the subject.
    """
    case, intent = turn.case, turn.reading.intent
    if turn.command is not None:
        return COMMANDS[turn.command]
    if turn.card is not None:
        return answer_in_language
    if turn.reading.pressed and intent in PRESSED:
        return PRESSED[intent]
    if in_danger(case) and is_new_danger(turn):
        return answer_danger
    if case.has("suicide", "hinted") and just_told(["suicide"], case):
        return answer_hint
    if is_only_a_feeling(turn):
        return answer_feeling
    if turn.reading.own_story and may_be_own_story(turn.previous):
        return answer_own_story
    if turn.answers_story:
        return answer_subject
    if intent in ASIDES and new_faq_answer(turn) is None and asides.is_aside(turn):
        return ASIDES[intent]
    return answer_subject


def is_new_danger(turn: Turn) -> bool:
    """Whether danger is new in this message, or is of a kind that has not been answered yet.

    Once danger has been answered, every reply names it first but answers the message too.
    """
    if not in_danger(turn.previous):
        return True
    return turn.reading.is_net and DANGER_KEY + turn.replies.danger_for(turn.case).id not in turn.case.said


def answer_subject(reply: Reply) -> None:
    """Reply about the subject of the conversation.

    The reply shows an acknowledgement, a straight answer, what to do now, one service and one question. Everything else
    is folded.
    """
    turn, answer = reply.turn, straight_answer(reply.turn)
    if not reply.case.intent or turn.library.guidance_for(reply.case.intent) is None:
        if not give_answer(reply, answer):
            asides.invite(reply)
        return
    if turn.reading.missed and turn.previous.turn > 0:
        reply.say_unused(turn.replies.transitions[MISSED].words[turn.audience], MISSED)
    if turn.asker == "professional" and reply.case.value(SAFEGUARDING_LEAD) is not None:
        reply.say_once(SAFEGUARDING_LEAD, turn.library.words.lead[str(reply.case.value(SAFEGUARDING_LEAD))])
    if _starts_with_comparison(reply, answer):
        comparison.show(reply)
        # A comparison is long enough on its own, so fold the services and the guidance.
        reply.show_services(opened=0)
        reply.show_guidance(reply.case.intent)
        return
    if answer is None and is_topic_a_guess(turn):
        open_story(reply)
        return
    said = give_short_reply(reply, answer)
    is_shown = show_services_asked_about(reply)
    # After a straight answer, fold the services if some have been shown before, unless the message describes new harm.
    is_enough = answer is not None or turn.reading.missed or reply.has_just_said(FALLBACK)
    is_folded = (is_shown or (answer is not None and bool(reply.case.shown))) and not _tells_new_harm(reply)
    reply.show_services(opened=0 if is_folded else 1, remind=not is_enough)
    reply.show_guidance(reply.case.intent, folded=said or in_danger(reply.case))
    is_alone = turn.reading.missed and is_only_sorry(reply)
    follow_up(reply)
    if is_alone and is_only_sorry(reply):
        # An apology alone leaves people with nothing.
        reply.say_unused(turn.library.words.a_person_may_help, PERSON)
        asides.offer_listeners(reply)
        if not any(one["kind"] == "service" and not one.get("folded") for one in reply.messages):
            reply.say_helplines()


def is_topic_a_guess(turn: Turn) -> bool:
    """Whether a message begins a story of an uncertain topic, without any sign of harm or danger."""
    reading, case = turn.reading, turn.case
    topics = topics_at_first(reading) if reading.is_first else reading.topics
    begins = turn.previous.topic in IDLE and not reading.pressed
    tells = begins and reading.move in TELLING and reading.remark is None
    likeliest = max(topics, key=lambda topic: topics[topic], default=None)
    is_unsure = likeliest == case.topic and topics[likeliest] < NAMED_AT
    of_harm = sum(probability for topic, probability in topics.items() if _is_of_harm(topic, turn.library))
    is_calm = of_harm < NAMED_AT and not tells_of_harm(case) and case.role.value != "own_behaviour"
    is_safe = case.value("danger") is None and case.value("suicide") is None
    return tells and is_unsure and is_calm and is_safe


def _is_of_harm(topic: str, library: Library) -> bool:
    """Whether any intent of a topic means that somebody is being harmed or is in danger."""
    intents = (library.intent(name) for name in library.topics[topic].intents)
    return any(one is not None and one.urgency in URGENCIES[2:] for one in intents)


def open_story(reply: Reply) -> None:
    """Thank the writer for the beginning of a story, ask an open question, and show a helpline that is open now."""
    turn = reply.turn
    reply.say_unused(turn.replies.transitions[HEARD_AT_LENGTH].words[turn.audience], HEARD_AT_LENGTH)
    helplines = turn.rules.last_resort[turn.asker]
    is_open = (one for one in helplines if turn.library.services[one].hours.is_open(turn.moment))
    reply.show_cards([next(is_open, helplines[0])])
    asked_openly = [one.id for one in turn.story_questions.questions if not one.is_about_a_fact]
    reply.case = reply.case.with_entries(asked=tuple(asked_openly))


def _tells_new_harm(reply: Reply) -> bool:
    """Whether the message states a new fact of harm, or changes the subject to harm, such as a planned meeting."""
    turn, intent = reply.turn, reply.turn.library.intent(reply.case.intent)
    is_new = turn.previous.intent != reply.case.intent
    is_harm = is_new and intent is not None and intent.urgency in URGENCIES[2:]
    return is_harm or not HARM.isdisjoint(learned(turn.previous, turn.case))


def is_only_sorry(reply: Reply) -> bool:
    """Whether a reply shows at most one text besides the line about 999: no answer, no service and no question."""
    shown = [one for one in reply.messages if not one.get("folded")]
    texts = [one["text"] for one in shown if one["kind"] == "text"]
    return len(texts) == len(shown) and len([text for text in texts if text != reply.turn.library.words.in_danger]) <= 1


def _starts_with_comparison(reply: Reply, answer: Optional[StraightAnswer]) -> bool:
    """Whether to start the reply with a comparison.

    True if the intent calls for one early in a conversation, and nobody is in danger or was harmed. Professionals
    always get the short reply first, because comparisons are meant for people's own children. So do people who describe
    what they noticed, because they are asked about it. A straight answer takes precedence unless the conversation
    begins with this question. Later, people have their own questions, so the comparison is a button.
    """
    turn = reply.turn
    intent = turn.library.intent(reply.case.intent)
    is_calm = not in_danger(reply.case) and not tells_of_harm(reply.case)
    if intent is None or not intent.shows_comparison or not is_calm or turn.asker == "professional":
        return False
    begins = turn.previous.topic in IDLE
    tells = turn.reading.moves.get("tells", 0.0) >= LIKELY_AT
    is_late = tells or turn.reading.missed or comparison.was_shown(reply.case)
    if is_late or not (begins or turn.previous.turn < BEGINNING):
        return False
    return answer is None or (begins and answer is not faq_answer(turn))


def is_only_a_feeling(turn: Turn) -> bool:
    """Whether the message consists only of emoji or punctuation that express a feeling, such as a crying face."""
    has_words = any(letter.isalnum() for letter in turn.text)
    return not has_words and turn.replies.feeling_in(turn.text) is not None


def answer_feeling(reply: Reply) -> None:
    """Acknowledge a feeling, show services that listen, and ask a question or suggest what to say next."""
    acknowledge(reply)
    asides.offer_listeners(reply)
    follow_up(reply)


def answer_own_story(reply: Reply) -> None:
    """Acknowledge that a story is the writer's own, and answer their question or say what to do now."""
    turn, replies = reply.turn, reply.turn.replies
    reply.say_unused(replies.transitions[OWN_STORY].words[turn.audience], OWN_STORY)
    short = next(iter(replies.fitting(reply.case, turn.audience)), None)
    if not give_brief_answer(reply, straight_answer(turn)) and short is not None:
        reply.remember(said_key(short))
        reply.say(advice_text(short, reply))
    reply.show_services()
    reply.show_guidance(reply.case.intent)
    follow_up(reply)


def say_again(reply: Reply) -> None:
    """Confirm that easier words were turned on or off, and repeat the last short reply accordingly."""
    turn, words = reply.turn, reply.turn.library.words
    reply.say(words.easier_on if turn.is_easier else words.easier_off)
    short = next(iter(turn.replies.fitting(turn.case, turn.audience)), None)
    if short is None:
        reply.show_menu()
        return
    reply.say(heard_text(short, reply))
    reply.say(advice_text(short, reply))
    follow_up(reply, again=True)


def note_details(reply: Reply) -> None:
    """Acknowledge a message that says who is writing, how old they are or where they are.

    If the conversation has a subject, also show the services and the guidance that fit now.
    """
    turn = reply.turn
    if turn.previous.topic in IDLE:
        if _says_no_detail(turn):
            asides.invite(reply)
            return
        reply.say(_noted(turn))
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


def _noted(turn: Turn) -> str:
    words = turn.library.words
    return {"tell_place": words.place_noted, "tell_age": words.age_noted}.get(turn.reading.intent, words.asker_noted)


def _says_no_detail(turn: Turn) -> bool:
    """Whether a message only sounds like an age or a place: "this was 1994"."""
    names = SAYS_A_DETAIL.get(turn.reading.intent)
    return names is not None and not just_told(names, turn.case)


def say_yes(reply: Reply) -> None:
    """Reply to a yes: repeat the open question or, if there is none, continue the conversation."""
    asked: "Question | None" = reply.turn.triage.question(reply.turn.previous.open_question)
    if asked is not None:
        reply.ask(asked)
    elif reply.case.topic in IDLE or reply.turn.previous.open_question == asides.FEEDBACK:
        asides.say_yes(reply)
    else:
        acknowledge(reply)
        follow_up(reply, again=True)


def say_no(reply: Reply) -> None:
    """Reply to a no. If nothing was asked, the no continues the story, so acknowledge it and follow up.

    After a no to a question about danger or the story, ask the next question.
    """
    previous = reply.turn.previous
    asked, declines = previous.open_question, reply.turn.reading.declines
    if asked == IN_DANGER and not declines and reply.case.has("danger", "possible"):
        # The message also sounds like danger, so skip the thanks and ask again.
        follow_up(reply)
    elif asked is not None or previous.topic in IDLE or in_danger(reply.case):
        asides.say_no(reply)
        goes_on = (asked == IN_DANGER and not declines) or reply.turn.story_questions.find(asked) is not None
        if goes_on and not in_danger(reply.case):
            ask_next(reply)
    else:
        acknowledge(reply)
        follow_up(reply, again=True)


def say_why(reply: Reply) -> None:
    """Explain why the assistant asks, and repeat the open question."""
    asides.say_why(reply)
    story = reply.turn.story_questions.find(reply.turn.previous.open_question)
    if story is not None and story.still_fits(reply.case, reply.turn.audience):
        ask_story(reply, story)


def what_if(reply: Reply) -> None:
    """Answer "and what if …?" about the subject. If there is no answer for it, ask what is on the writer's mind."""
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


#: Maps each command to its answer. Commands take precedence, whatever the state of the conversation.
COMMANDS: Mapping[Command, Answer] = {"help": asides.bring_help, "easier": say_again, "usual": say_again}
#: Maps the intent of each button that does not lead to a subject to its answer.
PRESSED: Mapping[str, Answer] = {
    "start_conversation": asides.welcome,
    "choose": comparison.answer_choice,
    "ask_comparison": comparison.show,
    "feedback_helped": asides.thank_for_feedback,
    "feedback_not_helped": asides.offer_people,
    "complain": apologise,
}
#: Maps the intent of each aside to its answer.
ASIDES: Mapping[str, Answer] = {
    "greet": asides.greet,
    "hesitate": asides.give_time,
    "thank": asides.thank,
    "goodbye": asides.say_goodbye,
    "affirm": say_yes,
    "deny": say_no,
    "tell_asker": note_details,
    "tell_age": note_details,
    "tell_place": note_details,
    "ask_what_if": what_if,
    "ask_why": say_why,
    "ask_comparison": comparison.show,
    "complain": apologise,
    "nlu_fallback": asides.ask_which,
    "other_language": name_people_in_english,
    "out_of_scope": asides.stay_in_scope,
}
