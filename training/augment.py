"""Rewrites training examples as other people might have typed them, so that models depend less on spelling."""

import re
from random import Random
from typing import Callable, List, Sequence

#: Words and phrases that people shorten, each with its short forms.
SHORT_FORMS = (
    ("because", "bc cos cuz coz"),
    ("people", "ppl"),
    ("someone", "sum1 some1"),
    ("anyone", "any1 ne1"),
    ("everyone", "every1"),
    ("something", "smth sumthing somethin"),
    ("please", "pls plz"),
    ("thanks", "thx ty"),
    ("about", "abt"),
    ("before", "b4"),
    ("tomorrow", "tmrw 2moro"),
    ("tonight", "2nite tonite"),
    ("really", "rly"),
    ("messages", "msgs"),
    ("message", "msg"),
    ("pictures", "pics"),
    ("picture", "pic"),
    ("photos", "pics"),
    ("photo", "pic"),
    ("girlfriend", "gf"),
    ("boyfriend", "bf"),
    ("instagram", "insta ig"),
    ("snapchat", "snap sc"),
    ("you're", "ur youre"),
    ("your", "ur yr"),
    ("you", "u"),
    ("are", "r"),
    ("and", "n &"),
    ("know", "no kno"),
    ("what", "wat wot"),
    ("with", "w wiv"),
    ("the", "da teh"),
    ("this", "dis"),
    ("that", "dat tht"),
    ("just", "jus"),
    ("going to", "gonna"),
    ("want to", "wanna"),
    ("don't know", "dunno idk"),
    ("do not", "don't dont"),
    ("i am", "im i'm"),
    ("for", "4"),
    ("to", "2"),
    ("too", "2"),
    ("have", "av hav"),
    ("my", "me"),
)
_SHORT = {long: short.split() for long, short in SHORT_FORMS}
# Longest first, so that "going to" is matched before the "to" in it.
_LONG = re.compile(
    rf"(?<!\S)(?:{'|'.join(map(re.escape, sorted(_SHORT, key=len, reverse=True)))})(?!\S)", flags=re.IGNORECASE
)

#: Phrases at the start or end of a message that say nothing about its topic.
OPENERS = (
    "hi", "hello", "hey", "ok so", "so", "um", "right", "sorry", "hiya", "evening", "good morning", "hi there",
    "I have a question.", "quick question", "not sure if this is the right place but", "I don't know who to ask.",
    "sorry if this is a stupid question", "please help", "can i ask something", "I feel silly asking this.",
    "bit of a weird one", "this is hard to write", "long story short", "Hope you can help.", "asking for advice",
)  # fmt: skip
CLOSERS = (
    "thanks", "thank you", "ty", "pls help", "please", "any ideas", "sorry", "any advice welcome", "lol", "cheers",
    "Thank you in advance.", "sorry for the long message", "x", "idk", "tbh", "please reply", "Kind regards",
)  # fmt: skip

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = "aeiou"


def augment(text: str, random: Random, strength: float = 1.0) -> str:
    """Return a message as somebody else might have typed it.

    Args:
        text: an example from the data.
        random: chooses the changes. The same state always gives the same text.
        strength: how likely changes are. At 0 no message is changed, and at 1 about two in three are.
    """
    if random.random() < 0.45 * strength:
        text = _shorten(text, random)
    if random.random() < 0.2 * strength:
        text = _drop_clause(text, random)
    if random.random() < 0.15 * strength:
        text = _frame(text, random)
    if random.random() < 0.3 * strength:
        text = text.replace("'", "").replace("’", "")
    if random.random() < 0.3 * strength:
        text = text.rstrip(".!?")
    if random.random() < 0.4 * strength:
        text = _misspell(text, random)
    return text if text.strip() else "?"


def _shorten(text: str, random: Random) -> str:
    def short(found: "re.Match[str]") -> str:
        return random.choice(_SHORT[found.group().lower()]) if random.random() < 0.5 else found.group()

    return _LONG.sub(short, text)


def _drop_clause(text: str, random: Random) -> str:
    """Drop a sentence if there are at least three. In a shorter text, any sentence may be the important one."""
    clauses = text.replace("? ", "?\n").replace(". ", ".\n").replace("! ", "!\n").split("\n")
    if len(clauses) < 3:
        return text
    del clauses[random.randrange(len(clauses))]
    return " ".join(clauses)


def _frame(text: str, random: Random) -> str:
    if random.random() < 0.5:
        return f"{random.choice(OPENERS)} {text}"
    return f"{text} {random.choice(CLOSERS)}"


def _misspell(text: str, random: Random) -> str:
    """Misspell about one word in ten, but at least one. First letters are kept: people rarely get them wrong."""
    words = text.split(" ")
    long_enough = [index for index, word in enumerate(words) if len(word) >= 4]
    for index in random.sample(long_enough, min(len(long_enough), 1 + len(words) // 10)):
        words[index] = random.choice(_SLIPS)(words[index], random)
    if len(words) > 3 and random.random() < 0.15:
        index = random.randrange(len(words) - 1)
        words[index : index + 2] = [words[index] + words[index + 1]]
    return " ".join(words)


def _lose_letter(word: str, random: Random) -> str:
    index = random.randrange(1, len(word))
    return word[:index] + word[index + 1 :]


def _swap_neighbours(word: str, random: Random) -> str:
    index = random.randrange(1, len(word) - 1)
    return word[:index] + word[index + 1] + word[index] + word[index + 2 :]


def _double_letter(word: str, random: Random) -> str:
    index = random.randrange(1, len(word))
    return word[:index] + word[index] + word[index:]


def _single_letter(word: str, random: Random) -> str:
    for index in range(1, len(word)):
        if word[index] == word[index - 1]:
            return word[:index] + word[index + 1 :]
    return _lose_letter(word, random)


def _wrong_key(word: str, random: Random) -> str:
    index = random.randrange(1, len(word))
    for row in _KEYS:
        place = row.find(word[index].lower())
        if place >= 0:
            neighbours: Sequence[str] = [row[i] for i in (place - 1, place + 1) if 0 <= i < len(row)]
            return word[:index] + random.choice(neighbours) + word[index + 1 :]
    return word


def _wrong_vowel(word: str, random: Random) -> str:
    places = [index for index in range(1, len(word)) if word[index] in _VOWELS]
    if not places:
        return _lose_letter(word, random)
    index = random.choice(places)
    return word[:index] + random.choice(_VOWELS) + word[index + 1 :]


def _lose_vowel(word: str, random: Random) -> str:
    places = [index for index in range(1, len(word)) if word[index] in _VOWELS]
    if not places:
        return _swap_neighbours(word, random)
    index = random.choice(places)
    return word[:index] + word[index + 1 :]


def _split(word: str, random: Random) -> str:
    index = random.randrange(2, len(word) - 1)
    return f"{word[:index]} {word[index:]}"


_SLIPS: List[Callable[[str, Random], str]] = [
    _lose_letter,
    _swap_neighbours,
    _double_letter,
    _single_letter,
    _wrong_key,
    _wrong_vowel,
    _lose_vowel,
    _split,
]
