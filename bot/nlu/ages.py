"""Finds ages mentioned in passing: "im 12", "my 9 yr old", "shes only fourteen"."""

import re
from typing import Any, Dict, List, NamedTuple

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.text.kinship import words_with_kin

_UNITS = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
#: Maps the words from "five" to "ninety-nine" to their numbers.
NUMBER_WORDS = {
    **{word: number for number, word in enumerate([*_UNITS, *_TEENS], start=1) if number >= 5},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{f"{tens}-{unit}": 10 * t + u for t, tens in enumerate(_TENS, 2) for u, unit in enumerate(_UNITS, 1)},
}
_NUMBER = rf"(?P<age>[1-9]\d?|(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS)}))?|{'|'.join([*_UNITS[4:], *_TEENS])})"
_SELF = (
    r"\b(?:i'?\s?a?m|i’m|im|am|me|we(?:['’]?re| are)(?: both)?|were both)\s{1,3}"
    r"(?:only\s{1,3}|just\s{1,3}|still\s{1,3}|a\s{1,3}|nearly\s{1,3}|almost\s{1,3}|turning\s{1,3})?"
)
_THEY = (
    r"\b(?:s?he['’]?s|s?he\s{1,3}is|they['’]?re|who['’]?s|who\s{1,3}is|is|was|aged?|turned|turning)\s{1,3}"
    r"(?:only\s{1,3}|just\s{1,3}|still\s{1,3}|a\s{1,3}|now\s{1,3})?"
)
#: Words for the person a message is about. An age next to such a word is that person's age.
_PEOPLE = words_with_kin("boy girl lad {child} {stepchild} {grandchild} {nibling} {sibling} {cousin} {pupil} {friend}")
_WHO = f"(?:{'|'.join(_PEOPLE)})"
_YEARS = r"\s{0,3}-?\s{0,3}(?:yrs?|years?|yo|y/o|y\.o\.?)(?:[\s-]{0,3}old)?s?\b"
_NOT_YEARS = (
    r"(?!\s{0,3}(?:%|per|k\b|pm|am\b|min|hour|day|week|month|time|people|pounds|quid|miles|followers|of\b|[:./-]?\d|"
    r"st\b|nd\b|rd\b|th\b))"
)

_SELF_AGE = re.compile(_SELF + _NUMBER + r"\b" + _NOT_YEARS, re.IGNORECASE)
_THEIR_AGE = re.compile(_THEY + _NUMBER + r"\b" + _NOT_YEARS, re.IGNORECASE)
_YEARS_OLD = re.compile(r"\b" + _NUMBER + _YEARS, re.IGNORECASE)
#: "my son is 19", "our daughter (15)", "my friend, 16": the age of the person the message is about.
_CONCERNED_AGE = re.compile(
    r"\b(?:my|our|a|the|this|one of my)\s{1,3}(?:\w{1,40}\s{1,3})?"
    + _WHO
    + r"(?:,?\s{1,3}who)?(?:['’]?s|\s{1,3}is|\s{1,3}was|\s{1,3}just\s{1,3}turned)?\s{0,3}[,(]?\s{0,3}"
    r"(?:only\s{1,3}|just\s{1,3}|aged?\s{1,3}|now\s{1,3}|nearly\s{1,3}|almost\s{1,3})?" + _NUMBER + r"\b" + _NOT_YEARS,
    re.IGNORECASE,
)
_CONCERNED_BEFORE = re.compile(r"\b(?:my|our)\s{1,3}(?:\w{1,40}\s{1,3})?$", re.IGNORECASE)
#: "i was 16", "she was 15 when it was taken": an age in the past.
_THEN_AGE = re.compile(
    r"\b(?:(?:when\s{1,3})?(?:i|we)\s{1,3}(?:was|were)|(?:i|we)(?:['’]?d|\s{1,3}would)\s{1,3}(?:have|of|a)\s{1,3}been|when\s{1,3}(?:s?he|they)\s{1,3}(?:was|were))\s{1,3}(?:only\s{1,3}|just\s{1,3}|still\s{1,3}|like\s{1,3})?"
    + _NUMBER
    + r"\b"
    + _NOT_YEARS
    + r"|\b(?:s?he|they)\s{1,3}(?:was|were)\s{1,3}(?:only\s{1,3}|just\s{1,3}|still\s{1,3})?"
    + _NUMBER.replace("age", "later")
    + r"\b(?=\s{0,3}(?:years?\s{1,3}old\s{1,3})?(?:in\s{1,3}(?:it|the|that)|when|then|at\s{1,3}the\s{1,3}time|back))",
    re.IGNORECASE,
)
#: "nearly 18", "18 next week": the person has not reached this age yet.
_NOT_YET_BEFORE = re.compile(r"\b(?:nearly|almost|turning|not\s{1,3}(?:yet|quite))\s{1,3}$", re.IGNORECASE)
_NOT_YET_AFTER = re.compile(
    r"\s{0,3}(?:years?\s{1,3}old\s{1,3})?(?:next\b|tomorrow\b|tmrw?\b|soon\b|this\s{1,3}(?:week|month|summer|year)\b|"
    r"on\s{1,3}(?:mon|tues?|wed|thurs?|fri|sat|sun)(?:day)?\b|"
    r"in\s{1,3}(?:(?:an?|one|two|three|\d{1,4})\s{1,3}(?:few\s{1,3}|couple\s{1,3}of\s{1,3})?(?:days?|weeks?|months?)|"
    r"jan|feb|march|april|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,12}\b)",
    re.IGNORECASE,
)
#: "in year 9", "my yr 10s", "a year 8 girl": school years in England or Wales. The writer's own year is ignored.
_SCHOOL_YEAR = re.compile(
    r"(?P<inside>\bin\s{1,3})?\b(?:year|yr)\s?(?P<year>[1-9]|1[0-3])(?P<many>s)?\b(?P<who>\s{1,3}" + _WHO + r"s?\b)?",
    re.IGNORECASE,
)
_OWN_YEAR = re.compile(r"\b(?:i['’]?m|im|i am|i was|me|we['’]?re|we are)\b[^.,!?]{0,20}$", re.IGNORECASE)
#: Add this to the number of a school year to get the age at which most children start it. They start year 1 at 5.
_BEFORE_YEAR_ONE = 4
_CORRECTION = re.compile(r"\s{0,3}(?:no{1,9}|nope|nah|actually|sorry|wait|correction|i\s{1,3}meant)\b", re.IGNORECASE)
#: "14", "nearly fourteen", "14. she lives with her nan": a message that is only a number or starts with a number.
_BARE = re.compile(
    r"\s{0,3}(?:(?:about|nearly|almost|just|only)\s{1,3})?" + _NUMBER + r"\s{0,3}(?:$|[.,;!?…](?!\d))", re.IGNORECASE
)
#: "pretending im 15", "i told him im 18": somebody only claims to be this age.
_CLAIMED = re.compile(
    r"\b(?:pretend\w{0,40}|said|saying|say|told|tell|lied|thinks?|thought)\b[^.!?]{0,25}$", re.IGNORECASE
)
_SELF_BEFORE = re.compile(_SELF + r"$", re.IGNORECASE)


