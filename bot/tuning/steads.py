"""Messages of data/nlu with a placeholder where they say "my son", "someone" or "my school"."""

import re
from random import Random
from typing import Tuple

_KIN = (
    "son|daughter|boy|girl|lad|mate|friend|bff|bestie|brother|sister|bro|sis|cousin|bf|gf|boyfriend|girlfriend|ex|partner|"
    "husband|wife|niece|nephew|grandson|granddaughter|stepson|stepdaughter|step ?dad|uncle|child|kid|mum|dad|nan"
)
_WHICH = "own|little|big|older|younger|eldest|youngest|best"
_STRANGERS = "guy|man|bloke|lad|random|rando|boy|girl|woman|creep|stranger"
_NOT_BEFORE = "else|called|named|who|that|in|at|from|with|of|is"

#: Where as well a name, a user name or a school might stand, so that the tagger sees many more places than are marked.
STEADS: Tuple[Tuple[str, "re.Pattern[str]"], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("name", rf"\b(?:my|our|her|his) (?:(?:{_WHICH}) )?(?:{_KIN})\b(?! (?:in|to be)\b)"),
        ("name", r"(?:(?<=^)|(?<=[.,!?] )|(?<=\bif )|(?<=\bwhen )|(?<=\band )|(?<=\bthat )|(?<=\bbut ))s?he\b"),
        ("handle", rf"\b(?:some ?one|some ?body|(?:some|a) (?:{_STRANGERS})|an account)\b(?! (?:{_NOT_BEFORE})\b)"),
        ("handle", rf"\bthis (?:guy|man|person|bloke|boy|account)\b(?! (?:{_NOT_BEFORE})\b)"),
        (
            "school",
            r"\b(?:my|her|his|our|their|the) (?:(?:old|new|primary|secondary|high) )?(?:school|academy|college|club)\b",
        ),
        ("school", r"(?:(?<=from )|(?<=at ))school\b"),
    )
)


def with_placeholder(text: str, random: Random) -> str:
    """A message with a placeholder in the place of one or two expressions, or as it is where none stands."""
    for kind, pattern in random.sample(STEADS, len(STEADS)):
        places = list(pattern.finditer(text))
        if places:
            for place in sorted(random.sample(places, min(len(places), 2)), key=lambda match: -match.start()):
                text = f"{text[: place.start()]}<{kind}>{text[place.end() :]}"
            return text
    return text
