"""The end of a reply: the helplines, and the next question or suggestions for what to say next."""

from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

from actions import asides, comparison
from actions.crisis import IN_DANGER
from actions.direct_answer import GUESS, answer_to, faq_answer, kind_asked, was_given
from actions.reply import Reply
from bot.case.danger import DANGER_KEY
from bot.case.derived import CRISIS, in_danger, tells_of_harm, urgency
from bot.case.facts import URGENCIES, value_of_answer
from bot.case.questions import Question
from bot.case.reading import ANSWER, ASKS
from bot.case.reply_models import Suggestion, just_told
from bot.case.story_questions import StoryQuestion
from bot.content.models import Button
from bot.referral.refer import EMERGENCY

#: Prefix of the keys in `Case.said` for the prompts above questions that the writer may have meant.
MEANT = "meant/"
#: Prefix of the keys in `Case.said` for the topics' fallback advice.
FALLBACK = "fallback/"
#: turns.yml key of the reply to a question that has no written answer.
NO_ANSWER = "no_answer"
#: Added to `Case.said` once the writer has been asked whether an answer helped.
RATED = "rated"
#: Added to `Case.said` once the question about danger has been asked again.
DANGER_AGAIN = "danger_again"
#: The value of the entity `answer` if the writer does not know.
NOT_SURE = "unsure"
#: Facts that allow a reply to offer buttons saying that somebody is in danger. Known harm allows them too.
SIGNS_OF_DANGER = (
    ("danger", "possible"),
    ("suicide", "hinted"),
    ("suicidal", True),
    ("self_harm", True),
    ("missing", True),
)
#: Moves that tell a story rather than ask a general question.
TELLING = ("tells", "answers", "corrects")
#: Roles of people who are not asked whether an answer helped.
NOT_RATING = ("harmed", "witness", "relative", "own_behaviour")
#: The maximum number of choices under a reply.
MAX_CHOICES = 3


def follow_up(reply: Reply, again: bool = False) -> None:
    """Ask the next useful question or, if there is none, suggest what to say next and offer a comparison.

    Args:
        reply: the reply.
        again: whether to repeat earlier suggestions too.
    """
    turn, words = reply.turn, reply.turn.library.words
    if in_danger(reply.case):
        reply.offer_choices(words.not_meant, [words.not_meant_choice])
        return
    if reply.must_list_helplines():
        reply.say_helplines()
    elif (reply.case.has("danger", "possible") or _may_be_urgent(reply)) and not reply.names(EMERGENCY):
        reply.say(words.in_danger)
    if offer_questions(reply) or ask_next(reply):
        return
    if _may_ask_if_it_helped(reply):
        reply.offer_choices(words.did_it_help, words.did_it_help_choices)
        reply.remember(RATED)
        reply.case = replace(reply.case, open_question=asides.FEEDBACK)
        return
    options = _options(reply, again or turn.reading.pressed)
    if not options and not any(not one.get("folded") for one in reply.messages):
        # The reply shows nothing else, because everything has already been said.
        options = _options(reply, again=True)
    if options:
        reply.offer_choices(words.you_could_say, options)
        reply.case = reply.case.with_entries(offered=tuple(one.label for one in options))


def ask_next(reply: Reply) -> bool:
    """Ask the next question: safety first, then services, what happened and the place. Return whether there was one.

    The place comes last, because it feels like paperwork to people who are frightened.
    """
    if _must_ask_danger_again(reply):
        reply.remember(DANGER_AGAIN)
        return reply.ask(reply.turn.triage.question(IN_DANGER))
    question, story = _question(reply), story_question(reply)
    is_place = question is not None and question.field == "area"
    return ask_story(reply, story) if story is not None and (question is None or is_place) else reply.ask(question)


def has_question(reply: Reply) -> bool:
    """Whether there is a question for the reply to end with."""
    is_danger = _must_ask_danger_again(reply)
    return is_danger or story_question(reply) is not None or _question(reply) is not None


def begins_story(reply: Reply) -> bool:
    """Whether the reply will end by asking for the story, because there is nothing to give advice about yet."""
    story = story_question(reply)
    is_next = not in_danger(reply.case) and not questions_meant(reply) and _question(reply) is None
    return story is not None and not story.is_about_a_fact and is_next


def _asks_about_safety(reply: Reply) -> bool:
    """Whether the next question is about safety."""
    question = _question(reply)
    return _must_ask_danger_again(reply) or (question is not None and question.for_safety)


