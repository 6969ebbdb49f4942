"""Straight answers to direct and frequently asked questions.

None is given twice in the same words. A direct question that is clearly asked again gets its answer in other words.
"""

from typing import List, Optional, Tuple

from actions.reply import Reply
from actions.trimming import without_yes_or_no
from actions.turn import Turn
from bot.case.case import Case, learned
from bot.case.reading import ASKING, FOR_SAFETY, OFFERED, words_of
from bot.content.models import DirectAnswer, Library, StraightAnswer

#: Topics about how to deal with another subject, such as where to report it. A question in one of them, such as "101 or
#: that CEOP thing?", gets the answer for the subject of the story.
ABOUT_A_SUBJECT = frozenset(("how_to_report", "after_report", "law_question", "talk_to_child", "emotional_support"))

#: The role, and the facts about who is involved and how safe they are. These have no short replies.
BACKGROUND = frozenset(
    ("role", "writer", "writer_age", "about", "about_age", "place", "other", "other_age", "danger", "suicide", "told")
)
#: Suffix of the key in `Case.said` for an answer in easier words.
EASIER = "/easier"
#: Prefix of the keys in `Case.said` for the lines that name the question being answered.
GUESS = "guess"


def give_answer(reply: Reply, answer: Optional[StraightAnswer]) -> bool:
    """Give a straight answer, in easier words if the turn uses them. Return whether anything was added."""
    return answer is not None and _give_version(reply, answer, easier_first=reply.turn.is_easier)


def give_brief_answer(reply: Reply, answer: Optional[StraightAnswer]) -> bool:
    """Give the shorter, easier version of a straight answer. Return whether anything was added."""
    return answer is not None and _give_version(reply, answer, easier_first=True)


def _give_version(reply: Reply, answer: StraightAnswer, easier_first: bool) -> bool:
    """Give the first version of an answer that has not been used yet. Return whether there was one."""
    turn, versions = reply.turn, _versions(answer, reply.turn)
    is_guess = answer is guess(turn)
    if is_guess:
        question = turn.replies.questions[str(turn.reading.may_be_typed)][turn.audience]
        reply.say_unused([line.format(question=question) for line in turn.library.words.you_seem_to_ask], GUESS)
    # A guess names the question, so its yes or no cannot seem to answer another one.
    is_clear = turn.reading.asks_clearly or is_guess or answer is faq_answer(turn)
    in_order = reversed(versions) if easier_first else versions
    return any(reply.say_once(key, words if is_clear else without_yes_or_no(words)) for key, words in in_order)


def straight_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the straight answer to this turn's question, or None if there is none or it was already given.

    The answer to a frequently asked question takes precedence, because it is more precise than the answer to its kind.
    Only a question about safety comes before it. If the clearest of several questions was answered before, the next one
    is answered.
    """
    others = (answer_to(kind, turn.case, turn.library) for kind in turn.reading.also_asks)
    answer = next(filter(None, (_if_new(turn, one) for one in (_answer_to_kind(turn), *others))), None)
    if kind_asked(turn) in FOR_SAFETY and answer is not None:
        return answer
    return new_faq_answer(turn) or answer or guess(turn) or _answer_to_repeated_question(turn)


def _answer_to_kind(turn: Turn) -> Optional[StraightAnswer]:
    """Return the answer for the person, service or thing that a direct question names, or else the one to its kind."""
    kind = str(kind_asked(turn))
    named = turn.named_answers.find(turn.text, kind, turn.case)
    answer = turn.library.straight_answer(named) if named is not None else None
    is_suitable = answer is not None and answer.suits(turn.asker)
    return answer if is_suitable else answer_to(kind, turn.case, turn.library)


def _answer_to_repeated_question(turn: Turn) -> Optional[StraightAnswer]:
    """Return an answer to a question whose kind was answered before, or None.

    The writer may mean a frequently asked question of this kind. Otherwise, the same answer is given in other words if
    the question is clear and the message adds nothing to the story.
    """
    given = _answer_to_kind(turn)
    if given is None or not was_given(given, turn, turn.case):
        return None
    more_precise = _if_new(turn, _for_asker(turn, turn.reading.may_ask_faq))
    is_clear = turn.reading.asks_clearly or _is_repeated(turn)
    if more_precise is not None or not is_clear or _tells_more(turn):
        return more_precise
    return given if any(key not in turn.case.said for key, _ in _versions(given, turn)) else None


def _is_repeated(turn: Turn) -> bool:
    """Whether a recent message had the same words, whatever its punctuation."""
    return words_of(turn.text) in map(words_of, turn.recent[:-1])


def guess(turn: Turn) -> Optional[StraightAnswer]:
    """Return an unused answer to the question that a turn probably, but not clearly, asks, or None.

    The reply names the question, so people can see what is being answered. A subject's first reply makes no guess.
    """
    kind = turn.reading.may_be_typed
    if kind is None or kind not in turn.replies.questions or turn.reading.move not in ASKING:
        return None
    # A new fact gets its own reply. Stop guessing when no unused wording can name the question, because a guessed
    # answer must never appear without it.
    used = sum(key.startswith(f"{GUESS}/") for key in turn.case.said)
    if _tells_more(turn) or used >= len(turn.library.words.you_seem_to_ask):
        return None
    if kind_asked(turn) is not None or faq_answer(turn) is not None:
        return None
    return _if_new(turn, answer_to(kind, turn.case, turn.library)) if turn.previous.topic == turn.case.topic else None


def kind_asked(turn: Turn) -> Optional[str]:
    """Return the kind of direct question that a turn asks, or None.

    A writer who was offered "Should I block them?" as a button may type it, so it need not be as clear as usual.
    """
    kind = turn.reading.may_be_typed
    label = turn.replies.questions.get(kind or "", {}).get(turn.audience)
    return kind if label in turn.previous.offered[-OFFERED:] else turn.reading.asks


def faq_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the answer to the frequently asked question that this turn asks, or None if its asker may not get one."""
    return _for_asker(turn, turn.reading.faq)


