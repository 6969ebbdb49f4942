"""Finds numbers that may be ages ("im 12", "my year 9s", "shes only fourteen") and decides whose age each is.

Patterns find the numbers. A head decides whose age a number is, if anybody's, from the words around it and from the
message's features in its conversation. It learns from the ages in `data/conversations/`.
"""

import re
from typing import Dict, Iterator, List, Mapping, NamedTuple, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray

from bot.nlu.head import Head, Rows, Strengths
from bot.text.kinship import words_with_kin

Array = NDArray[np.float32]

#: Facts that are ages.
AGES = ("writer_age", "about_age", "other_age", "image_age")

_UNITS = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
#: The lowest number that counts as an age.
YOUNGEST = 5
#: Maps the words from "five" to "ninety-nine" to their numbers.
NUMBER_WORDS = {
    **{word: number for number, word in enumerate([*_UNITS, *_TEENS], start=1) if number >= YOUNGEST},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{f"{tens}-{unit}": 10 * t + u for t, tens in enumerate(_TENS, 2) for u, unit in enumerate(_UNITS, 1)},
}
_AS_WORD = rf"\b(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS)}))?|{'|'.join([*_UNITS[4:], *_TEENS])})\b"
_NOT_YEARS = (
    r"(?![:./-]?\d|\s{0,3}(?:%|per|k\b|pm|am\b|min|hour|day|week|month|time|people|pounds|quid|miles|followers|of\b|"
    r"st\b|nd\b|rd\b|th\b))"
)
_NUMBER = re.compile(rf"(?<![\d.:£$/])(?P<age>[1-9]\d?(?!\d)|{_AS_WORD}){_NOT_YEARS}", re.IGNORECASE)
#: "in year 9", "my yr 10s", "Y8": school years in England or Wales.
_SCHOOL_YEAR = re.compile(r"\b(?:year|yr|y)\s?(?P<year>[1-9]|1[0-3])(?=s?\b)", re.IGNORECASE)
#: Added to a school year's number to get the age at which most children start it. They start year 1 at 5.
_BEFORE_YEAR_ONE = 4
#: "nearly 18", "18 next week": the person has not reached this age yet.
_NOT_YET_BEFORE = re.compile(r"\b(?:nearly|almost|turning|not\s{1,3}(?:yet|quite))\s{1,3}$", re.IGNORECASE)
_NOT_YET_AFTER = re.compile(
    r"\s{0,3}(?:years?\s{1,3}old\s{1,3})?(?:next\b|tomorrow\b|tmrw?\b|soon\b|this\s{1,3}(?:week|month|summer|year)\b|"
    r"on\s{1,3}(?:mon|tues?|wed|thurs?|fri|sat|sun)(?:day)?\b|"
    r"in\s{1,3}(?:(?:an?|one|two|three|\d{1,4})\s{1,3}(?:few\s{1,3}|couple\s{1,3}of\s{1,3})?(?:days?|weeks?|months?)|"
    r"jan|feb|march|april|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,12}\b)",
    re.IGNORECASE,
)
#: At most this many numbers are read per message, and this many characters on either side of each number.
MOST_NUMBERS, NEAR = 6, 100

_TOKEN = re.compile(r"[^\W\d_]{1,40}(?:['’][^\W\d_]{1,10})?|\d{1,9}|[^\w\s]")
_CLAUSE_ENDS = frozenset([*".,;!?", "and", "but"])
#: Words for people that a message may be about. In clues, they are all replaced by one mark, and numbers by another.
_PEOPLE = frozenset(
    words_with_kin("boy girl lad {child} {stepchild} {grandchild} {nibling} {sibling} {cousin} {pupil} {friend}")
)
_PERSON, _DIGITS, _START, _END = "<person>", "<number>", "<start>", "<end>"
#: Maps pronouns, with their contractions and misspellings, to one form for each person.
_SOMEBODY = {
    word: who
    for who, words in {
        "i": "i im i'm i’m me",
        "my": "my our",
        "we": "we were we're we’re",
        "he": "he hes he's he’s him his",
        "she": "she shes she's she’s her",
        "they": "they theyre they're they’re",
        "you": "you u ur",
    }.items()
    for word in words.split()
}
#: The lowest age in each of the age bands, which are used as clues.
_BANDS = (10, 13, 16, 18, 20, 30, 50)
STRENGTHS = Strengths(features=0.3, clues=0.3, iterations=150)


class Number(NamedTuple):
    """A number that may be an age: its years, its start and end offsets, and whether it comes from a school year."""

    years: int
    start: int
    end: int
    is_school_year: bool = False


def find_numbers(text: str) -> List[Number]:
    """Return the first `MOST_NUMBERS` numbers in `text` that may be ages, in order of appearance."""
    years = {match.start("year"): match for match in _SCHOOL_YEAR.finditer(text)}
    found: List[Number] = []
    for match in _NUMBER.finditer(text):
        if match.start() not in years:
            found.extend(_ages_of(match))
    found += [
        Number(_BEFORE_YEAR_ONE + int(match.group("year")), *match.span("year"), is_school_year=True)
        for match in years.values()
    ]
    return sorted(found, key=lambda number: number.start)[:MOST_NUMBERS]


