"""Acknowledges a message: its remark, its feeling, what it adds, or a question that has no written answer."""

from typing import List, Mapping, Sequence

from actions import asides
from actions.direct_answer import BACKGROUND, answer_to, faq_answer, kind_asked, may_be_answered, straight_answer
from actions.follow_up import FALLBACK, NO_ANSWER, has_question, questions_meant, story_question
from actions.reply import Reply
from actions.turn import Turn
from bot.case.case import UNKNOWN_ROLE, learned
from bot.case.derived import OUT_OF_SCOPE, in_danger
from bot.case.facts import AGES
from bot.case.reading import ASKING, LIKELY_AT, Reading
from bot.case.replies import step_key
from bot.case.reply_models import just_told
from bot.content.models import Service

#: The earliest turn in which a reply may sum up what has been understood so far.
SUM_UP_AT = 3
#: Ids in turns.yml of the two feelings that are recognised without a cue word.
STUCK, BAD = "cannot_go_on_telling", "feels_bad"
#: Maps each fact that seldom has its own short reply to the turns.yml key of its acknowledgement.
DETAILS = {"writer_age": "told_age", "about_age": "told_age", "place": "told_place"}
#: Maps intents of messages that give only an age or a place to the facts that they may state.
SAYS_A_DETAIL: Mapping[str, Sequence[str]] = {"tell_place": ("place",), "tell_age": AGES}
#: Roles of people who are never sent to a service for people who harm.
HARMED = ("harmed", "witness")
#: Intents of messages that are understood even if they add nothing to the case.
PLAIN = ("affirm", "deny", "tell_asker", *SAYS_A_DETAIL)
#: turns.yml key of the reply to a message that adds nothing.
ADDS_NOTHING = "adds_nothing"
#: turns.yml key of the reply to a long message that adds nothing we recognise, and the minimum number of its words.
HEARD_AT_LENGTH, LONG = "heard_at_length", 10
#: turns.yml keys of the words that admit that a message was not understood or that a question has no exact answer. The
#: topic's fallback advice follows.
NOT_UNDERSTOOD, NO_EXACT_ANSWER = "not_understood", "no_exact_answer"
#: turns.yml key of the reply to an answer that no short reply acknowledges.
ANSWERED = "answered"
#: Topics whose guidance answers most questions that have no straight answer: about the chat itself, and about settings.
IN_GUIDANCE = ("about_service", "privacy_anonymity", "parental_controls")
#: Minimum probability for treating a message without a question mark as a question.
CLEARLY_ASKS_AT = 0.9
#: If a message asks something with at least this probability, it gets no unrelated advice.
MAY_BE_QUESTION_AT = 0.3
#: Minimum confidence for treating a message in a story as unrelated to it.
OFF_THE_SUBJECT_AT = 0.9


def acknowledge(reply: Reply) -> None:
    """Acknowledge a message that gets no other reply, such as a feeling, a correction or something already said."""
    turn, replies = reply.turn, reply.turn.replies
    if in_danger(reply.case):
        # The reply already says where to get help.
        return
    if has_new_step(reply) and give_next_step(reply):
        return
    if acknowledge_remark(reply) or acknowledge_feeling(reply):
        return
    if turn.reading.missed:
        # The reply has apologised. Advice about something else would only show again that nobody listened.
        return
    kind = _transition(turn)
    if kind == ADDS_NOTHING:
        said = _meet_nothing_new(reply)
    else:
        said = reply.say_unused(replies.transitions[kind].words[turn.audience], kind)
    if kind == ANSWERED:
        give_next_step(reply)
    elif not said and reply.say_once("said_before", turn.library.words.said_before):
        asides.offer_listeners(reply)


def _meet_nothing_new(reply: Reply) -> bool:
    """Respond to a message that adds nothing we recognise. Return whether the reply responds to it."""
    turn = reply.turn
    if admit_no_answer(reply):
        return True
    # A question about what happened shows more interest than unrelated advice. If the writer may be asking something
    # else, such advice sounds as if nobody listened.
    may_ask = turn.reading.moves.get("asks", 0.0) >= MAY_BE_QUESTION_AT
    asks_what_happened = story_question(reply) is not None and not may_ask
    if not asks_what_happened and not _is_plain(turn) and fall_back(reply, NOT_UNDERSTOOD):
        return True
    if not may_ask and not asks_what_happened and give_next_step(reply):
        return True
    if not is_a_question(turn):
        return _ask_openly(reply, HEARD_AT_LENGTH if len(turn.text.split()) >= LONG else ADDS_NOTHING)
    # An open question before buttons for what the writer may be asking would sound evasive.
    return bool(questions_meant(reply)) or _ask_openly(reply, ADDS_NOTHING)