def _must_ask_danger_again(reply: Reply) -> bool:
    """Whether to ask about danger again, because this message made it possible. The question is repeated only once."""
    case = reply.case
    is_new = case.has("danger", "possible") and just_told([IN_DANGER], case)
    return is_new and IN_DANGER in case.asked and DANGER_AGAIN not in case.said


def story_question(reply: Reply) -> Optional[StoryQuestion]:
    """Return the next story question, or None if the writer asks a general question, complains or cannot go on."""
    turn = reply.turn
    is_worry = _urgency(reply) != URGENCIES[0] and turn.reading.move in TELLING
    is_story = is_worry or tells_of_harm(reply.case)
    question = turn.story_questions.next(reply.case, turn.audience, turn.text)
    if question is None or turn.reading.missed or turn.reading.move in ("stuck", "objects"):
        return None
    tells = turn.reading.move in TELLING
    return question if (is_story if question.is_about_a_fact else tells) else None


def ask_story(reply: Reply, question: StoryQuestion) -> bool:
    """Ask a question about what happened, with buttons for yes and no if they answer it. Always return true."""
    found, case, library = reply.turn.story_questions, reply.case, reply.turn.library
    of_topic = library.topics[case.topic].intents
    # The intent may be left over from a crisis, which a button must not bring back.
    intent = case.intent if case.intent in of_topic else next(iter(of_topic))
    answers = [(found.yes, value_of_answer(question.id, True)), (found.no, value_of_answer(question.id, False))]
    buttons = [
        Button(label=label, intent=intent, entities={question.id: str(value).lower()})
        for label, value in answers
        if value is not None
    ]
    unsure = Button(label=found.unsure, intent=intent, entities={ANSWER: NOT_SURE})
    reply.ask_story(question, [*buttons, unsure] if buttons else _options(reply, again=True))
    return True


def _question(reply: Reply) -> Optional[Question]:
    """Return the next question, or None. After a feeling, a remark or a complaint, ask only about safety."""
    turn = reply.turn
    question, reading = turn.question(reply.case), turn.reading
    is_moved = reading.missed or reading.remark is not None or turn.replies.feeling_in(turn.text) is not None
    return None if question is not None and not question.for_safety and is_moved else question


def _may_be_urgent(reply: Reply) -> bool:
    """Whether somebody may be in danger: there is harm, and the writer has not said that nobody is in danger.

    Once danger is over, 999 is still named.
    """
    case, fact = reply.case, reply.case.facts.get("danger")
    was_in_danger = any(key.startswith(DANGER_KEY) for key in case.said)
    is_told = fact is not None and (fact.declared or "danger" in case.asked)
    is_calm = is_told and case.value("danger") in ("none", "over") and not was_in_danger
    return _urgency(reply) in URGENCIES[2:] and not is_calm


def offer_questions(reply: Reply) -> bool:
    """Offer buttons for what the writer may be asking, if it is not clear. Return whether there were any.

    A single button would be a guess, so other questions that fit the subject are added, if any are left. A second
    question, asked in a sentence of its own, is offered alone, but not while we have a question about safety.
    """
    meant = questions_meant(reply)
    if not meant or (reply.turn.reading.also_asks and _asks_about_safety(reply)):
        return False
    if len(meant) == 1 and not reply.turn.reading.also_asks:
        others = [one for one in suggestions(reply) if one.entities.get(ASKS) not in (None, meant[0].entities[ASKS])]
        meant = [*meant, *others][:MAX_CHOICES]
    reply.offer_choices(_prompt_above(meant, reply), meant)
    reply.case = reply.case.with_entries(offered=tuple(one.label for one in meant))
    return True


def _prompt_above(meant: Sequence[Button], reply: Reply) -> str:
    """Return the prompt above questions that the writer may have meant, and record that it was used."""
    words, said = reply.turn.library.words, reply.case.said
    if reply.turn.reading.also_asks:
        return words.you_also_ask
    if reply.has_just_said(GUESS, FALLBACK):
        return words.or_one_of_these
    if len(meant) == 1:
        return words.you_may_mean
    number = sum(key.startswith(MEANT) for key in said)
    reply.remember(f"{MEANT}{number}")
    return words.you_may_ask[number] if number < len(words.you_may_ask) else words.you_could_say


