"""Trims a text written for several kinds of people to the parts that apply to the writer."""

import re
from itertools import zip_longest
from typing import List

from actions.turn import Turn
from bot.case.derived import ADULT, CHILD, GROWN_UP, speaks_of_self

#: Audiences of adults who write about themselves. Childline is for people under 19.
FOR_ADULTS = ("adult", "self_concern")
#: The fact that records whether the writer is the safeguarding lead or has none.
SAFEGUARDING_LEAD = "lead"
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
#: A sentence that only sends people under 19 to Childline.
_CHILDLINE = re.compile(
    r"(?:Under 19|If you are under 19|(?:(?:You can )?(?:call|talk to|ring) )?(?:Childline\b|\{childline\.name\}))",
    re.IGNORECASE,
)
#: Sentences that introduce such a sentence, and the beginnings of sentences that continue it.
_INTRODUCTIONS, _GOES_ON = ("Under 19?", "Are you under 19?"), ("It ", "They ", "Calls ", "You ", "There ")
#: Patterns for the safeguarding lead, for advice to tell them and for sentences about what only a lead does, and the
#: beginnings of sentences that say what the lead does next.
_LEAD = re.compile(r"\b[Yy]our (?:designated )?(?:safeguarding )?lead\b")
_TELL_LEAD = re.compile(rf"\b(?P<tell>[Tt]ell) {_LEAD.pattern}(?!')")
_LEAD_TELLS = re.compile(
    rf"\b(?P<tell>[Tt]ell) {_LEAD.pattern}(?P<when>(?: \w+){{0,2}}), who (?:calls|rings|tells) the police\b"
)
_ONLY_A_LEAD = re.compile(r"\b(?:who|social care|policy|debrief|filter|before you refer|anyone else|[Ff]or threats)\b")
_THE_LEAD_THEN = ("The lead", "They can decide")
_HELP = re.compile(r"\b(?:999|101|CEOP|police|social care|children's services)\b|\{\w+\.")
_OTHER_HELP = re.compile(r"\b(?:999|101|CEOP|Samaritans|NSPCC|NAPAC|Shout)\b|\{(?!childline)\w+\.")
#: Matches sentences about pictures of people who are, or were at the time, 18 or over, questions that introduce them,
#: and sentences that only say that the age matters.
_OF_ADULTS = re.compile(
    r"^(?!.*\bReport Remove\b)"
    r".*(?:\b[Oo]lder now\b|\b18 or over\b.*(?:\bStopNCII\b|\?$)|\bStopNCII\b.*\b18 or over\b|\bare 18 now\b)"
    r"|^(?:It depends on the age in the picture|It goes by (?:their )?age|The(?:ir)? age in the picture matters)\.$"
)
#: A yes or a no at the beginning of a sentence that is complete without it.
_YES_OR_NO = re.compile(r"^(?:Yes|No), (?!(?:as|and|because|but|not|so)\b)(?P<rest>\w)")
_SERVICES = re.compile(r"\b(?:Report Remove|StopNCII|Take It Down|Revenge Porn Helpline)\b")
#: Conditions that everybody under 18 meets, at the beginning or the end of a sentence, about the writer (True) or
#: somebody else (False).
_IF_UNDER_18 = {
    True: re.compile(
        r"^(?:If you are under 18(?: now)?|Under 18(?: now)?(?!, (?:they|your))), (?P<rest>\S)"
        r"|(?<! says)(?<! whether),? if (?:you are )?under 18(?=\.)"
    ),
    False: re.compile(
        r"^(?:If they are under 18(?: now)?|If your child is under 18(?!, they)|Under 18(?: now)?(?=, (?:they|your))), "
        r"(?P<rest>\S)|(?<! says)(?<! whether)(?<!^Report Remove)(?<!,),? if (?:they are|your child is) under 18(?=\.)"
    ),
}


def fitting(words: str, turn: Turn) -> str:
    """Return a text without the parts that do not apply to the writer."""
    kept = without_childline(words) if is_own_adult(turn) else words
    lead = turn.case.value(SAFEGUARDING_LEAD) if turn.asker == "professional" else None
    kept = without_lead(kept, turn.library.words.instead_of_lead[str(lead)]) if lead else kept
    kept = _to_the_lead(kept) if lead == "self" else kept
    return of_children(kept, speaks_of_self(turn.case)) if is_under_18(turn) else kept


