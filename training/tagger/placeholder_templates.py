"""Makes templates from the messages in data/nlu by replacing "my son", "someone" or "my school" with a placeholder."""

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

#: Phrases that a name, a user name or a school could replace. They give the tagger many more contexts to learn from
#: than the marked messages do.
PLACEHOLDER_PATTERNS: Tuple[Tuple[str, "re.Pattern[str]"], ...] = tuple(
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
    """Replace one or two phrases in a message with placeholders, or return it unchanged if it has no such phrases."""
    for kind, pattern in random.sample(PLACEHOLDER_PATTERNS, len(PLACEHOLDER_PATTERNS)):
        places = list(pattern.finditer(text))
        if places:
            for place in sorted(random.sample(places, min(len(places), 2)), key=lambda match: -match.start()):
                text = f"{text[: place.start()]}<{kind}>{text[place.end() :]}"
            return text
    return text