def _ask_openly(reply: Reply, kind: str) -> bool:
    """Acknowledge a message in words that fit any story, and ask an open question unless another question follows.

    Return whether there was an unused wording.
    """
    words = reply.turn.replies.transitions[kind].words[reply.turn.audience]
    if has_question(reply) or questions_meant(reply):
        words = [one.split(". ")[0] + "." for one in words]
    return reply.say_unused(words, kind)


def acknowledge_remark(reply: Reply) -> bool:
    """Acknowledge what a message says besides facts. Return whether it contains a remark with unused replies.

    The advice in a subject's first reply and the answer to a question take precedence over a remark.
    """
    turn = reply.turn
    begins = turn.previous.topic != reply.case.topic
    if begins or in_danger(reply.case) or straight_answer(turn) is not None or questions_meant(reply):
        return False
    is_asked = is_a_question(turn)
    wordings = turn.replies.replies_to(turn.reading.remark, reply.case, turn.audience, brief=is_asked)
    if not reply.say_unused(wordings, f"remark/{turn.reading.remark}"):
        return False
    if is_asked and _lacks_answer(reply):
        # Advice about the remark would ignore the question.
        _say_no_answer(reply)
    return True


def acknowledge_feeling(reply: Reply) -> bool:
    """Acknowledge the feeling that a message names or shows. Return whether there was one with an unused wording."""
    turn, feelings = reply.turn, reply.turn.replies.feelings
    feeling = turn.replies.feeling_in(turn.text)
    if feeling is None:
        named = STUCK if turn.reading.move == "stuck" else BAD if _feels_bad(turn.reading) else None
        feeling = next((one for one in feelings if one.id == named), None)
    return feeling is not None and reply.say_unused(feeling.words[turn.audience], f"feeling/{feeling.id}")


def sum_up(reply: Reply) -> bool:
    """Sum up what has been understood, once in a conversation and not after a complaint, so the writer can correct it.

    Return whether a summary was added.
    """
    if reply.turn.reading.missed:
        return False
    line = reply.turn.replies.summary.of(reply.case, reply.turn.audience) if reply.case.turn >= SUM_UP_AT else None
    return line is not None and not in_danger(reply.case) and reply.say_once("summary", line)


def give_next_step(reply: Reply) -> bool:
    """Give the subject's first unused next step. Return whether one was left."""
    turn = reply.turn
    step = turn.replies.next_step(reply.case, turn.audience)
    return step is not None and reply.say_once(step_key(step), " ".join(step.words[turn.audience]))


def has_new_step(reply: Reply) -> bool:
    """Whether the next step is about a fact that this message stated."""
    step = reply.turn.replies.next_step(reply.case, reply.turn.audience)
    return step is not None and just_told(step.when, reply.case)


def meet_question(reply: Reply) -> bool:
    """Respond to a question that has no straight answer. Return whether there was one.

    If it may be one of several questions that have answers, those are offered below. Only the topic's fallback advice
    is given above them, because advice that answers a different question sounds as if nobody listened.
    """
    if is_a_question(reply.turn) and questions_meant(reply):
        if straight_answer(reply.turn) is None:
            fall_back(reply, NO_EXACT_ANSWER)
        return True
    return admit_no_answer(reply)


def admit_no_answer(reply: Reply) -> bool:
    """If a question has no written answer, say so and name people who can discuss it. Return whether anything was said.

    The first time in a topic, give its fallback advice instead, unless the question is about something else.
    """
    if not _lacks_answer(reply):
        return False
    is_met = not _is_off_the_subject(reply.turn.reading) and fall_back(reply, NO_EXACT_ANSWER)
    return is_met or _say_no_answer(reply)


