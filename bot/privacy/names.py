"""Names of people: by the words around them, and by spaCy's entity recogniser."""

import re
from pathlib import Path
from typing import Iterator

import spacy

from bot.privacy.recognisers import Span

_KIN = (
    r"(?:son|daughter|boy|girl|brother|sister|step\s?(?:son|daughter|dad|mum|brother|sister)|mum|dad|husband|wife|partner|"
    r"boyfriend|girlfriend|bf|gf|ex|friend|mate|bff|bestie|cousin|uncle|aunt(?:ie|y)?|nan|grandad|teacher|coach|neighbour|kid|child|"
    r"nephew|niece|grandson|granddaughter|pupil|student)"
)
_WORD = r"[A-Za-z][a-zA-Z'’\-]{1,19}"
_CAPITAL = r"[A-Z][a-z'’\-]{1,19}(?:\s+[A-Z][a-z'’\-]{1,19})?"

#: Whatever the letters' case: after these words comes a name.
_STRONG = re.compile(
    r"\b(?i:(?:my|his|her|their|the|whose|real) name(?:['’]?s|\s+is)?|name\s+is|"
    r"(?:he|she|they|who|is|are|s)(?:['’]?s|['’]?re)?\s+called|named|known as|goes by)\s+(?P<it>"
    + _WORD
    + r"(?:\s+[A-Z][a-z'’\-]{1,19})?)"
)
#: A capital letter is needed, since "my son is" and "im scared" are no names.
_CASED = re.compile(
    r"(?:\b(?i:i'?m|i am|im|this is|it'?s|called|from|met|with|and)\s+|"
    r"\b(?i:my|our|her|his|their|a|the)\s+(?i:\w+\s+)?(?i:"
    + _KIN
    + r")\s*,?\s+|\b(?i:mr|mrs|miss|ms|mx|dr|sir|coach|uncle|auntie|aunty|aunt|father|pc|sgt|dc)\.?\s+)(?P<it>"
    + _CAPITAL
    + r")"
)

#: Words that stand where a name may stand and are none.
NOT_NAMES = frozenset(
    "a an the not it so very really just only still i i'm im he she they we you my his her and but or is was on "
    "in at to of roblox snapchat snap discord instagram insta tiktok whatsapp fortnite minecraft telegram yubo "
    "omegle xbox playstation steam twitch youtube facebook messenger kik reddit google apple android iphone "
    "childline ceop nspcc samaritans shout papyrus crimestoppers fearless iwf police essex streetwise monday "
    "tuesday wednesday thursday friday saturday sunday january february march april june july august september "
    "october november december christmas easter year mum dad mummy daddy nan grandad england scotland wales "
    "ireland british english scottish welsh irish polish indian pakistani bangladeshi chinese romanian somali "
    "nigerian portuguese spanish french german italian greek turkish arab asian black white muslim christian "
    "jewish sikh hindu catholic gay trans uk gcse ai vr dm dsl ok hi hello help please thanks yes no god private "
    "confidential anonymous unknown something someone anything nothing".split()
)

#: What spaCy needs to find people; the rest of the pipeline is not loaded.
EXCLUDED = ("tagger", "parser", "lemmatizer", "attribute_ruler", "senter")


class NamePatternRecogniser:
    """Names by the words around them: "my name is", "called", kin and titles."""

    kind = "name"

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        for pattern in (_STRONG, _CASED):
            for match in pattern.finditer(text):
                if match.group("it").split()[0].lower() not in NOT_NAMES:
                    yield Span(self.kind, *match.span("it"))


#: Words that open sentences and are no names ("Will" is one): a text with no other capital holds nothing for spaCy.
_OPENERS = NOT_NAMES | frozenset(
    "what how why when where who which can could should would do does did has have had am were be been if because "
    "since as than then there here this that these those they your yours me us them him hers myself everyone everybody "
    "nobody people parents kids children some any all many most more much every each other another no not never now "
    "today tonight yesterday tomorrow after before during while for with without about between into over under by up "
    "out off down again also too well sorry thanks ok okay hey dear need want looking found got just really maybe "
    "their theirs its it's i've i'd i'll don't can't won't isn't he's she's they're that's what's there's".split()
)
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][\w'’]*")


class SpacyNameRecogniser:
    """Names by spaCy's small English entity recogniser, which knows capitalised ones best."""

    kind = "name"

    def __init__(self, pipeline: Path) -> None:
        """Load the entity recogniser from a pipeline's directory."""
        self._pipeline = spacy.load(pipeline, exclude=list(EXCLUDED))

    def find(self, text: str) -> Iterator[Span]:
        """See `Recogniser`."""
        if not any(_is_capital(word) for word in _CAPITALISED.findall(text)):
            return  # Only capitalised finds count below; reading takes spaCy 3 ms.
        for entity in self._pipeline(text).ents:
            words = entity.text.split()
            if entity.label_ != "PERSON" or not words or not words[0][0].isupper():
                continue
            if not any(word.lower().strip("'’s") in NOT_NAMES or word.lower() in NOT_NAMES for word in words):
                yield Span(self.kind, entity.start_char, entity.end_char)


def _is_capital(word: str) -> bool:
    plain = word.lower().replace("’", "'")
    return word[0].isupper() and plain not in _OPENERS and plain.split("'")[0] not in _OPENERS
