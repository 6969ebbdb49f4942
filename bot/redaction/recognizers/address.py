"""Street addresses."""

import re
from typing import Iterator

from bot.redaction.lexicon import context_words, is_allowed
from bot.redaction.recognizers.base import PatternRecognizer, Span
from bot.text.normalise import without_apostrophes

_KINDS = (
    r"(?:street|road|rd|avenue|ave|lane|ln|close|drive|crescent|cres|terrace|gardens|gdns|grove|court|way|place|square|hill|mews|walk|"
    r"rise|parade|row|wharf|quay|yard|park|view|fields|fold|wynd|brae|vennel|croft|villas|bank|st)"
)
#: Kinds of road accepted after "my road".
_ROADS = rf"(?:{_KINDS}|green|croft|bank|villas|path|gate|yard)"
_BUILDINGS = (
    r"(?:house|court|heights|point|tower|towers|lodge|building|mansions|place|view|wharf|mill|works|yard|centre|estate|"
    r"street|road|lane|close|way|park|gardens|terrace|lofts?|apartments|maltings|quay|chambers|hall)"
)
_HOUSE = (
    r"(?-i:(?:The\s(?:Old\s)?[A-Z][a-z]{1,30}|(?:[A-Z][\w'’]{1,30}\s){1,2}"
    r"(?:Cottage|House|Farm|Lodge|Barn|Mill|Forge|Hall|Villa|Croft)))"
)
_CAPITAL_STREET = (
    r"(?-i:(?:[A-Z][\w'’\-]{1,30}\s){1,3}"
    r"(?:Street|Road|Rd|Avenue|Ave|Lane|Close|Drive|Crescent|Terrace|Gardens|Grove|Mews|Walk|Row|Rise|Parade))"
)


class StreetRecognizer(PatternRecognizer):
    """Street addresses with a house number or name, and bare street names if the text says that somebody is there."""

    _street = re.compile(
        r"\b(?:on|in|at|off|down|along|up|road|rd|street|address)\s(?P<it>(?:[a-z'’\-]{1,30}\s){1,2}"
        r"(?:street|road|rd|avenue|ave|lane|close|crescent|terrace|grove|mews))\b(?!\s(?:to|home))",
        re.IGNORECASE,
    )
    _my_road = re.compile(
        r"\b(?:my|our|her|his|their)\s(?:road|rd|street)(?:\sis|\sname|['’]?s|,|:)?\s(?P<it>[a-z'’\-]{3,30}\s"
        + _ROADS
        + r")\b",
        re.I,
    )

    def __init__(self) -> None:
        """Compile the patterns."""
        words = r"(?:[a-z'’.\-]{1,30}\s{1,3}){1,3}"
        super().__init__(
            "address",
            [
                rf"\b(?:(?:number|no\.?)\s{{1,3}})?(?:(?:flat|apartment|apt|unit|room)\s{{1,3}}\d{{1,5}}\w?(?:/\d{{1,5}})?,?\s{{1,3}})?\d{{1,4}}(?:\s?[a-h])?,?\s{{1,3}}{words}{_KINDS}\b",
                rf"\b(?:flat|apartment|apt|unit)\s{{1,3}}\d{{1,4}}\w?(?:/\d{{1,2}})?,?\s{{1,3}}{words}{_BUILDINGS}\b",
                r"\b\d{1,3}\s{1,3}the\s{1,3}(?:paddocks?|sidings|green|crescent|close|drive|avenue|grove|meadows?|willows|oaks|orchard|mews)\b",
                rf"\b{_HOUSE},\s{{1,3}}(?:\d{{1,4}}\w?\s)?{_CAPITAL_STREET}\b",
                rf"\b{_HOUSE}(?=,\s{{1,3}}\d{{1,4}}\w?\s)",
                r"\b\d{1,4}[a-h]?\s{1,3}heol\s{1,3}(?:y\s{1,3}|yr\s{1,3})?[a-z]{1,30}\b",
                r"\b(?-i:(?:[A-Z][\w'’]{1,30}\s){1,2}(?:Cottage|Farmhouse|Barn|Croft))\b",
                rf"\b{_CAPITAL_STREET}\b(?!\s(?i:school|academy|primary|high|college|juniors?|infants?|community|surgery|youth))",
            ],
        )

    def matches(self, text: str) -> Iterator[Span]:
        """See `PatternRecognizer`."""
        yield from super().matches(text)
        for pattern in (self._street, self._my_road):
            for match in pattern.finditer(text):
                if self.accepts(match.group("it")) and match.group("it").lower().split()[0] not in _NOT_FIRST:
                    yield Span(self.kind, *match.span("it"))

    def accepts(self, found: str) -> bool:
        """Reject well-known streets, and numbers that belong to the rest of the sentence."""
        words = without_apostrophes(found.lower()).split()
        if not found[0].isdigit() and words[0] not in ("flat", "unit", "apartment", "apt", "room"):
            return not (is_allowed(found) or _NO_STREETS.intersection(words))
        return not context_words("addresses", "no_streets").intersection(words)


_NOT_FIRST = frozenset(("the",))
_NO_STREETS = context_words("addresses", "no_streets") | context_words("addresses", "no_street_names")