def is_own_adult(turn: Turn) -> bool:
    """Whether the writer is known to be 19 or older and writes about themselves. Childline is for people under 19."""
    years, writer = turn.case.value("writer_age"), turn.case.facts.get("writer")
    is_declared = writer is not None and writer.declared and writer.value == GROWN_UP
    return turn.audience in FOR_ADULTS and (years > ADULT if isinstance(years, int) else is_declared)


def is_under_18(turn: Turn) -> bool:
    """Whether the person in the story was said to be under 18 now, rather than at the time."""
    case, is_own = turn.case, speaks_of_self(turn.case)
    writer, age = case.facts.get("writer"), case.facts.get("writer_age" if is_own else "about_age")
    if case.has("long_ago") or (is_own and writer is not None and writer.declared and writer.value == GROWN_UP):
        return False
    if age is not None and isinstance(age.value, int):
        # "My daughter is 22. When she was 14, he took pictures" may give the age at the time.
        is_of_the_past = not is_own and case.value("image_age") == age.value
        return age.declared and age.value < ADULT and not is_of_the_past
    return is_own and writer is not None and writer.declared and writer.value == CHILD


def of_children(words: str, is_own: bool) -> str:
    """Return a text without its advice to adults on taking down pictures, and without "if you are under 18".

    A text that would no longer name a service is returned unchanged.

    Args:
        words: the text.
        is_own: whether the writer is the person in the story.
    """
    kept: List[str] = []
    is_led_to = False
    for sentence in _SENTENCE_END.split(words):
        is_of_adults = _OF_ADULTS.search(sentence) is not None
        if not is_of_adults and not is_led_to:
            kept.append(_IF_UNDER_18[is_own].sub(_without_condition, sentence))
        is_led_to = is_of_adults and sentence.endswith("?")
    left = " ".join(kept)
    return left if _SERVICES.search(left) or (left and not _SERVICES.search(words)) else words


def _without_condition(condition: "re.Match[str]") -> str:
    return (condition["rest"] or "").upper()


def without_yes_or_no(words: str) -> str:
    """Return an answer without the yes or no that it begins with, for a question that is not clear: "No, you need not".

    Answers to another question are easier to forgive if they do not sound like a yes or a no.
    """
    return _YES_OR_NO.sub(lambda found: found["rest"].upper(), words)


def without_childline(words: str) -> str:
    """Return a text without the sentences that only send people to Childline, and the questions that lead to them.

    A sentence is kept if it names another way to get help, is part of a quotation or is continued by the next sentence.
    A text that consists only of such sentences is returned unchanged.
    """
    kept: List[str] = []
    sentences, is_led_to = _SENTENCE_END.split(words), False
    for sentence, following in zip_longest(sentences, sentences[1:], fillvalue=""):
        if sentence in _INTRODUCTIONS:
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


def without_lead(words: str, instead: str) -> str:
    """Return a text that sends professionals to `instead` rather than to their safeguarding lead.

    Sentences about what only a lead does are left unchanged.
    """
    sentences = _SENTENCE_END.split(words)
    return " ".join(
        sentence
        if _ONLY_A_LEAD.search(sentence) or following.startswith(_THE_LEAD_THEN)
        else _TELL_LEAD.sub(rf"\g<tell> {instead}", sentence)
        for sentence, following in zip_longest(sentences, sentences[1:], fillvalue="")
    )


def _to_the_lead(words: str) -> str:
    """Return a text without the sentences about "your lead", and with the police instead of a lead who tells them.

    A sentence is kept if it is the only one, or the only one that names help.
    """
    sentences = _SENTENCE_END.split(_LEAD_TELLS.sub(r"\g<tell> the police\g<when>", words))
    kept = [one for one in sentences if not _LEAD.search(one)]
    names_help = any(map(_HELP.search, kept)) or not any(map(_HELP.search, sentences))
    return " ".join(kept if kept and names_help else sentences)