def _ages_of(match: "re.Match[str]") -> Iterator[Number]:
    said, text = match.group("age").lower(), match.string
    years = NUMBER_WORDS.get("-".join(said.replace("-", " ").split())) or int(said)
    before, after = text[max(0, match.start() - NEAR) : match.start()], text[match.end() : match.end() + NEAR]
    if _NOT_YET_BEFORE.search(before) or _NOT_YET_AFTER.match(after):
        years -= 1
    if years >= YOUNGEST:
        yield Number(years, *match.span("age"))


def clues(text: str, numbers: Sequence[Number]) -> "List[List[str]]":
    """Return each number's clues: its size, its position, and the words and mentions of people around it."""
    return [[*_clues_of_words(text, one), f"place={place},{len(numbers) > 1}"] for place, one in enumerate(numbers)]


def _clues_of_words(text: str, number: Number) -> Iterator[str]:
    before = [token.lower() for token in _TOKEN.findall(text[max(0, number.start - NEAR) : number.start])]
    after = [token.lower() for token in _TOKEN.findall(text[number.end : number.end + NEAR])]
    left = [_START] * 3 + [_marked(token) for token in before]
    right = [_marked(token) for token in after] + [_END] * 3
    for place in (1, 2, 3):
        yield f"left{place}={left[-place]}"
        yield f"right{place}={right[place - 1]}"
    yield f"left={' '.join(left[-2:])}"
    yield f"left={' '.join(left[-3:])}"
    yield f"right={' '.join(right[:2])}"
    yield f"between={left[-1]} {right[0]}"
    yield from {f"before={token}" for token in left[-8:]}
    yield from {f"after={token}" for token in right[:6]}
    named, clause = _named(before), _named(_last_clause(before))
    nearest = (named or ["nobody"])[-1]
    band = sum(number.years >= least for least in _BANDS)
    yield f"nearest={nearest}"
    yield f"nearest two={named[-2:]}"
    yield f"clause={clause[:1]},{clause[-1:]}"
    yield f"next={_named(after[:6])[:1]}"
    yield f"age={band}"
    yield f"age={band},{nearest}"
    yield f"school year={number.is_school_year}"
    yield f"in digits={text[number.start : number.end].isdigit()}"
    yield f"alone={not before},{not after}"
    yield f"words={min(len(before) + len(after), 20) // 4}"


def _marked(token: str) -> str:
    return _PERSON if token in _PEOPLE else _DIGITS if token.isdigit() or token in NUMBER_WORDS else token


def _named(tokens: Sequence[str]) -> List[str]:
    """Return the people that the tokens refer to, in order."""
    named = (_PERSON if token in _PEOPLE else _SOMEBODY.get(token) for token in tokens)
    return [who for who in named if who is not None]


def _last_clause(tokens: Sequence[str]) -> Sequence[str]:
    ends = [place for place, token in enumerate(tokens) if token in _CLAUSE_ENDS]
    return tokens[ends[-1] + 1 :] if ends else tokens


class NumberOf(NamedTuple):
    """A number in an annotated turn: the turn's row, its clues, and which of `AGES` it states: none, one or several."""

    turn: int
    clues: List[str]
    names: Tuple[str, ...]


def numbers_of(turn: int, text: str, ages: Mapping[str, int]) -> List[NumberOf]:
    """Return the numbers of an annotated turn.

    Args:
        turn: the turn's row.
        text: its text.
        ages: the ages that the turn states, by fact.
    """
    found = find_numbers(text)
    return [
        NumberOf(turn, seen, _names_of(number, found, ages))
        for number, seen in zip(found, clues(text, found), strict=True)
    ]


def _names_of(number: Number, found: Sequence[Number], ages: Mapping[str, int]) -> Tuple[str, ...]:
    # Children in a school year are one of two ages.
    fits = (number.years, number.years + 1) if number.is_school_year else (number.years,)
    names = [name for name, years in ages.items() if years in fits]
    equal = [one for one in found if one.years == number.years]
    # "17, hes 17": if there are as many equal numbers as facts, pair them in order.
    return (names[equal.index(number)],) if len(names) == len(equal) > 1 else tuple(names)


def learn_ages(features: Array, numbers: Sequence[NumberOf]) -> Head:
    """Learn which of `AGES` a number states, from n turns' features, shape (n, d), and the numbers in those turns."""
    truth = np.array([[name in number.names for name in AGES] for number in numbers], np.float32)
    rows = Rows(features[[number.turn for number in numbers]], [number.clues for number in numbers])
    return Head.learn_each(rows, truth, AGES, STRENGTHS)


def read_ages(head: Head, text: str, features: Array) -> "List[Dict[str, object]]":
    """Return a message's numbers in years, each with a probability for each of `AGES`.

    Args:
        head: the result of `learn_ages`.
        text: the message.
        features: the message's features in its conversation, shape (d,).
    """
    found = find_numbers(text)
    return [
        {"years": number.years, "of": head.each(features, seen)}
        for number, seen in zip(found, clues(text, found), strict=True)
    ]
