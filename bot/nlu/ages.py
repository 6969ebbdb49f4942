"""Ages that people say in passing: "im 12", "my 9 yr old", "shes only fourteen"."""

import re
from typing import Any, Dict, List, NamedTuple, Optional

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen twenty".split(),
        start=5,
    )
}
_NUMBER = r"(?P<age>[1-9]\d?|" + "|".join(NUMBER_WORDS) + r")"
_SELF = r"\b(?:i'?\s?a?m|i’m|im|am|me)\s+(?:only\s+|just\s+|still\s+|a\s+|nearly\s+|almost\s+)?"
_THEY = (
    r"\b(?:s?he['’]?s|s?he\s+is|they['’]?re|who['’]?s|who\s+is|is|was|aged?|turned|turning)\s+"
    r"(?:only\s+|just\s+|still\s+|a\s+|now\s+)?"
)
_YEARS = r"\s*-?\s*(?:yrs?|years?|yo|y/o|y\.o\.?)(?:[\s-]*old)?s?\b"
_NOT_YEARS = (
    r"(?!\s*(?:%|per|k\b|pm|am\b|min|hour|day|week|month|time|people|pounds|quid|miles|followers|of\b|[:./-]?\d|"
    r"st\b|nd\b|rd\b|th\b))"
)

_SELF_AGE = re.compile(_SELF + _NUMBER + r"\b" + _NOT_YEARS, re.IGNORECASE)
_THEIR_AGE = re.compile(_THEY + _NUMBER + r"\b" + _NOT_YEARS, re.IGNORECASE)
_YEARS_OLD = re.compile(r"\b" + _NUMBER + _YEARS, re.IGNORECASE)
_SELF_BEFORE = re.compile(_SELF + r"$", re.IGNORECASE)


class Age(NamedTuple):
    """An age in a text: whose it is ("self" or "other"), the years, and where it stands."""

    whose: str
    years: int
    start: int
    end: int


def find_ages(text: str) -> List[Age]:
    """Every age said in `text`, in order of appearance, at most one for each place."""
    found: Dict[int, Age] = {}
    for match in _YEARS_OLD.finditer(text):
        whose = "self" if _SELF_BEFORE.search(text[: match.start()]) else "other"
        _keep(found, match, whose)
    for match in _SELF_AGE.finditer(text):
        _keep(found, match, "self")
    for match in _THEIR_AGE.finditer(text):
        _keep(found, match, "other")
    return [found[start] for start in sorted(found)]


def _keep(found: Dict[int, Age], match: "re.Match[str]", whose: str) -> None:
    said = match.group("age").lower()
    years = NUMBER_WORDS.get(said) or int(said)
    start, end = match.span("age")
    if years >= 5:
        found.setdefault(start, Age(whose, years, start, end))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class AgeExtractor(GraphComponent, EntityExtractorMixin):
    """Adds entities `age` with role `self` or `other`."""

    @classmethod
    def create(cls, config: Dict[str, Any], *_: Any) -> "AgeExtractor":
        """See the base class."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the ages of each message to its entities."""
        for message in messages:
            ages = [
                {"entity": "age", "role": age.whose, "value": age.years, "start": age.start, "end": age.end}
                for age in find_ages(message.get(TEXT) or "")
            ]
            if ages:
                entities = message.get(ENTITIES, []) + self.add_extractor_name(ages)
                message.set(ENTITIES, entities, add_to_output=True)
        return messages


def self_age(entities: List[Dict[str, Any]]) -> Optional[int]:
    """The writer's own age among extracted entities, or None."""
    return next((e["value"] for e in entities if e["entity"] == "age" and e.get("role") == "self"), None)