def _lacks_answer(reply: Reply) -> bool:
    """Whether a message asks something that has no written answer. Some topics' guidance answers such questions."""
    turn, asks = reply.turn, kind_asked(reply.turn)
    if faq_answer(turn) is not None or reply.case.topic in IN_GUIDANCE:
        return False
    is_unanswered = asks is not None and answer_to(asks, reply.case, turn.library) is None
    # A question that gets buttons, or was answered before, does not count as unanswered.
    is_unclear = questions_meant(reply) or may_be_answered(turn)
    is_unknown = asks is None and is_a_question(turn) and not is_unclear
    return is_unanswered or is_unknown or _is_off_the_subject(turn.reading)


def _say_no_answer(reply: Reply) -> bool:
    return reply.say_unused(reply.turn.replies.transitions[NO_ANSWER].words[reply.turn.audience], NO_ANSWER)


def fall_back(reply: Reply, opening: str) -> bool:
    """Admit that there is no better reply, and give the topic's fallback advice, once for each topic.

    Say nothing in danger, after a complaint, or if the advice would send people who were harmed to a service for people
    who harm. Return whether anything was said.
    """
    turn, key = reply.turn, f"{FALLBACK}{reply.case.topic}"
    words = turn.replies.fallback(reply.case, turn.audience)
    if words is None or key in reply.case.said or in_danger(reply.case) or turn.reading.missed:
        return False
    if reply.case.role.value in HARMED and any(service.for_doers for service in _services_in(words, turn)):
        return False
    reply.say_unused(turn.replies.transitions[opening].words[turn.audience], opening)
    return reply.say_once(key, words)


def _services_in(words: str, turn: Turn) -> List[Service]:
    return [service for name, service in turn.library.services.items() if f"{{{name}." in words]


def is_a_question(turn: Turn) -> bool:
    """Whether a message asks something. Without a question mark, its words must make that clear."""
    is_asked = turn.reading.move == "asks"
    return is_asked and ("?" in turn.text or turn.reading.moves.get("asks", 0.0) >= CLEARLY_ASKS_AT)


def _is_off_the_subject(reading: Reading) -> bool:
    """Whether a message asks about something unrelated. "my wifes asleep upstairs" does not ask anything."""
    return reading.move in ASKING and reading.intent == OUT_OF_SCOPE and reading.confidence >= OFF_THE_SUBJECT_AT


def _is_plain(turn: Turn) -> bool:
    """Whether a message that no reply covers was understood all the same.

    It was if it states a fact or contains a remark, or has only a few words or none. Messages from people who write
    about their own behaviour always count as understood.
    """
    reading = turn.reading
    known = (one for one in reading.observations if one.name not in BACKGROUND and one.probability >= LIKELY_AT)
    says_fact = any(turn.case.has(one.name, one.value) for one in known) or bool(learned(turn.previous, turn.case))
    says_remark = reading.remark is not None and reading.remark in turn.replies.remarks
    is_short = reading.pressed or reading.is_bare or not any(letter.isalnum() for letter in turn.text)
    is_own = turn.case.role.value == "own_behaviour"
    return says_fact or says_remark or is_short or is_own or reading.intent in PLAIN


def _transition(turn: Turn) -> str:
    """Return the turns.yml key of the acknowledgement for a message that no short reply acknowledges."""
    told = [name for name, fact in turn.case.facts.items() if fact.turn == turn.case.turn]
    if turn.answers_story:
        return ANSWERED
    if turn.reading.move == "objects":
        return "cannot_tell_what"
    if turn.reading.move == "corrects" and (_is_role_changed(turn) or any(_is_changed(name, turn) for name in told)):
        return "corrected"
    # Messages with other intents say more than an age or a place.
    details = DETAILS if turn.reading.intent in SAYS_A_DETAIL else {}
    return next((details[name] for name in details if name in told), ADDS_NOTHING)


def _is_changed(name: str, turn: Turn) -> bool:
    """Whether this message changed a fact's value, or denied a fact that was not recorded."""
    before, after = turn.previous.value(name), turn.case.value(name)
    return before != after and (before is not None or after is False)


def _is_role_changed(turn: Turn) -> bool:
    return turn.previous.role.value not in (UNKNOWN_ROLE.value, turn.case.role.value)


def _feels_bad(reading: Reading) -> bool:
    return reading.topic == "emotional_support" and reading.confidence >= LIKELY_AT