def questions_meant(reply: Reply) -> List[Button]:
    """Return buttons for the direct questions that the message may ask and that have not been answered yet.

    If the message clearly asks one question, these are its other questions. Otherwise a message that begins a subject
    gets none, because the subject's first reply answers it. Neither does one that asks a frequently asked question.
    """
    turn, reading = reply.turn, reply.turn.reading
    if faq_answer(turn) is not None:
        return []
    if kind_asked(turn) is not None:
        kinds = reading.also_asks
    else:
        kinds = reading.may_ask if turn.previous.topic == reply.case.topic else ()
    return [
        Button(label=turn.replies.questions[kind][turn.audience], intent=reply.case.intent, entities={ASKS: kind})
        for kind in kinds
        if kind in turn.replies.questions and _is_unanswered(kind, reply)
    ]


def _options(reply: Reply, again: bool) -> List[Button]:
    """Return suggestions, ending with a comparison if one would help."""
    options, compare = suggestions(reply, again), reply.turn.library.words.compare
    if comparison.may_offer(reply) and (again or compare.label not in reply.case.offered):
        return [*options[: MAX_CHOICES - 1], compare]
    return options


def _may_ask_if_it_helped(reply: Reply) -> bool:
    """Whether to ask if the answer helped. We ask once, when the writer asks for the same information again.

    People who were harmed, or who are close to somebody suspected, are not asked, because they might take it for a
    question about themselves. Nor are people who are still telling their story.
    """
    turn = reply.turn
    if reply.case.role.value in NOT_RATING:
        return False
    is_lost = reply.has_just_said(FALLBACK, NO_ANSWER)
    goes_on_telling = bool(turn.text) and turn.reading.move == "tells"
    asks_again = reply.case.intent == turn.previous.intent and not goes_on_telling
    return asks_again and not is_lost and _urgency(reply) == URGENCIES[0] and RATED not in reply.case.said


def _urgency(reply: Reply) -> str:
    """Return the conversation's urgency, worked out from its facts and its intent."""
    intent = reply.turn.library.intent(reply.case.intent)
    return urgency(reply.case, intent.urgency if intent else URGENCIES[0])


def suggestions(reply: Reply, again: bool = False) -> List[Button]:
    """Return buttons for things to say or ask next, leaving out anything that was already said or answered.

    A writer who keeps typing has passed over the earlier suggestions, so those are left out too, unless `again` is
    true. Buttons saying that somebody is in danger are left out if there is no sign of harm, because they would put
    words in the writer's mouth. They are never the only buttons, either.
    """
    turn, case = reply.turn, reply.case
    may_be_danger = tells_of_harm(case) or any(case.has(name, value) for name, value in SIGNS_OF_DANGER)
    fitting = [
        one
        for short in turn.replies.fitting(case, turn.audience)
        for one in short.choices
        if turn.audience in one.audiences and _is_open(one, reply) and (again or one.label not in case.offered)
        if may_be_danger or turn.library.topic_of(one.intent or case.intent) != CRISIS
    ]
    # Reversed to keep the first of several with the same meaning: "Does age change it?" and "Does age matter?"
    by_meaning = {_meaning(one): one for one in reversed(fitting)}
    chosen = [one for one in fitting if by_meaning[_meaning(one)] is one][:MAX_CHOICES]
    found = [Button(label=one.label, intent=one.intent or case.intent, entities=_entities_of(one)) for one in chosen]
    return found if any(turn.library.topic_of(one.intent) != CRISIS for one in found) else []


def _meaning(choice: Suggestion) -> Tuple[str, ...]:
    """Return the question that a choice asks, or the facts that it states."""
    return (choice.asks,) if choice.asks else tuple(f"{name}={value}" for name, value in sorted(choice.facts.items()))


def _is_open(choice: Suggestion, reply: Reply) -> bool:
    if choice.asks is None:
        # For example, do not offer "I already sent one" after "i didnt do it yet".
        return any(reply.case.value(name) is None for name in choice.facts)
    return _is_unanswered(choice.asks, reply)


def _is_unanswered(asks: str, reply: Reply) -> bool:
    """Whether there is a straight answer to a question, and it has not been given yet."""
    turn = reply.turn
    answer = answer_to(asks, reply.case, turn.library)
    others = map(turn.library.straight_answer, turn.named_answers.of_kind(asks))
    return answer is not None and not any(one and was_given(one, turn, reply.case) for one in (answer, *others))


def _entities_of(choice: Suggestion) -> Dict[str, str]:
    """Return the entities that a suggestion's button sends: the question it asks, or the facts it states."""
    if choice.asks is not None:
        return {ASKS: choice.asks}
    return {name: str(value).lower() for name, value in choice.facts.items()}