def _for_asker(turn: Turn, question: Optional[str]) -> Optional[StraightAnswer]:
    answer = turn.library.faq.get(question or "")
    return answer if answer is not None and answer.suits(turn.asker) else None


def new_faq_answer(turn: Turn) -> Optional[StraightAnswer]:
    """Return the answer to this turn's frequently asked question, or None if there is none or it was already given."""
    return _if_new(turn, faq_answer(turn))


def answer_to(kind: str, case: Case, library: Library) -> Optional[DirectAnswer]:
    """Return the straight answer to a kind of direct question that fits a case, or None if there is none.

    If the topic is about how to deal with another subject and has no answer itself, the answer for the latest such
    subject takes precedence over the general one.
    """
    answer = library.direct_answer(kind, case.topic, case.intent)
    if case.topic not in ABOUT_A_SUBJECT or (answer is not None and not answer.is_general):
        return answer
    subjects = [(library.topic_of(intent), intent) for intent in reversed(case.topics_before)]
    earlier = [library.direct_answer(kind, *subject) for subject in subjects if subject[0] not in ABOUT_A_SUBJECT]
    return next((one for one in earlier[:1] if one is not None and not one.is_general), answer)


def may_be_answered(turn: Turn) -> bool:
    """Whether any of the questions that a turn may ask has already been answered."""
    answers = [answer_to(kind, turn.case, turn.library) for kind in turn.reading.may_ask]
    return any(answer is not None and was_given(answer, turn, turn.case) for answer in answers)


def was_given(answer: StraightAnswer, turn: Turn, case: Case) -> bool:
    """Whether any version of an answer for this turn's asker is recorded in a case."""
    key = _key(answer, turn)
    return key in case.said or key + EASIER in case.said


def _if_new(turn: Turn, answer: Optional[StraightAnswer]) -> Optional[StraightAnswer]:
    return None if answer is None or was_given(answer, turn, turn.case) else answer


def _tells_more(turn: Turn) -> bool:
    """Whether the message adds a fact to the story."""
    return not BACKGROUND.issuperset(learned(turn.previous, turn.case))


def _versions(answer: StraightAnswer, turn: Turn) -> List[Tuple[str, str]]:
    """Return an answer in the usual words and in easier words, if these differ, each with its `Case.said` key."""
    asker, key = answer.version_key(turn.asker), _key(answer, turn)
    usual, easier = answer.versions[asker], " ".join(turn.replies.easier[answer.id][asker])
    return [(key, usual), (key + EASIER, easier)] if easier != usual else [(key, usual)]


def _key(answer: StraightAnswer, turn: Turn) -> str:
    return f"answer/{answer.id}/{answer.version_key(turn.asker)}"
