"""Leaves out what does not fit the writer from a text that is written for several people."""

import re
from itertools import zip_longest
from typing import List, Optional

from actions.turn import Turn
from bot.case.derived import ADULT, CHILD, GROWN_UP, speaks_of_self

#: Audiences of adults who write about themselves. Childline is for people under 19.
FOR_ADULTS = ("adult", "self_concern")
#: The fact that the writer is the safeguarding lead or has none.
LEAD = "lead"
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
#: A sentence that only sends people under 19 to Childline.
_CHILDLINE = re.compile(
    r"(?:Under 19|If you are under 19|(?:(?:You can )?(?:call|talk to|ring) )?(?:Childline\b|\{childline\.name\}))",
    re.IGNORECASE,
)
#: Sentences that introduce such a sentence, and the beginnings of sentences that continue it.
_LEADS, _GOES_ON = ("Under 19?", "Are you under 19?"), ("It ", "They ", "Calls ", "You ", "There ")
#: Words that send professionals to their lead.
_LEAD = re.compile(r"\b(?:your|the|a) (?:safeguarding )?lead\b", re.IGNORECASE)
_OTHER_HELP = re.compile(r"\b(?:999|101|CEOP|Samaritans|NSPCC|NAPAC|Shout)\b|\{(?!childline)\w+\.")
#: Sentences about pictures of people who are 18 or over now, or were then, and questions that introduce them.
_OF_ADULTS = re.compile(
    r"\b[Oo]lder now\b|\b18 or over\b.*(?:\bStopNCII\b|\?$)|\bStopNCII\b.*\b18 or over\b|\bare 18 now\b"
)
#: A sentence that sends only people under 18 to Report Remove.
_OF_CHILDREN = re.compile(
    r"^(?:If .{1,30} under 18|(?:A pupil |Pupils )?[Uu]nder 18|Report Remove)\b.*\bReport Remove\b"
)
#: A condition that holds for everybody under 18, at the beginning or the end of a sentence. It stays if it says who
#: "they" are.
_IF_UNDER_18 = re.compile(
    r"^(?:(?:If (?:you|they) are under|Under) 18(?: now)?|If your child is under 18(?!, they)), (?P<rest>\S)"
    r"|(?<! says)(?<! whether),? if (?:(?:you|they|your child) (?:are |is )?)?under 18(?=\.)"
)


def fitting(words: str, turn: Turn) -> str:
    """Return a text without the sentences and conditions that do not fit the writer."""
    kept = without_childline(words) if is_own_adult(turn) else words
    kept = without_lead(kept) if turn.case.value(LEAD) else kept
    is_child = is_under_18(turn)
    return kept if is_child is None else of_age(kept, is_child)


def is_own_adult(turn: Turn) -> bool:
    """Whether the writer is known to be 19 or older and writes about themselves. Childline is for people under 19."""
    years, writer = turn.case.value("writer_age"), turn.case.facts.get("writer")
    is_declared = writer is not None and writer.declared and writer.value == GROWN_UP
    return turn.audience in FOR_ADULTS and (years > ADULT if isinstance(years, int) else is_declared)


def is_under_18(turn: Turn) -> Optional[bool]:
    """Whether the person in the story is under 18 now, or None if nobody said so, or if another person is an adult."""
    case, writer = turn.case, turn.case.facts.get("writer")
    if not speaks_of_self(case):
        years = case.value("about_age")
        return True if isinstance(years, int) and years < ADULT else None
    years = case.value("writer_age")
    if isinstance(years, int):
        return years < ADULT
    return writer.value == CHILD if writer is not None and writer.declared else None


def of_age(words: str, is_child: bool) -> str:
    """Return a text without what it says to people of other ages about taking down pictures.

    A text that says nothing else is returned unchanged.
    """
    kept: List[str] = []
    is_led_to = False
    for sentence in _SENTENCE_END.split(words):
        is_others = (_OF_ADULTS if is_child else _OF_CHILDREN).search(sentence) is not None
        if not is_others and not is_led_to:
            kept.append(_IF_UNDER_18.sub(_without_condition, sentence) if is_child else sentence)
        is_led_to = is_others and sentence.endswith("?")
    return " ".join(kept) or words


def _without_condition(condition: "re.Match[str]") -> str:
    return (condition["rest"] or "").upper()


def without_childline(words: str) -> str:
    """Return a text without the sentences that only send people to Childline, and the questions that lead to them.

    A sentence is kept if it names another way to get help, is part of a quotation or is continued by the next sentence.
    A text that consists only of such sentences is returned unchanged.
    """
    kept: List[str] = []
    sentences, is_led_to = _SENTENCE_END.split(words), False
    for sentence, following in zip_longest(sentences, sentences[1:], fillvalue=""):
        if sentence in _LEADS:
            is_led_to = True
            continue
        is_only = is_led_to or (_CHILDLINE.match(sentence) is not None and not following.startswith(_GOES_ON))
        if is_only and not _OTHER_HELP.search(sentence) and '"' not in sentence:
            # "Sent one already?" makes no sense without the sentence that follows it.
            kept = kept[:-1] if kept and kept[-1].endswith("?") else kept
        else:
            kept.append(sentence)
        is_led_to = False
    return " ".join(kept) or words


def without_lead(words: str) -> str:
    """Return a text without the sentences that send professionals to their safeguarding lead.

    A sentence is kept if it names another way to get help or is part of a quotation. A text that consists only of such
    sentences is returned unchanged.
    """
    sentences = _SENTENCE_END.split(words)
    kept = [one for one in sentences if not _LEAD.search(one) or _OTHER_HELP.search(one) or '"' in one]
    return " ".join(kept) or words