class Age(NamedTuple):
    """An age found in a text: whose it is, in years, with its start and end offsets.

    `whose` is "self" for the writer's current age, "then" for an age in the past, "concerned" for the person the
    message is about, "other" for anybody else, and "bare" if the message gives only the number.
    """

    whose: str
    years: int
    start: int
    end: int


def find_ages(text: str) -> List[Age]:
    """Return the ages in `text` in order of appearance, with no more than one at the same position."""
    bare = _BARE.match(text)
    corrected = _CORRECTION.match(text) is not None
    found: Dict[int, Age] = {}
    if bare:
        _keep(found, bare, "bare")
    for match in _THEN_AGE.finditer(text):
        _keep(found, match, "then")
    for match in _CONCERNED_AGE.finditer(text):
        _keep(found, match, "concerned")
    for match in _YEARS_OLD.finditer(text):
        _keep(found, match, _whose_years(text[: match.start()], corrected))
    for match in _SELF_AGE.finditer(text):
        _keep(found, match, "other" if _CLAIMED.search(text[: match.start()]) else "self")
    for match in _THEIR_AGE.finditer(text):
        # A correction such as "no, he's 19" refers to the person the conversation is about.
        _keep(found, match, "concerned" if corrected else "other")
    if not found:
        found = {age.start: age for age in _ages_of_school_years(text)}
    return [found[start] for start in sorted(found)]


def _ages_of_school_years(text: str) -> List[Age]:
    """Return, for each school year that `text` mentions, the age of its youngest pupils when it starts."""
    return [
        Age("concerned", _BEFORE_YEAR_ONE + int(match.group("year")), *match.span("year"))
        for match in _SCHOOL_YEAR.finditer(text)
        if (match.group("inside") or match.group("many") or match.group("who"))
        and not _OWN_YEAR.search(text[: match.start()])
    ]


def _whose_years(before: str, corrected: bool) -> str:
    if _SELF_BEFORE.search(before):
        return "self"
    return "concerned" if corrected or _CONCERNED_BEFORE.search(before) else "other"


def _keep(found: Dict[int, Age], match: "re.Match[str]", whose: str) -> None:
    group = "age" if match.group("age") else "later"
    said = match.group(group).lower()
    years = NUMBER_WORDS.get("-".join(said.split())) or int(said)
    start, end = match.span(group)
    if _NOT_YET_BEFORE.search(match.string[:start]) or _NOT_YET_AFTER.match(match.string, end):
        years -= 1
    if years >= 5:
        found.setdefault(start, Age(whose, years, start, end))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class AgeExtractor(GraphComponent, EntityExtractorMixin):
    """Adds an `age` entity for each age in a message, with `Age.whose` as the entity's role."""

    @classmethod
    def create(cls, config: Dict[str, Any], *_: Any) -> "AgeExtractor":
        """See the base class."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add an entity to each message for every age found in it."""
        for message in messages:
            ages = [
                {"entity": "age", "role": age.whose, "value": age.years, "start": age.start, "end": age.end}
                for age in find_ages(message.get(TEXT) or "")
            ]
            if ages:
                entities = message.get(ENTITIES, []) + self.add_extractor_name(ages)
                message.set(ENTITIES, entities, add_to_output=True)
        return messages
